// What several nodes make of each other, in a world of their own.
#include "tests/actors/state/cluster/world.hpp"
#include "tests/catch.hpp"

#include <cstdlib>

using namespace tidewire;
using namespace tidewire::cluster;
using namespace tidewire::cluster::testing;

TEST_CASE("a cluster forms in a second, and a kill is noticed in 200 ms") {
  world w(1, 5);
  for (std::size_t i = 0; i < 5; ++i)
    w.start(i);
  CHECK(w.run_until([&] { return w.agreed(); }, second));
  w.run(5 * second);
  for (std::size_t i = 1; i < 5; ++i)
    CHECK(w.views_of(i) <= 5);
  w.kill(3);
  CHECK(w.run_until([&] { return w.agreed(); }, 200 * ms));
  CHECK(w.finding() == "");
}

TEST_CASE("one that is stopped is left out, and is back with a new stay") {
  world w(2, 3);
  for (std::size_t i = 0; i < 3; ++i)
    w.start(i);
  w.run(10 * second);
  auto oldest = w.at(1).now()->oldest().who.node[0] - 'a';
  auto host = static_cast<std::size_t>(oldest);
  auto other_host = (host + 1) % 3;
  w.pause(host);
  CHECK(w.run_until([&] { return w.at(other_host).now()->members.size() == 2; },
                    7 * second));
  w.run(20 * second);
  w.resume(host);
  CHECK(w.run_until([&] { return w.agreed(); }, 3 * second));
  w.run(5 * second);
  CHECK(w.at(host).stay() == 2);
  CHECK(w.at(other_host).stay() == 1);
  CHECK(w.at(other_host).now()->members.back().who == w.life_of(host));
  CHECK(w.finding() == "");
}

TEST_CASE("a short stop changes no view") {
  world w(3, 3);
  for (std::size_t i = 0; i < 3; ++i)
    w.start(i);
  w.run(10 * second);
  auto hash = w.at(0).now()->hash;
  auto views = w.views_of(0);
  w.pause(1);
  w.run(4 * second);
  w.resume(1);
  w.run(5 * second);
  CHECK(w.at(0).now()->hash == hash);
  CHECK(w.views_of(0) == views);
  CHECK(w.agreed());
}

TEST_CASE("halves go on by themselves, and are one again after it") {
  world w(4, 5);
  for (std::size_t i = 0; i < 5; ++i)
    w.start(i);
  w.run(10 * second);
  auto before = w.at(0).now()->hash;
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 2; j < 5; ++j) {
      w.block(i, j);
      w.block(j, i);
    }
  w.run(8 * second);
  CHECK(w.at(0).now()->members.size() == 2);
  CHECK(w.at(3).now()->members.size() == 3);
  CHECK(w.at(0).now()->hash == w.at(1).now()->hash);
  CHECK(w.at(2).now()->hash == w.at(4).now()->hash);
  w.heal();
  CHECK(w.run_until([&] { return w.agreed(); }, 5 * second));
  CHECK(w.at(0).now()->hash != before); // what was said in that view is void
  CHECK(w.finding() == "");
}

TEST_CASE("one way is as good as none") {
  world w(5, 3);
  for (std::size_t i = 0; i < 3; ++i)
    w.start(i);
  w.run(10 * second);
  w.block(1, 2);
  w.run(8 * second);
  std::size_t members = 0;
  for (std::size_t i = 0; i < 3; ++i)
    members += w.at(i).stands() == standing::member;
  CHECK(members == 2);
  w.heal();
  CHECK(w.run_until([&] { return w.agreed(); }, 5 * second));
  CHECK(w.finding() == "");
}

TEST_CASE("a forgotten one that comes back is told that it is over") {
  world w(6, 3);
  for (std::size_t i = 0; i < 3; ++i)
    w.start(i);
  w.run(10 * second);
  auto who = w.life_of(2);
  for (std::size_t i = 0; i < 2; ++i) {
    w.block(i, 2);
    w.block(2, i);
  }
  w.run(8 * second);
  CHECK(w.forget(0, who) == forget_answer::forgotten);
  w.run(second);
  CHECK(w.at(1).state_of(who) == peer_state::ended);
  w.heal();
  w.run(10 * second);
  CHECK(w.was_told_ended(2));
  CHECK(w.at(0).now()->members.size() == 2);
}

TEST_CASE("a planned leave is no loss") {
  world w(7, 3);
  for (std::size_t i = 0; i < 3; ++i)
    w.start(i);
  w.run(10 * second);
  auto who = w.life_of(1);
  w.drain(1, true);
  w.run(second);
  auto in = *w.at(0).now();
  CHECK(in.members[index_of(in, who)].draining);
  w.leave(1);
  CHECK(w.run_until(
      [&] {
        return w.at(0).now()->members.size() == 2
               && w.at(2).now()->members.size() == 2;
      },
      100 * ms));
  w.run(second);
  CHECK(w.at(0).ended().find(who)->how == ending::left);
  CHECK(w.finding() == "");
}

TEST_CASE("clocks of a cluster agree") {
  world w(8, 4);
  for (std::size_t i = 0; i < 4; ++i)
    w.start(i);
  w.run(60 * second);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(std::abs(w.clock_of(i) - w.clock_of(0)) < 5 * ms);
    CHECK(w.error_of(i).known);
    CHECK_FALSE(w.error_of(i).alarm());
  }
}
