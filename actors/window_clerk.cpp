#include "actors/window_clerk.hpp"

#include "actors/ledger/reader.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <exception>
#include <utility>

#include <pthread.h>

namespace tidewire {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t first_after_ns = 3 * second_ns;
constexpr std::int64_t fold_pause_ns = 60 * second_ns;
constexpr std::int64_t idle_for_each_busy = 200;

} // namespace

window_clerk::window_clerk(std::string ledger, meter::meter_settings settings,
                           std::shared_ptr<window_board> board)
    : ledger_(std::move(ledger)),
      settings_(std::move(settings)),
      board_(std::move(board)) {}

window_clerk::~window_clerk() {
  {
    std::lock_guard lock{mutex_};
    ending_ = true;
  }
  told_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

void window_clerk::start() {
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "windows");
}

bool window_clerk::wait_until(std::int64_t due_ns) {
  std::unique_lock lock{mutex_};
  auto pause = std::chrono::nanoseconds{due_ns - net::steady_ns()};
  return !told_.wait_for(lock, pause, [this] { return ending_.load(); });
}

void window_clerk::run() {
  std::array errands{errand{"hour"}, errand{"day"}, errand{"month"}};
  for (auto& x : errands)
    x.due_ns = net::steady_ns() + first_after_ns;
  auto next = [&]() -> errand& {
    return *std::min_element(
        errands.begin(), errands.end(),
        [](auto& a, auto& b) { return a.due_ns < b.due_ns; });
  };
  while (wait_until(next().due_ns)) {
    auto& present = next();
    auto begun = net::steady_ns();
    if (state(present)) {
      auto all = std::make_shared<window_list>();
      for (auto& x : errands)
        all->insert(all->end(), x.found.begin(), x.found.end());
      board_->put(std::move(all));
    }
    auto cost = net::steady_ns() - begun;
    present.due_ns =
        begun + cost + std::max(fold_pause_ns, idle_for_each_busy * cost);
  }
}

bool window_clerk::state(errand& what) {
  try {
    auto over = meter::parse_window(what.window, settings_.time_zone,
                                    std::time(nullptr));
    auto* found = std::get_if<meter::window>(&over);
    if (!found)
      return false;
    auto stated = ledger::reader{ledger_}.state_each(
        *found, settings_.sample_seconds,
        [this](std::int64_t) { return !ending_; });
    using statements = std::vector<ledger::reader::app_statement>;
    auto* all = std::get_if<statements>(&stated);
    if (!all)
      return false;
    what.found.clear();
    for (auto& [app, x] : *all)
      if (x.known_seconds > 0)
        what.found.push_back(
            {app.text, what.window, x.billable.peak.value, x.billable.p95,
             static_cast<double>(x.billable.connection_ms) / 1000
                 / static_cast<double>(x.known_seconds)});
    return true;
  } catch (const std::exception& error) {
    log_debug("window_not_read", "the present {} cannot be stated: {}",
              what.window, error.what());
    return false;
  }
}

} // namespace tidewire
