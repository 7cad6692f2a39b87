#include "tests/actors/state/router_bench.hpp"
#include "tests/catch.hpp"

#include <memory>
#include <set>

using namespace tidewire;
using namespace tidewire::testing;

// -- plain --------------------------------------------------------------------

TEST_CASE("the first wish asks the channel, and later ones wait with it") {
  router_bench b;
  fake_subscriber one{1}, two{2}, three{3};
  b.wish(one);
  b.wish(two);
  auto asked = b.out.only<join_channel>();
  REQUIRE(asked);
  CHECK(asked->edge == here);
  CHECK(asked->who.who == one.socket());
  CHECK(b.state.subscribed(one, "news"));
  CHECK_FALSE(b.state.attached(one, "news"));
  b.deliver("news", "early");
  CHECK(one.take_names().empty());
  b.joined(one);
  CHECK(one.take_names() == names{succeeded});
  CHECK(two.take_names() == names{succeeded});
  CHECK(b.state.attached(two, "news"));
  b.wish(three);
  CHECK(three.take_names() == names{succeeded});
  CHECK(b.out.count() == 0);
}

TEST_CASE("an event reaches all who are attached but the one left out") {
  router_bench b;
  fake_subscriber one{1}, two{2}, three{3}, other{4};
  for (auto* s : {&one, &two, &three})
    b.wish(*s);
  b.wish(other, "sports");
  b.joined(one);
  b.joined(other, "sports");
  for (auto* s : {&one, &two, &three, &other})
    s->take();
  b.deliver("news", "x", two.socket());
  CHECK(one.take_names() == names{"x"});
  CHECK(two.take_names().empty());
  CHECK(three.take_names() == names{"x"});
  CHECK(other.take_names().empty());
}

TEST_CASE("only the last to leave tells the channel") {
  router_bench b;
  fake_subscriber one{1}, two{2};
  b.wish(one);
  b.wish(two);
  b.joined(one);
  b.out.count();
  CHECK(b.state.leave(one, "news"));
  CHECK(b.out.count() == 0);
  CHECK_FALSE(b.state.leave(one, "news"));
  CHECK(b.state.leave(two, "news"));
  CHECK(b.out.only<left_channel>());
  CHECK(b.state.routes() == 0);
}

TEST_CASE("a wish withdrawn before its answer leaves nothing behind") {
  router_bench b;
  fake_subscriber one{1};
  b.wish(one);
  b.out.count();
  CHECK(b.state.leave(one, "news"));
  CHECK(b.out.only<left_channel>()->wish == 0); // it concerns the whole edge
  CHECK(b.state.routes() == 0);
  b.joined(one);
  CHECK(one.take_names().empty());
  CHECK(b.state.routes() == 0);
}

TEST_CASE("apps that count subscriptions tell the channel how many") {
  router_bench b;
  b.counted = true;
  fake_subscriber one{1}, two{2};
  b.wish(one);
  b.out.count();
  b.joined(one);
  CHECK(b.out.only<counted_channel>()->subscriptions == 1);
  b.wish(two);
  CHECK(b.out.only<counted_channel>()->subscriptions == 2);
  b.state.leave(one, "news");
  CHECK(b.out.only<counted_channel>()->subscriptions == 1);
}

TEST_CASE("leaving everything at once leaves everything") {
  router_bench b;
  fake_subscriber one{1}, two{2};
  for (int i = 0; i < 5; ++i) {
    auto name = "news-" + std::to_string(i);
    b.wish(one, name);
    b.wish(two, name);
    if (i % 2 == 0)
      b.joined(one, name);
  }
  b.enter(one, "ann");
  b.out.count();
  b.state.leave_all(one);
  CHECK(one.subscriptions.empty());
  CHECK(b.out.only<left_channel>()->channel == key("presence-x"));
  two.take();
  for (int i = 0; i < 5; i += 2)
    b.deliver("news-" + std::to_string(i), "x");
  CHECK(two.take_names() == names{"x", "x", "x"});
  CHECK(one.take_names().empty());
}

TEST_CASE("apps do not hear each other's channels of the same name") {
  router_bench b;
  fake_subscriber one{1, 0}, two{2, 1};
  b.wish(one);
  b.wish(two);
  CHECK(b.out.count() == 2);
  b.state.apply(joined_channel{{0, "news"}, one.socket(), 1});
  b.state.apply(joined_channel{{1, "news"}, two.socket(), 2});
  one.take();
  two.take();
  b.state.apply(deliver_event{{1, "news"}, event("x"), {}});
  CHECK(one.take_names().empty());
  CHECK(two.take_names() == names{"x"});
}

// -- presence -----------------------------------------------------------------

TEST_CASE(
    "a newcomer finds itself in the list and is not announced to itself") {
  router_bench b;
  fake_subscriber ann{1}, ben{2};
  b.enter(ann, "ann");
  b.come(ben, "ben");
  CHECK(b.out.only<join_channel>()->who.user->user_id == "ben");
  b.members(false, {"ben"});
  b.joined(ben, "presence-x");
  auto seen = ben.take();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].name == succeeded);
  CHECK(ids_in(seen[0]) == names{"ann", "ben"});
  auto others = ann.take();
  REQUIRE(others.size() == 1);
  CHECK(others[0].name == added);
  CHECK(ids_in(others[0]) == names{"ben"});
  REQUIRE(b.state.user_of(ben, "presence-x"));
  CHECK(*b.state.user_of(ben, "presence-x") == "ben");
}

TEST_CASE("stating the same members again announces nothing") {
  router_bench b;
  fake_subscriber ann{1};
  b.enter(ann, "ann");
  b.members(false, {"ben"});
  CHECK(ann.take_names() == names{added});
  b.members(true, {"ann", "ben"});
  b.members(false, {"ben"});
  b.members(false, {}, {"cem"});
  CHECK(ann.take_names().empty());
  b.members(true, {"ann", "cem"});
  CHECK(ann.take_names() == names{removed, added});
  b.members(false, {}, {"cem"});
  CHECK(ann.take_names() == names{removed});
}

TEST_CASE("every member who leaves is told of, attached or not") {
  router_bench b;
  fake_subscriber ann{1}, ben{2};
  b.enter(ann, "ann");
  b.come(ben, "ben");
  b.out.count();
  b.state.leave(ben, "presence-x");
  CHECK(b.out.only<left_channel>()->who == ben.socket());
  b.joined(ben, "presence-x"); // too late: he is not to stay a member
  CHECK(ben.take_names().empty());
  CHECK(b.out.only<left_channel>()->who == ben.socket());
  b.state.leave(ann, "presence-x");
  CHECK(b.out.only<left_channel>()->who == ann.socket());
  CHECK(b.state.routes() == 0);
}

TEST_CASE("a refused wish is told why, and ends") {
  router_bench b;
  fake_subscriber ann{1}, ben{2};
  b.enter(ann, "ann");
  b.come(ben, "ben");
  b.out.count();
  b.state.apply(refused_join{key("presence-x"), ben.socket(), "LimitReached",
                             "full", 4100,
                             b.asked("presence-x", ben.socket())});
  CHECK(ben.take_names() == names{refused});
  CHECK_FALSE(b.state.subscribed(ben, "presence-x"));
  CHECK(b.out.count() == 0);
  CHECK(ann.take_names().empty());
  b.come(ben, "ben"); // may try again
  CHECK(b.out.only<join_channel>());
}

// -- compression --------------------------------------------------------------

// The number of the wish that a channel was asked last.
static std::uint64_t last_wish(const said_to_channels& out) {
  std::uint64_t result = 0;
  for (auto& record : out.records)
    if (auto* join = std::get_if<join_channel>(&record))
      result = join->who.wish;
  return result;
}

TEST_CASE("a channel is compressed for while somebody there compresses") {
  said_to_channels out;
  deflate_audience audience;
  router_state state{here, out.sender(), &audience};
  fake_subscriber a{1}, b{2}, c{3};
  a.pack();
  b.pack();
  const auto join = [&](fake_subscriber& who) {
    state.wish(who, "news", {});
    state.apply(joined_channel{key("news"), who.socket(), last_wish(out)});
  };
  join(c);
  CHECK_FALSE(audience.has(key("news")));
  state.wish(a, "waiting", {});
  CHECK_FALSE(audience.has(key("waiting")));
  join(a);
  join(b);
  CHECK(audience.has(key("news")));
  CHECK_FALSE(audience.has(key("other")));
  state.leave(a, "news");
  CHECK(audience.has(key("news")));
  state.leave_all(b);
  CHECK_FALSE(audience.has(key("news")));
  state.leave_all(a);
  state.leave_all(c);
}

TEST_CASE("two edges count for a channel until both have nobody") {
  said_to_channels out;
  deflate_audience audience;
  router_state one{here, out.sender(), &audience};
  router_state two{{1, 1}, out.sender(), &audience};
  fake_subscriber a{1}, b{2};
  for (auto [state, who] : {std::pair{&one, &a}, std::pair{&two, &b}}) {
    who->pack();
    state->wish(*who, "news", {});
    state->apply(joined_channel{key("news"), who->socket(), last_wish(out)});
  }
  one.leave_all(a);
  CHECK(audience.has(key("news")));
  two.leave_all(b);
  CHECK_FALSE(audience.has(key("news")));
}

TEST_CASE("a visit in portions shows every route, however the table grows") {
  router_bench b;
  std::vector<std::unique_ptr<fake_subscriber>> all;
  auto add = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(std::make_unique<fake_subscriber>(all.size() + 1));
      b.wish(*all.back(), "c" + std::to_string(all.size()));
    }
  };
  add(100);
  std::set<std::string> shown;
  router_state::cursor at;
  auto show = [&](const route& each) { shown.insert(each.key.name); };
  CHECK(b.state.visit(at, 10, show));
  CHECK(shown.size() <= 20);
  add(1000); // more buckets
  std::size_t turns = 0;
  while (b.state.visit(at, 10, show))
    ++turns;
  CHECK(turns > 50);
  CHECK(shown.size() == 1100);
}
