#include "actors/metering.hpp"

#include "net/reactor.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>

namespace tidewire {

namespace {

meter::cluster_clock clock_of(metering::clocks now,
                              std::optional<meter::tick> stated) {
  return stated ? meter::cluster_clock{now.steady_ns, now.wall_ns, *stated}
                : meter::cluster_clock{now.steady_ns, now.wall_ns};
}

} // namespace

metering::clocks metering::clocks_now() {
  using namespace std::chrono;
  return {net::steady_ns(),
          duration_cast<nanoseconds>(system_clock::now().time_since_epoch())
              .count()};
}

metering::metering(clocks now, std::optional<meter::tick> stated,
                   std::size_t reactors)
    : clock_(clock_of(now, stated)),
      state_(clock_.now().at(now.steady_ns)),
      answered_(reactors) {}

void metering::apps_are(const app_table& apps) {
  for (app_index i = 0; i < apps.size(); ++i)
    state_.name(i, {apps[i].id}, apps[i].internal);
}

void metering::note(std::uint32_t reactor, std::span<const lifecycle> facts) {
  for (auto& x : facts)
    state_.note(reactor, x, clock_.now().at(x.at_ns));
}

const metering::round& metering::begin(clocks now) {
  clock_.observe(now.steady_ns, now.wall_ns);
  auto of = std::max(meter::tick_of(clock_.now().at(now.steady_ns) + 1),
                     state_.last() + 1);
  return begin(of, clock_.now().mono_of(of.ends()));
}

const metering::round& metering::begin_last(clocks now) {
  auto of = std::max(meter::tick_of(clock_.now().at(now.steady_ns)),
                     state_.last() + 1);
  return begin(of, 0);
}

const metering::round& metering::begin(meter::tick of, std::int64_t at_ns) {
  state_.read(state_.last(), {}); // whoever was frozen is not any more
  answered_.assign(answered_.size(), false);
  sums_.clear();
  round_ = {round_.number + 1, of, at_ns};
  return round_;
}

bool metering::awaits(std::uint32_t reactor) const noexcept {
  return reactor < answered_.size() && !answered_[reactor];
}

bool metering::take(std::uint64_t number, const reactor_reading& reading) {
  if (number != round_.number || !awaits(reading.reactor))
    return false;
  answered_[reading.reactor] = true;
  state_.freeze(reading.reactor);
  for (auto i = sums_.size(); i < reading.apps.size(); ++i)
    sums_.push_back({.app = static_cast<app_index>(i), .now = {}});
  for (std::size_t i = 0; i < reading.apps.size(); ++i) {
    auto& from = reading.apps[i];
    auto& to = sums_[i];
    to.now.open += from.open;
    to.now.unauthorized += from.unauthorized;
    to.now.users += from.users;
    to.broadcasts += from.broadcasts;
    to.deliveries += from.deliveries;
    to.bytes += from.bytes;
  }
  if (std::find(answered_.begin(), answered_.end(), false) != answered_.end())
    return false;
  conclude();
  return true;
}

void metering::conclude() {
  auto blocks = state_.read(round_.of, sums_);
  if (shared_)
    concluded_ = unconfirmed_.size() < max_unconfirmed
                     ? blocks
                     : std::vector<meter::tick_block>{};
  if (unconfirmed_.size() < max_unconfirmed) { // of a pause, all
    std::move(blocks.begin(), blocks.end(), std::back_inserter(unconfirmed_));
    return;
  }
  given_up_ += blocks.size();
  state_.restate();
}

void metering::confirmed(meter::tick last, bool wants_restated) {
  while (!unconfirmed_.empty() && unconfirmed_.front().at <= last)
    unconfirmed_.pop_front();
  if (wants_restated)
    state_.restate();
}

meter_health metering::health() const {
  return {.enabled = true,
          .alarm = {},
          .last_tick = state_.last().number,
          .waiting_ticks = unconfirmed_.size(),
          .unknown_ticks = given_up_,
          .clock_offset_ns = clock_.now().offset_ns(),
          .drift = state_.drift()};
}

} // namespace tidewire
