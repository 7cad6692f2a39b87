// What one node finds and does, and when.
#include "actors/state/cluster/membership.hpp"

#include "tests/actors/state/cluster/bench.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace tidewire;
using namespace tidewire::cluster;
using namespace tidewire::cluster::testing;

TEST_CASE("a node alone is a cluster of one") {
  bench b;
  CHECK(b.it.stands() == standing::alone);
  REQUIRE(b.it.now()->members.size() == 1);
  CHECK(b.it.now()->members[0].who == self);
  CHECK(b.it.now()->members[0].reactors == 2);
  CHECK(b.it.now()->members[0].stay == 1);
}

TEST_CASE("heartbeats go out every 500 ms, and at once after news") {
  bench b;
  b.meet();
  b.pass_with(other, 5 * second);
  auto sent = b.take<send_record>();
  CHECK(std::count_if(sent.begin(), sent.end(),
                      [](auto& x) { return x.kind == heartbeat_kind; })
        == 10);
  b.pass(100 * ms);
  b.out.clear();
  b.it.drain(true, b.now, b.out);
  auto news = b.take<send_record>();
  REQUIRE(news.size() == 1);
  CHECK(read_heartbeat(news[0].bytes)->row.draining);
  CHECK(b.it.now()->members[0].draining);
}

TEST_CASE("silence: suspect after 2.5 s, lost after 5 s, out 1 s later") {
  bench b;
  b.meet();
  b.hear(other);
  b.pass(2450 * ms);
  CHECK(b.states().empty());
  b.pass(50 * ms);
  CHECK(all_of<dial>(b.out).size() == 1); // asked at once
  CHECK(b.states() == "suspect ");
  b.pass(2450 * ms);
  CHECK(b.states().empty());
  b.pass(50 * ms);
  CHECK(all_of<drop_link>(b.out).size() == 1);
  CHECK(b.states() == "lost ");
  CHECK(b.it.now()->members.size() == 2);
  b.pass(1000 * ms);
  auto views = b.take<view_changed>();
  REQUIRE(views.size() == 1);
  CHECK(views[0].as == standing::alone);
  CHECK(b.it.now()->members.size() == 1);
  CHECK(b.it.now()->members[0].stay == 2); // who is alone has left the others
}

TEST_CASE("a lost life that speaks again is back") {
  bench b;
  b.meet();
  b.pass(7 * second);
  b.it.unlinked(other, b.now, b.out);
  b.out.clear();
  b.link(other, "other:1");
  b.hear(other);
  CHECK(b.states() == "alive ");
  b.pass_with(other, second);
  CHECK(b.it.now()->members.size() == 2);
}

TEST_CASE("a refusal where it answered before proves its death, at once") {
  bench b;
  b.meet();
  b.pass_with(other, 3 * second);
  b.out.clear();
  b.it.unlinked(other, b.now, b.out);
  auto dials = b.take<dial>();
  REQUIRE(dials.size() == 1);
  CHECK(dials[0].address == "other:1");
  b.now += ms;
  b.it.dialled("other:1", dial_result::refused, {}, b.now, b.out);
  auto ends = all_of<life_ended>(b.out);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].what.who == other);
  CHECK(ends[0].what.how == ending::refused);
  CHECK(all_of<view_changed>(b.out).size() == 1);
  CHECK(b.states() == "ended ");
  CHECK(b.it.now()->members.size() == 1);
  CHECK(b.it.now()->members[0].stay == 1); // nobody has left this node
}

TEST_CASE("of who has died it is told how far ahead its clock was") {
  bench b;
  b.meet();
  b.pass_with(other, second);
  auto mine = read_heartbeat(b.take<send_record>().back().bytes);
  auto said = b.beat_of(other, {self});
  said.echo = mine->row.number;
  said.time = b.clock.at(b.now) + 3 * second;
  b.hear(said);
  b.pass(second);
  b.it.unlinked(other, b.now, b.out);
  b.it.dialled("other:1", dial_result::refused, {}, b.now, b.out);
  auto ends = b.take<life_ended>();
  REQUIRE(ends.size() == 1);
  REQUIRE(ends[0].ahead_ns);
  CHECK(std::abs(*ends[0].ahead_ns - 3 * second) <= 500 * ms);
}

TEST_CASE("a refusal where it never answered proves nothing") {
  bench b;
  b.link(other, "other:1");
  b.pass_with(other, second);
  b.it.dialled("other:1", dial_result::refused, {}, b.now, b.out);
  b.it.unlinked(other, b.now, b.out);
  b.pass(second);
  b.it.dialled("other:1", dial_result::refused, {}, b.now, b.out);
  b.pass(10 * second);
  CHECK(all_of<life_ended>(b.out).empty());
  CHECK(b.it.state_of(other) == peer_state::lost);
}

TEST_CASE("neither silence nor failed dials ever prove a death") {
  bench b;
  b.meet();
  b.it.unlinked(other, b.now, b.out);
  std::size_t dials = 0;
  for (int i = 0; i < 100; ++i) {
    b.pass(second);
    for (const auto& x : b.take<dial>()) {
      ++dials;
      b.it.dialled(x.address, dial_result::failed, {}, b.now, b.out);
    }
  }
  CHECK(dials > 30);
  CHECK(b.it.state_of(other) == peer_state::lost);
}

TEST_CASE("who is heard is not proved dead by a refusal") {
  bench b;
  b.meet();
  b.pass(2500 * ms); // suspect, and dialled
  REQUIRE_FALSE(b.take<dial>().empty());
  b.hear(other);
  b.it.dialled("other:1", dial_result::refused, {}, b.now, b.out);
  CHECK(b.it.state_of(other) == peer_state::alive);
}

TEST_CASE("another incarnation that answers proves the death of the first") {
  bench b;
  b.meet();
  b.pass(3 * second);
  b.it.unlinked(other, b.now, b.out);
  b.out.clear();
  b.prove(anew, "other:1");
  auto ends = b.take<life_ended>();
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].what.how == ending::replaced);
}

TEST_CASE("a hello may be older than what was only just heard of") {
  bench b;
  b.link({"third", 1}, "third:1");
  roll said;
  said.known = {{anew, "other:1"}};
  b.hear({"third", 1}, said);
  b.it.met(other, b.now, b.out);
  CHECK(b.it.state_of(anew) == peer_state::unmet);
  b.pass(2500 * ms);
  b.it.met(other, b.now, b.out);
  CHECK(b.it.state_of(anew) == peer_state::ended);
}

TEST_CASE(
    "two processes of one name: the second is not let in, and that is told") {
  bench b;
  b.meet();
  CHECK(b.it.admits(other, b.now));
  CHECK_FALSE(b.it.admits(anew, b.now));
  CHECK_FALSE(b.it.admits({"me", 2}, b.now));
  b.it.met(anew, b.now, b.out);
  b.pass_with(other, 2 * second);
  CHECK(b.take<name_clash>().empty());
  b.pass_with(other, 500 * ms);
  b.hear(other);
  b.it.met(anew, b.now, b.out);
  auto told = b.take<name_clash>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].known == other);
  CHECK(b.it.state_of(other) == peer_state::alive);
}

TEST_CASE("a pause of our own accuses nobody") {
  bench b;
  b.meet();
  b.hear(other);
  b.now += 60 * second;
  b.it.tick(b.now, b.out);
  auto told = all_of<paused>(b.out);
  REQUIRE(told.size() == 1);
  CHECK(told[0].gap_ns == 60 * second);
  CHECK(b.states().empty());
  b.pass(2450 * ms);
  CHECK(b.states().empty());
  CHECK(b.it.now()->members.size() == 2);
  b.pass(50 * ms);
  CHECK(b.states() == "suspect "); // it is still silent: as before the pause
}

TEST_CASE("who was about to leave the view does so after a pause of our own") {
  bench b;
  b.meet();
  b.hear(other);
  b.pass(5 * second + 500 * ms); // lost, and waited for
  CHECK(b.it.now()->members.size() == 2);
  b.now += 60 * second;
  b.pass(3 * second);
  CHECK(b.it.now()->members.size() == 1);
}

TEST_CASE("a stay that others have left out is given up for a new one") {
  bench b;
  b.meet();
  auto said = b.beat_of(other, {self});
  said.struck = {{self, 1}};
  b.hear(said);
  CHECK(b.it.stay() == 2);
  auto views = b.take<view_changed>();
  REQUIRE_FALSE(views.empty());
  auto mine = index_of(*views.back().now, self);
  CHECK(views.back().now->members[mine].stay == 2);
}

TEST_CASE(
    "whom an older member does not hear says that it is left out, and why") {
  bench b;
  life third{"third", 1};
  b.meet();
  b.link(third, "third:1");
  auto beat = [&](const life& who, std::vector<life> hears) {
    auto x = b.beat_of(who, std::move(hears));
    x.row.settled = true;
    x.row.age = -1000 * second;
    b.hear(x);
  };
  for (int i = 0; i < 6; ++i) {
    beat(other, {self, third});
    beat(third, {other}); // hears us not
    b.pass(500 * ms);
  }
  CHECK(b.it.stands() == standing::left_out);
  REQUIRE(b.it.now()->members.size() == 1);
  auto why = b.it.hindrances();
  REQUIRE(why.size() == 1);
  CHECK(why[0] == hindrance{third, false, true});
  auto stay = b.it.stay();
  CHECK(stay > 1);
  beat(third, {self, other});
  b.pass(100 * ms);
  CHECK(b.it.stands() == standing::member);
  CHECK(b.it.now()->members.size() == 3);
  CHECK(b.it.hindrances().empty());
}

TEST_CASE("a goodbye ends a life at once, and is passed on") {
  bench b;
  b.meet();
  roll said;
  said.ended = {{other, ending::left, 5, "other"}};
  b.hear(other, said);
  CHECK(b.it.now()->members.size() == 1);
  auto ends = b.take<life_ended>();
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].what.how == ending::left);
}

TEST_CASE("who leaves says so to all, and nothing after it") {
  bench b;
  b.meet();
  b.it.leave(b.now, b.out);
  auto sent = b.take<send_record>();
  REQUIRE(sent.size() == 1);
  auto said = read_roll(sent[0].bytes);
  REQUIRE(said);
  REQUIRE(said->ended.size() == 1);
  CHECK(said->ended[0].who == self);
  b.pass(20 * second);
  CHECK(b.out.empty());
}

TEST_CASE("an operator may forget whom nobody hears, and nobody else") {
  bench b;
  b.meet();
  CHECK(b.it.forget(other, b.now, b.out) == forget_answer::alive);
  CHECK(b.it.forget(self, b.now, b.out) == forget_answer::myself);
  b.pass(4 * second); // suspect
  CHECK(b.it.forget(other, b.now, b.out) == forget_answer::alive);
  b.pass(2 * second);
  CHECK(b.it.forget(other, b.now, b.out) == forget_answer::forgotten);
  CHECK(b.it.forget(other, b.now, b.out) == forget_answer::ended_before);
  CHECK(b.it.forget({"unheard-of", 1}, b.now, b.out)
        == forget_answer::forgotten);
  CHECK(all_of<life_ended>(b.out).size() == 2);
}

TEST_CASE("a node that only others hear is not forgotten") {
  bench b;
  b.meet();
  life third{"third", 1};
  auto said = b.beat_of(other, {self, third});
  hearing_row row;
  row.who = third;
  row.number = 1;
  said.others = {{row, ms}};
  b.hear(said);
  CHECK(b.it.state_of(third) == peer_state::unmet);
  CHECK(b.it.forget(third, b.now, b.out) == forget_answer::alive);
}

TEST_CASE("what was known to have ended is known in the next life") {
  bench b;
  membership next({}, {{"me", 2}, "me:1", 2}, {}, b.clock, b.now,
                  {{other, ending::forgotten, 3, "x"}});
  CHECK(next.state_of(other) == peer_state::ended);
  effects out;
  next.linked(other, "other:1", b.now, out);
  auto sent = all_of<send_record>(out);
  REQUIRE_FALSE(sent.empty());
  CHECK(read_roll(sent[0].bytes)->ended.size() == 1);
  CHECK(next.peers(b.now).empty());
}

TEST_CASE("a life that others hold to be over is told once") {
  bench b;
  b.meet();
  roll said;
  said.ended = {{self, ending::forgotten, 5, "third"}};
  b.hear(other, said);
  b.hear(other, said);
  auto told = b.take<told_ended>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].by == other);
}

TEST_CASE("a record that is not in order changes nothing") {
  bench b;
  b.meet();
  auto before = b.it.matrix();
  for (const auto* bytes :
       {"", "x", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"})
    for (auto kind : {heartbeat_kind, roll_kind})
      CHECK_FALSE(b.it.receive(other, kind, bytes, b.now, b.out));
  // A heartbeat in the name of somebody else.
  auto said = b.beat_of({"third", 1}, {});
  CHECK_FALSE(
      b.it.receive(other, heartbeat_kind, bytes_of(said), b.now, b.out));
  CHECK(b.it.matrix() == before);
  // A kind that only newer ones know.
  CHECK(b.it.receive(other, 31, "whatever", b.now, b.out));
}

TEST_CASE("time is measured between heartbeats") {
  bench b;
  b.meet();
  std::vector<send_record> sent;
  while (sent.empty()) {
    b.pass(50 * ms);
    sent = b.take<send_record>();
  }
  b.now += 7 * ms;
  REQUIRE(sent.back().kind == heartbeat_kind);
  auto number = read_heartbeat(sent.back().bytes)->row.number;
  auto said = b.beat_of(other, {self});
  said.echo = number;
  said.held_ns = 4 * ms;
  b.hear(said);
  CHECK(b.it.peers(b.now)[0].round_trip_ns == 3 * ms);
}

TEST_CASE("the next call is due when something is") {
  bench b;
  b.meet();
  b.hear(other);
  b.out.clear();
  auto steps = 0;
  while (all_of<peer_changed>(b.out).empty()) {
    REQUIRE(++steps < 100);
    auto wake = b.it.wake_ns();
    REQUIRE(wake > b.now);
    REQUIRE(wake <= b.now + 500 * ms);
    b.now = wake;
    b.it.tick(b.now, b.out);
  }
  CHECK(b.states() == "suspect ");
  CHECK(b.now - 1000 * second < 4 * second);
}
