#include "tests/catch.hpp"
#include "tests/sim/network.hpp"

#include <vector>

namespace tidewire::sim {

namespace {

// Process x lives on host x.
struct listener final : network_user {
  explicit listener(host hosts = 3)
      : net(1, hosts, 500 * us, plans, *this), dead(hosts, false) {}

  void link_up(process who, link l, process, bool) override {
    lines.push_back({who, l});
  }
  void link_down(process who, link l, process) override {
    std::erase_if(lines, [&](auto& x) { return x.who == who && x.on == l; });
    ++downs;
  }
  void dial_over(process, host, outcome how, process) override {
    outcomes.push_back(how);
  }
  void arrived(process who, link, process, std::string bytes) override {
    heard.push_back(std::to_string(who) + ":" + bytes);
  }
  process listening(host at, bool& is_stopped) const override {
    is_stopped = stopped == at;
    return dead[at] ? nobody : at;
  }
  bool admits(process, process) override { return willing; }
  host host_of(process who) const override { return who; }
  bool alive(process who) const override { return !dead[who]; }

  void run(instant length) {
    auto until = now + length;
    while (!plans.empty() && plans.next() <= until) {
      auto e = plans.take();
      now = e.at;
      net.handle(e);
    }
    now = until;
  }

  struct line {
    process who;
    tidewire::sim::link on;
  };
  link link_of(process who) const {
    for (auto& x : lines)
      if (x.who == who)
        return x.on;
    FAIL("no link");
    return 0;
  }

  agenda plans;
  network net;
  instant now = 0;
  std::vector<bool> dead;
  host stopped = max_hosts;
  bool willing = true;
  std::vector<line> lines;
  std::vector<outcome> outcomes;
  std::vector<std::string> heard;
  int downs = 0;
};

using words = std::vector<std::string>;

} // namespace

TEST_CASE("two ends of a link hear each other in order") {
  listener x;
  x.net.dial(0, 1, x.now);
  x.run(second);
  REQUIRE(x.lines.size() == 2);
  for (auto& word : {"a", "b", "c"})
    x.net.send(0, x.link_of(0), word, x.now);
  x.run(second);
  CHECK(x.heard == words{"1:a", "1:b", "1:c"});
  CHECK(x.outcomes == std::vector{outcome::linked});
}

TEST_CASE("a dial is refused by a dead process, and by a stopped one met with "
          "silence") {
  listener x;
  x.dead[1] = true;
  x.net.dial(0, 1, x.now);
  x.run(100 * ms);
  CHECK(x.outcomes == std::vector{outcome::refused});
  x.stopped = 2;
  x.net.dial(0, 2, x.now);
  x.run(network::dial_timeout - ms);
  CHECK(x.outcomes.size() == 1);
  x.run(2 * ms);
  CHECK(x.outcomes.back() == outcome::silent);
}

TEST_CASE("who has a link, or is not wanted, gets none") {
  listener x;
  x.net.dial(0, 1, x.now);
  x.run(second);
  x.net.dial(1, 0, x.now);
  x.run(second);
  CHECK(x.outcomes.back() == outcome::already);
  x.willing = false;
  x.net.dial(0, 2, x.now);
  x.run(second);
  CHECK(x.outcomes.back() == outcome::unwanted);
  CHECK(x.lines.size() == 2);
}

TEST_CASE("behind a cut path bytes wait, and nothing breaks") {
  listener x;
  x.net.dial(0, 1, x.now);
  x.run(second);
  x.net.block(0, 1, true, x.now);
  x.net.send(0, x.link_of(0), "a", x.now);
  x.net.send(1, x.link_of(1), "b", x.now);
  x.run(60 * second);
  CHECK(x.heard == words{"0:b"});
  x.net.block(0, 1, false, x.now);
  x.net.send(0, x.link_of(0), "c", x.now);
  x.run(2 * second);
  CHECK(x.heard == words{"0:b", "1:a", "1:c"});
  CHECK(x.downs == 0);
}

TEST_CASE("the end of a process reaches whom it can, behind what it said") {
  listener x;
  x.net.dial(0, 1, x.now);
  x.net.dial(0, 2, x.now);
  x.run(second);
  x.net.block(0, 2, true, x.now);
  for (auto& line : std::vector<listener::line>(x.lines))
    if (line.who == 0)
      x.net.send(0, line.on, "last", x.now);
  x.dead[0] = true;
  x.net.end(0, x.now);
  x.run(second);
  CHECK(x.heard == words{"1:last"});
  CHECK(x.downs == 1);
  // The other one finds out when the path is open and it sends.
  x.net.block(0, 2, false, x.now);
  x.run(2 * second);
  CHECK(x.downs == 2);
}

TEST_CASE("a reset ends a link at both ends, with what was on its way") {
  listener x;
  x.net.dial(0, 1, x.now);
  x.run(second);
  x.net.send(0, x.link_of(0), "lost", x.now);
  x.net.reset(0, 1, x.now);
  x.run(second);
  CHECK(x.lines.empty());
  CHECK(x.heard.empty());
  x.net.dial(1, 0, x.now);
  x.run(second);
  CHECK(x.lines.size() == 2);
}

} // namespace tidewire::sim
