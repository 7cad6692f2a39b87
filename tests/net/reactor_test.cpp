#include "net/reactor.hpp"

#include "tests/catch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <array>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace tidewire;
using net::reactor;

namespace {

// A reactor that turns.
struct turning {
  caf::actor_system_config settings;
  caf::actor_system system{settings};
  reactor host{system, 0};

  turning() { host.start(); }
  ~turning() { host.stop_and_join(); }

  // Runs a task there and waits for it.
  template <class Task>
  void run(Task task) {
    std::promise<void> done;
    host.post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
};

// One end of a socketpair, watched; notes what the reactor does with it.
struct watched final : net::pollable {
  explicit watched(reactor& h) : host(h) {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                         ends)
            == 0);
  }
  ~watched() override { ::close(ends[1]); }

  void on_ready(std::uint32_t events) override {
    std::array<char, 64> bytes;
    if (events & EPOLLIN)
      got += ::recv(descriptor(), bytes.data(), bytes.size(), 0);
    if (fails)
      throw std::runtime_error("told to fail");
    ++ready;
    host.mark_dirty(*this);
    host.mark_dirty(*this);
    heard.set_value();
  }
  void on_flush() override { ++flushed; }
  void on_failure(const char*) noexcept override {
    ++failed;
    host.close(*this);
    host.release_later(*this);
  }
  void release() noexcept override { released.set_value(); }

  reactor& host;
  int ends[2];
  ssize_t got = 0;
  int ready = 0;
  int flushed = 0;
  int failed = 0;
  bool fails = false;
  std::promise<void> heard;
  std::promise<void> released;
};

} // namespace

TEST_CASE("tasks of many threads all run, each thread's in its order") {
  constexpr int threads = 4;
  constexpr int tasks = 20'000;
  turning t;
  std::array<int, threads> next{};
  std::atomic<int> disorder{0};
  std::vector<std::thread> all;
  for (int n = 0; n < threads; ++n)
    all.emplace_back([&, n] {
      for (int i = 0; i < tasks; ++i)
        t.host.post([&, n, i] {
          if (next[static_cast<std::size_t>(n)]++ != i)
            ++disorder;
        });
    });
  for (auto& x : all)
    x.join();
  t.run([] {});
  CHECK(disorder == 0);
  for (auto n : next)
    CHECK(n == tasks);
}

TEST_CASE("a task that fails is counted and stops nobody") {
  turning t;
  t.host.post([] { throw std::runtime_error("told to fail"); });
  std::uint64_t failures = 0;
  t.run([&] { failures = t.host.failures(); });
  CHECK(failures == 1);
}

TEST_CASE("a hook that always has more to do holds up nobody") {
  turning r;
  r.run([&] { r.host.before_flush([] { return true; }); });
  for (int i = 0; i < 3; ++i)
    r.run([] {});
}

TEST_CASE("a reactor knows its own thread") {
  turning t;
  CHECK_FALSE(t.host.here());
  bool here = false;
  t.run([&] { here = t.host.here(); });
  CHECK(here);
}

TEST_CASE("a ready socket is told once and flushed once per turn") {
  turning t;
  watched w{t.host};
  t.run([&] { t.host.watch(w, w.ends[0], EPOLLIN); });
  REQUIRE(::send(w.ends[1], "abc", 3, 0) == 3);
  w.heard.get_future().wait();
  std::size_t sockets = 0;
  t.run([&] {});
  t.run([&] {
    sockets = t.host.sockets();
    t.host.close(w);
    t.host.close(w);
  });
  CHECK(w.got == 3);
  CHECK(w.ready == 1);
  CHECK(w.flushed == 1);
  CHECK(sockets == 1);
  t.run([&] { sockets = t.host.sockets(); });
  CHECK(sockets == 0);
}

TEST_CASE("an exception ends the socket it came from") {
  turning t;
  watched bad{t.host}, good{t.host};
  bad.fails = true;
  t.run([&] {
    t.host.watch(bad, bad.ends[0], EPOLLIN);
    t.host.watch(good, good.ends[0], EPOLLIN);
  });
  REQUIRE(::send(bad.ends[1], "x", 1, 0) == 1);
  bad.released.get_future().wait();
  REQUIRE(::send(good.ends[1], "x", 1, 0) == 1);
  good.heard.get_future().wait();
  std::uint64_t failures = 0;
  t.run([&] {
    failures = t.host.failures();
    t.host.close(good);
  });
  CHECK(failures == 1);
  CHECK(bad.failed == 1);
  CHECK(good.failed == 0);
  CHECK(good.ready == 1);
}
