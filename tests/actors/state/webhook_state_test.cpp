#include "actors/state/webhook_state.hpp"

#include "tests/actors/state/support.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

constexpr std::int64_t second = 1'000'000'000;

// A WEBHOOKS' state with a clock, and what it announced.
struct announcer {
  explicit announcer(std::int64_t delay_ns = 3 * second) : state(delay_ns) {}

  void report(channel_fact what, std::string_view channel = "a") {
    state.handle({key(channel), std::move(what)}, who_cares, now, out);
  }

  void at(std::int64_t when) {
    now = when;
    state.tick(now, out);
  }

  // Since the last call: `a occupied`, `a +u`, `a count 3` …
  names said() {
    names result;
    for (auto& [channel, what] : std::exchange(out, {}))
      std::visit(
          [&, &name = channel.name](auto& x) {
            using fact = std::decay_t<decltype(x)>;
            if constexpr (std::is_same_v<fact, channel_occupied>)
              result.push_back(name + " occupied");
            else if constexpr (std::is_same_v<fact, channel_vacated>)
              result.push_back(name + " vacated");
            else if constexpr (std::is_same_v<fact, member_added>)
              result.push_back(name + " +" + x.user_id);
            else if constexpr (std::is_same_v<fact, member_removed>)
              result.push_back(name + " -" + x.user_id);
            else if constexpr (std::is_same_v<fact, cache_missed>)
              result.push_back(name + " miss");
            else if constexpr (std::is_same_v<fact, subscriptions_counted>)
              result.push_back(name + " count " + std::to_string(x.count));
            else
              result.push_back(name + " other");
          },
          what);
    return result;
  }

  webhook_state state;
  webhook_state::interest who_cares;
  webhook_state::announcements out;
  std::int64_t now = 0;
};

} // namespace

TEST_CASE("an occupied channel is announced at once, and only once") {
  announcer a;
  a.report(channel_occupied{});
  a.report(channel_occupied{});
  CHECK(a.said() == names{"a occupied"});
}

TEST_CASE("a vacated channel is announced when the delay is over") {
  announcer a;
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
  announcer a;
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
  announcer a;
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
  announcer a{0};
  a.report(channel_occupied{});
  a.report(channel_vacated{});
  CHECK(a.said() == names{"a occupied", "a vacated"});
}

TEST_CASE("members leave before their channel is vacated") {
  announcer a;
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
  announcer a;
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
  announcer a;
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
  announcer a;
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
  announcer a;
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
  announcer a;
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
  announcer a;
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
  announcer a;
  a.report(subscriptions_counted{1});
  a.report(subscriptions_counted{2});
  a.report(subscriptions_counted{100});
  CHECK(a.said() == names{"a count 1", "a count 2", "a count 100"});
  CHECK(a.state.channels() == 0);
}

TEST_CASE("above a hundred the latest count is announced every five seconds") {
  announcer a;
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
  announcer a;
  a.who_cares = {false, false};
  a.report(cache_missed{});
  a.report(cache_missed{});
  a.report(client_event_sent{text_frame("{}"), {1, 2}});
  CHECK(a.said() == names{"a miss", "a miss", "a other"});
  CHECK(a.state.channels() == 0);
}

TEST_CASE("what nobody wants to know any more is forgotten, the rest stays") {
  announcer a;
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
  announcer here;
  announcer there;
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
  announcer a;
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
  announcer a;
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

// -- what is not known --------------------------------------------------------

TEST_CASE("what is inherited stays until it is judged") {
  announcer a;
  a.state.inherit(key("x"), {{}}, 0, webhook_state::never);
  a.state.inherit(key("x"), {"ann"}, 0, webhook_state::never);
  a.state.inherit(key("x"), {"ben", 2 * second}, 0, webhook_state::never);
  a.state.inherit(key("x"), {"cem", 9 * second}, 0, webhook_state::never);
  a.at(5 * second);
  CHECK(a.said().empty());
  a.report(channel_stated{true, {"ann"}}, "x");
  a.state.judge(15 * second, 0, a.out);
  a.at(6 * second);
  CHECK(a.said() == names{"x -ben"}); // his delay is over
  a.at(9 * second);
  CHECK(a.said() == names{"x -cem"});
  a.at(100 * second);
  CHECK(a.said().empty());
  a.report(channel_vacated{}, "x");
  a.at(103 * second);
  CHECK(a.said() == names{"x -ann", "x vacated"});
}

TEST_CASE("while a node is silent nobody is told that its clients are gone") {
  announcer a;
  a.report(channel_occupied{});
  for (auto user : {"ann", "ben", "cem"})
    a.report(member_added{user});
  a.said();
  a.report(member_removed{"cem"}); // by himself, before
  a.state.departures_wait(60 * second, 60 * second);
  a.report(member_removed{"ann"});
  a.report(member_removed{"ben"});
  a.state.departures_wait(0, 60 * second);
  a.at(3 * second);
  CHECK(a.said() == names{"a -cem"});
  a.report(member_added{"ben"}); // elsewhere
  a.state.judge(10 * second, 60 * second, a.out);
  a.at(60 * second - 1);
  CHECK(a.said().empty());
  SECTION("it is not known in time") {
    a.at(60 * second);
    CHECK(a.said() == names{"a -ann"});
  }
  SECTION("it is known to be dead, or is back without them") {
    a.state.judge(80 * second, 0, a.out);
    a.at(60 * second - 1);
    CHECK(a.said() == names{"a -ann"});
  }
  SECTION("it is back with them") {
    a.report(member_added{"ann"});
    a.at(100 * second);
    CHECK(a.said().empty());
  }
}

TEST_CASE("while a node is silent nobody knows that a channel is vacated") {
  announcer a;
  a.report(channel_occupied{});
  a.report(member_added{"ann"});
  a.said();
  a.state.departures_wait(0, 60 * second);
  a.report(member_removed{"ann"});
  a.report(channel_vacated{});
  a.at(59 * second);
  CHECK(a.said() == names{"a -ann"});
  a.state.judge(90 * second, 0, a.out); // it is dead
  a.at(59 * second);
  CHECK(a.said() == names{"a vacated"});
}

TEST_CASE("what was told otherwise elsewhere is told again, if it is so") {
  using standing = webhook_state::standing;
  announcer a;
  a.report(channel_occupied{}, "x");
  a.report(member_added{"ann"}, "x");
  a.report(member_added{"ben"}, "x");
  a.said();
  CHECK(a.state.doubt(key("x"), {}, true) == standing::doubted);
  CHECK(a.state.doubt(key("x"), "ann", true) == standing::doubted);
  CHECK(a.state.doubt(key("x"), "ben", true) == standing::doubted);
  CHECK(a.state.doubt(key("x"), "cem", true) == standing::unknown);
  CHECK(a.state.doubt(key("y"), {}, true) == standing::unknown);
  a.report(member_removed{"ben"}, "x");
  a.state.judge(10 * second, 0, a.out);
  CHECK(a.said() == names{"x occupied", "x +ann"});
  a.state.judge(10 * second, 0, a.out);
  CHECK(a.said().empty()); // once
  a.at(3 * second);
  CHECK(a.said()
        == names{"x -ben"}); // whoever was the last to tell, it is true
}

TEST_CASE("what was told to be gone after it was here is not known any more") {
  using standing = webhook_state::standing;
  announcer a;
  a.state.inherit(key("x"), {{}}, 0, webhook_state::never);
  a.state.restore(key("y"), "ann", webhook_state::never);
  CHECK(a.state.doubt(key("x"), {}, false) == standing::forgotten);
  CHECK(a.state.doubt(key("y"), "ann", true) == standing::forgotten);
  CHECK(a.state.channels() == 0);
  a.report(member_added{"ann"}, "y");
  CHECK(a.said() == names{"y +ann"});
}

TEST_CASE("what an earlier life announced and another one after it moves on") {
  announcer a;
  a.state.restore(key("x"), webhook_state::never);
  CHECK(a.state.inherit(key("x"), {{}}, 0, webhook_state::never));
  auto moved = a.state.hand_over([](auto&) { return true; }, 0);
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].all.size() == 1);
}

TEST_CASE("what is doubted and inherited is told when it is confirmed") {
  announcer a;
  a.state.inherit(key("x"), {{}, webhook_state::never, true}, 0,
                  webhook_state::never);
  CHECK(a.said().empty());
  a.report(channel_occupied{}, "x");
  CHECK(a.said() == names{"x occupied"});
  a.report(channel_occupied{}, "x");
  CHECK(a.said().empty());
}

TEST_CASE("when channels begin anew, who is not reported again is gone") {
  announcer a;
  a.report(channel_occupied{}, "x");
  a.report(member_added{"ann"}, "x");
  a.report(channel_occupied{}, "y");
  a.report(channel_occupied{}, "z"); // on another reactor
  a.said();
  a.state.begin_anew([](auto& k) { return k.name != "z"; });
  a.report(channel_occupied{}, "x");
  a.at(100 * second);
  CHECK(a.said().empty());
  a.state.judge(110 * second, 0, a.out);
  a.at(110 * second);
  auto said = a.said();
  std::sort(said.begin(), said.end());
  CHECK(said == names{"x -ann", "y vacated"});
}
