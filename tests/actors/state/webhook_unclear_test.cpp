// What is not known to be so, or not to be so.
#include "actors/state/webhook_state.hpp"

#include "tests/actors/state/announcing.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace tidewire;
using namespace tidewire::testing;

TEST_CASE("what is inherited stays until it is judged") {
  announcing a;
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
  announcing a;
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
  announcing a;
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
  announcing a;
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
  announcing a;
  a.state.inherit(key("x"), {{}}, 0, webhook_state::never);
  a.state.restore(key("y"), "ann", webhook_state::never);
  CHECK(a.state.doubt(key("x"), {}, false) == standing::forgotten);
  CHECK(a.state.doubt(key("y"), "ann", true) == standing::forgotten);
  CHECK(a.state.channels() == 0);
  a.report(member_added{"ann"}, "y");
  CHECK(a.said() == names{"y +ann"});
}

TEST_CASE("what an earlier life announced and another one after it moves on") {
  announcing a;
  a.state.restore(key("x"), webhook_state::never);
  CHECK(a.state.inherit(key("x"), {{}}, 0, webhook_state::never));
  auto moved = a.state.hand_over([](auto&) { return true; }, 0);
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].all.size() == 1);
}

TEST_CASE("what is doubted and inherited is told when it is confirmed") {
  announcing a;
  a.state.inherit(key("x"), {{}, webhook_state::never, true}, 0,
                  webhook_state::never);
  CHECK(a.state.in_doubt(key("x"), {}));
  CHECK_FALSE(a.state.in_doubt(key("x"), "ann"));
  CHECK_FALSE(a.state.in_doubt(key("y"), {}));
  CHECK(a.said().empty());
  a.report(channel_occupied{}, "x");
  CHECK(a.said() == names{"x occupied"});
  CHECK_FALSE(a.state.in_doubt(key("x"), {}));
  a.report(channel_occupied{}, "x");
  CHECK(a.said().empty());
}

TEST_CASE("when channels begin anew, who is not reported again is gone") {
  announcing a;
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
