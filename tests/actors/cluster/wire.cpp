#include "tests/actors/cluster/wire.hpp"

#include <algorithm>
#include <future>
#include <random>

namespace tidewire::testing {

// One direction.
class wire::line final : public node_line,
                         public std::enable_shared_from_this<line> {
public:
  line(wire& all, std::uint32_t from, std::uint32_t to)
      : all_(all), from_(from), to_(to) {}

  bool may_send() override {
    if (!all_.choke_ || asked_.fetch_add(1) % 3 != 0)
      return true;
    all_.post(
        [this, keep = shared_from_this()] {
          all_.ends_.at(from_).port->has_room(to_ + 1);
        },
        clock::now() + std::chrono::milliseconds{1});
    return false;
  }

  bool send(cluster::record_kind kind, std::uint32_t from, std::uint32_t to,
            std::string bytes) override {
    if (ended_)
      return false;
    std::lock_guard lock{mutex_};
    auto most = all_.delay_.load();
    auto due = clock::now();
    if (most > 0)
      due += std::chrono::microseconds{random_() % (most * 1000ull)};
    due_ = std::max(due_, due);
    {
      std::lock_guard count{all_.mutex_};
      all_.bytes_[{from_, to_}] += bytes.size();
      ++all_.on_the_way_;
    }
    all_.post(
        [this, keep = shared_from_this(), kind, from, to,
         bytes = std::move(bytes)]() mutable {
          if (!ended_)
            all_.ends_.at(to_).port->arrived(from_ + 1, from, to, kind,
                                             std::move(bytes));
          std::lock_guard count{all_.mutex_};
          --all_.on_the_way_;
        },
        due_);
    return true;
  }

  void end() {
    ended_ = true;
    all_.ends_.at(from_).port->line_ended(to_ + 1);
  }

private:
  wire& all_;
  const std::uint32_t from_;
  const std::uint32_t to_;
  std::atomic<bool> ended_{false};
  std::atomic<unsigned> asked_{0};
  std::mutex mutex_;
  clock::time_point due_;
  std::minstd_rand random_{from_ * 8 + to_ + 1};
};

wire::wire() : thread_([this] { run(); }) {}

wire::~wire() {
  stop();
}

void wire::stop() {
  {
    std::lock_guard lock{mutex_};
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void wire::post(std::function<void()> task, clock::time_point due) {
  {
    std::lock_guard lock{mutex_};
    tasks_.emplace(due, std::move(task));
  }
  changed_.notify_all();
}

void wire::call(std::function<void()> task) {
  std::promise<void> done;
  post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void wire::run() {
  std::unique_lock lock{mutex_};
  while (!stop_) {
    if (tasks_.empty()) {
      changed_.wait(lock);
      continue;
    }
    auto due = tasks_.begin()->first;
    if (due > clock::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    auto task = std::move(tasks_.begin()->second);
    tasks_.erase(tasks_.begin());
    lock.unlock();
    task();
    lock.lock();
  }
}

void wire::add(std::uint32_t node, cluster_port& port, cluster::life who,
               std::uint32_t reactors) {
  call([&] { ends_[node] = {&port, std::move(who), reactors}; });
}

void wire::join(std::uint32_t a, std::uint32_t b) {
  cut(a, b);
  call([&] {
    for (auto [from, to] : {std::pair{a, b}, std::pair{b, a}})
      lines_[{from, to}] = std::make_shared<line>(*this, from, to);
    for (auto [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
      auto& peer = ends_.at(to);
      ends_.at(from).port->line_is(peer.who, to + 1, peer.reactors,
                                   lines_[{from, to}]);
    }
  });
}

void wire::cut(std::uint32_t a, std::uint32_t b) {
  call([&] { break_between(a, b); });
}

void wire::break_between(std::uint32_t a, std::uint32_t b) {
  for (auto key : {std::pair{a, b}, std::pair{b, a}})
    if (auto at = lines_.find(key); at != lines_.end()) {
      at->second->end();
      lines_.erase(at);
    }
}

void wire::quiet() {
  for (;;) {
    call([] {});
    std::lock_guard lock{mutex_};
    if (on_the_way_ == 0)
      return;
  }
}

std::uint64_t wire::bytes(std::uint32_t from, std::uint32_t to) const {
  std::lock_guard lock{mutex_};
  auto at = bytes_.find({from, to});
  return at == bytes_.end() ? 0 : at->second;
}

} // namespace tidewire::testing
