#include "actors/state/webhook_state.hpp"

#include "tests/actors/state/announcing.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

TEST_CASE("an occupied channel is announced at once, and only once") {
  announcing a;
  a.report(channel_occupied{});
  a.report(channel_occupied{});
  CHECK(a.said() == names{"a occupied"});
}

TEST_CASE("a vacated channel is announced when the delay is over") {
  announcing a;
  a.report(channel_occupied{});
  a.said();
  a.report(channel_vacated{});
  a.at(3 * second - 1);
  CHECK(a.said().empty());
  CHECK(a.state.next_due() == 3 * second);
  a.at(3 * second);
  CHECK(a.said() == names{"a vacated"});
  CHECK(a.state.channels() == 0);
  CHECK(a.state.next_due() == webhook_state::never);
}

TEST_CASE("if the client comes back within the delay neither is announced") {
  announcing a;
  a.report(channel_occupied{});
  a.report(member_added{"u"});
  a.said();
  a.report(member_removed{"u"});
  a.report(channel_vacated{});
  a.at(3 * second - 1);
  a.report(channel_occupied{});
  a.report(member_added{"u"});
  a.at(100 * second);
  CHECK(a.said().empty());
}

TEST_CASE("the delay begins anew with every departure") {
  announcing a;
  a.report(channel_occupied{});
  a.report(channel_vacated{});
  a.at(2 * second);
  a.report(channel_occupied{});
  a.report(channel_vacated{});
  a.said();
  a.at(4 * second);
  CHECK(a.said().empty());
  a.at(5 * second);
  CHECK(a.said() == names{"a vacated"});
}

TEST_CASE("without a delay departures are announced at once") {
  announcing a{0};
  a.report(channel_occupied{});
  a.report(channel_vacated{});
  CHECK(a.said() == names{"a occupied", "a vacated"});
}

TEST_CASE("members leave before their channel is vacated") {
  announcing a;
  a.report(channel_occupied{});
  a.report(member_added{"u"});
  a.report(member_added{"v"});
  CHECK(a.said() == names{"a occupied", "a +u", "a +v"});
  a.report(member_removed{"v"});
  a.report(member_removed{"u"});
  a.report(channel_vacated{});
  a.at(3 * second);
  CHECK(a.said() == names{"a -v", "a -u", "a vacated"});
}

TEST_CASE("a statement announces the difference from what was announced") {
  announcing a;
  a.report(channel_stated{true, {"u", "v"}});
  CHECK(a.said() == names{"a occupied", "a +u", "a +v"});
  a.report(channel_stated{true, {"v", "w"}});
  CHECK(a.said() == names{"a +w"});
  a.at(3 * second);
  CHECK(a.said() == names{"a -u"});
  a.report(channel_stated{false, {}});
  a.at(6 * second);
  CHECK(a.said() == names{"a -v", "a -w", "a vacated"});
  a.report(channel_stated{false, {}}, "never seen");
  CHECK(a.said().empty());
  CHECK(a.state.channels() == 0);
}

TEST_CASE("what was announced before a restart is taken back if it is not so") {
  announcing a;
  a.state.restore(key("a"), "u", 10 * second);
  a.state.restore(key("a"), 10 * second);
  a.state.restore(key("b"), 10 * second);
  a.at(10 * second - 1);
  a.report(channel_occupied{}, "b");
  CHECK(a.said().empty()); // it was announced
  a.at(10 * second);
  CHECK(a.said() == names{"a -u", "a vacated"});
  a.report(channel_vacated{}, "b");
  a.at(13 * second);
  CHECK(a.said() == names{"b vacated"});
}

TEST_CASE(
    "whoever came back and left while we settle is gone after the delay") {
  announcing a;
  a.state.restore(key("a"), 10 * second);
  a.at(second);
  a.report(channel_occupied{});
  a.report(channel_vacated{});
  a.at(4 * second);
  CHECK(a.said() == names{"a vacated"});
  a.at(20 * second);
  CHECK(a.said().empty());
}

TEST_CASE("members who might still return are gone when the channel is") {
  announcing a;
  a.state.restore(key("a"), "u", 10 * second);
  a.state.restore(key("a"), 10 * second);
  a.report(channel_occupied{});
  a.report(member_added{"v"});
  a.report(member_removed{"v"});
  a.report(channel_vacated{});
  a.at(3 * second);
  CHECK(a.said() == names{"a +v", "a -v", "a -u", "a vacated"});
  a.at(20 * second);
  CHECK(a.said().empty());
  CHECK(a.state.channels() == 0);
}

TEST_CASE("what nobody wants to know is not kept") {
  announcing a;
  a.who_cares = {false, true};
  a.report(channel_stated{true, {"u"}});
  CHECK(a.said() == names{"a +u"});
  a.who_cares = {true, false};
  a.report(channel_occupied{}, "b");
  a.report(member_added{"u"}, "b");
  CHECK(a.said() == names{"b occupied"});
  a.who_cares = {false, false};
  a.report(channel_occupied{}, "c");
  CHECK(a.state.channels() == 2);
  // What was announced is taken back all the same.
  a.report(channel_vacated{}, "b");
  a.at(3 * second);
  CHECK(a.said() == names{"b vacated"});
}

TEST_CASE("nobody departs because the server does") {
  announcing a;
  a.report(channel_occupied{});
  a.report(member_added{"u"});
  a.report(channel_occupied{}, "b");
  a.report(channel_vacated{}, "b");
  a.said();
  a.state.hold_departures();
  a.report(member_removed{"u"});
  a.report(channel_vacated{});
  a.report(channel_occupied{}, "c");
  a.at(100 * second);
  CHECK(a.said() == names{"c occupied"});
  names left;
  a.state.for_each_announced([&](auto& k) { left.push_back(k.name); },
                             [&](auto&, auto& u) { left.push_back(u); });
  std::sort(left.begin(), left.end());
  CHECK(left == names{"a", "b", "c", "u"});
}

TEST_CASE("counts up to a hundred are announced one by one") {
  announcing a;
  a.report(subscriptions_counted{1});
  a.report(subscriptions_counted{2});
  a.report(subscriptions_counted{100});
  CHECK(a.said() == names{"a count 1", "a count 2", "a count 100"});
  CHECK(a.state.channels() == 0);
}

TEST_CASE("above a hundred the latest count is announced every five seconds") {
  announcing a;
  a.report(subscriptions_counted{101});
  a.report(subscriptions_counted{102});
  a.report(subscriptions_counted{103});
  CHECK(a.said() == names{"a count 101"});
  a.at(5 * second);
  CHECK(a.said() == names{"a count 103"});
  a.at(10 * second);
  CHECK(a.said().empty()); // nothing changed
  a.report(subscriptions_counted{104});
  a.report(subscriptions_counted{105});
  CHECK(a.said() == names{"a count 104"});
  a.report(subscriptions_counted{100});
  CHECK(a.said() == names{"a count 100"});
  a.at(30 * second);
  CHECK(a.said().empty());
  CHECK(a.state.channels() == 0);
}

TEST_CASE("events pass as they come") {
  announcing a;
  a.who_cares = {false, false};
  a.report(cache_missed{});
  a.report(cache_missed{});
  a.report(client_event_sent{text_frame("{}"), {1, 2}});
  CHECK(a.said() == names{"a miss", "a miss", "a other"});
  CHECK(a.state.channels() == 0);
}

TEST_CASE("what nobody wants to know any more is forgotten, the rest stays") {
  announcing a;
  a.report(channel_occupied{});
  a.report(member_added{"ann"});
  a.report(channel_occupied{}, "b");
  a.report(channel_vacated{}, "b");
  a.said();
  webhook_state::interest now;
  auto forget = [&] {
    a.state.forget(
        [&](auto& channel) {
          return channel == key("a") ? now
                                     : webhook_state::interest{false, false};
        },
        a.out);
    return a.said();
  };
  CHECK(forget() == names{"b vacated"});
  now.members = false;
  CHECK(forget() == names{"a -ann"});
  CHECK(a.state.channels() == 1);
  now.occupancy = false;
  CHECK(forget() == names{"a vacated"});
  CHECK(a.state.channels() == 0);
  a.at(10 * second);
  CHECK(a.said().empty()); // no departure is left over
}

// -- between nodes ------------------------------------------------------------

TEST_CASE("what moves to another node is announced there, and not again") {
  announcing here;
  announcing there;
  there.now = 100 * second; // another clock
  for (auto user : {"ann", "ben"}) {
    here.report(channel_occupied{}, "x");
    here.report(member_added{user}, "x");
  }
  here.report(channel_occupied{}, "y");
  here.report(member_removed{"ben"}, "x");
  here.at(second);
  here.said();
  auto moved = here.state.hand_over(
      [](const channel_key& at) { return at.name == "x"; }, here.now);
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].channel == key("x"));
  REQUIRE(moved[0].all.size() == 3);
  CHECK(moved[0].all[0].user.empty());
  CHECK(moved[0].all[0].departs_ns == webhook_state::never);
  CHECK(moved[0].all[2].user == "ben");
  CHECK(moved[0].all[2].departs_ns == 2 * second); // of three
  CHECK(here.state.channels() == 1);
  here.at(20 * second);
  CHECK(here.said().empty());

  auto until = there.now + 10 * second;
  for (auto& one : moved[0].all) {
    CHECK(there.state.inherit(key("x"), one, there.now, until));
    CHECK_FALSE(there.state.inherit(key("x"), one, there.now, until));
  }
  there.report(channel_stated{true, {"ann"}}, "x");
  CHECK(there.said().empty());
  there.at(102 * second);
  CHECK(there.said() == names{"x -ben"});
  there.at(200 * second);
  CHECK(there.said().empty());
}

TEST_CASE("what is inherited and not confirmed is taken back, once") {
  announcing a;
  a.state.inherit(key("x"), {{}}, 0, 10 * second);
  a.state.inherit(key("x"), {"ann"}, 0, 10 * second);
  a.report(channel_stated{false, {}}, "x");
  a.at(10 * second - 1);
  CHECK(a.said().empty());
  a.at(10 * second);
  CHECK(a.said() == names{"x -ann", "x vacated"});
  CHECK(a.state.channels() == 0);
}

TEST_CASE("what only an earlier life announced is not handed over") {
  announcing a;
  a.state.restore(key("x"), 10 * second);
  a.state.restore(key("y"), 10 * second);
  a.report(channel_occupied{}, "y");
  auto moved = a.state.hand_over([](auto&) { return true; }, 0);
  std::size_t facts = 0;
  for (auto& x : moved)
    facts += x.all.size();
  CHECK(facts == 1);
  CHECK(a.state.channels() == 0);
  a.at(20 * second);
  CHECK(a.said().empty());
}
