#include "actors/state/router_state.hpp"

#include "tests/actors/state/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

namespace {

constexpr edge_id here{0, 1};
constexpr auto succeeded = "pusher_internal:subscription_succeeded";
constexpr auto added = "pusher_internal:member_added";
constexpr auto removed = "pusher_internal:member_removed";
constexpr auto refused = "pusher:subscription_error";

frame_ptr event(std::string_view name) {
  return text_frame(R"({"event":")" + std::string{name} + R"("})");
}

// The routes of one reactor and what they say.
struct bench {
  said_to_channels out;
  std::vector<join_channel> history;
  router_state state{here, [this](directory_record x) {
                       if (auto* join = std::get_if<join_channel>(&x))
                         history.push_back(*join);
                       out.records.push_back(std::move(x));
                     }};
  bool counted = false;

  void wish(fake_subscriber& who, std::string_view channel = "news") {
    state.wish(who, channel, manner_for(channel, counted));
  }
  void come(fake_subscriber& who, std::string_view id) {
    state.wish(who, "presence-x", manner_for("presence-x"), user(id));
  }

  // The wish that the channel was asked last; members ask one by one.
  std::uint64_t asked(std::string_view channel, socket_id who = {}) const {
    std::uint64_t result = 0;
    for (auto& x : history)
      if (x.channel == key(channel) && (!who || x.who.who == who))
        result = x.who.wish;
    return result;
  }
  void joined(const fake_subscriber& who, std::string_view channel = "news",
              std::vector<frame_ptr> greeting = {}) {
    auto each = manner_for(channel).members || manner_for(channel).each;
    state.apply(
        joined_channel{key(channel), who.socket(),
                       asked(channel, each ? who.socket() : socket_id{}),
                       std::move(greeting)});
  }
  void members(bool whole, const names& present, const names& gone = {}) {
    changed_members what{key("presence-x"), whole, {}, gone};
    for (auto& id : present)
      what.present.push_back(user(id));
    state.apply(what);
  }
  // A member that is there and has been told so.
  void enter(fake_subscriber& who, std::string_view id) {
    come(who, id);
    members(false, {std::string{id}});
    joined(who, "presence-x");
    out.count();
    who.take();
  }
  void deliver(std::string_view channel, std::string_view name,
               socket_id except = {}) {
    state.apply(deliver_event{key(channel), event(name), except});
  }
};

} // namespace

// -- plain --------------------------------------------------------------------

TEST_CASE("the first wish asks the channel, and later ones wait with it") {
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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

// -- after a restart ----------------------------------------------------------

TEST_CASE("a restarted ROUTER restates everything as a new edge") {
  bench b;
  fake_subscriber one{1}, two{2}, ann{3}, ben{4};
  b.wish(one);
  b.joined(one);
  b.wish(two, "sports");
  b.enter(ann, "ann");
  b.come(ben, "ben");
  b.out.count();
  b.state.adopt({0, 2});
  CHECK(b.state.edge() == edge_id{0, 2});
  REQUIRE(b.out.records.size() == 3);
  for (auto& record : b.out.records) {
    auto& told = std::get<restate_edge>(record);
    CHECK(told.edge == edge_id{0, 2});
    if (told.channel == key("news")) {
      REQUIRE(told.subscribers.size() == 1);
      CHECK(told.subscribers[0].attached);
      CHECK(told.subscriptions == 1);
    } else if (told.channel == key("sports")) {
      REQUIRE(told.subscribers.size() == 1);
      CHECK_FALSE(told.subscribers[0].attached);
    } else {
      REQUIRE(told.subscribers.size() == 2);
      CHECK(told.subscribers[0].attached);
      CHECK(told.subscribers[0].user == user("ann"));
      CHECK_FALSE(told.subscribers[1].attached);
      CHECK(told.subscribers[1].user == user("ben"));
    }
  }
}

TEST_CASE("a channel that asks is told, of nothing as well") {
  bench b;
  fake_subscriber one{1};
  b.wish(one);
  b.joined(one);
  b.out.count();
  b.state.apply(restate_channel{key("news")});
  CHECK(b.out.only<restate_edge>()->subscribers.size() == 1);
  b.state.apply(restate_channel{key("never heard of")});
  auto none = b.out.only<restate_edge>();
  REQUIRE(none);
  CHECK(none->subscribers.empty());
}

TEST_CASE("wishes nobody has any more are not restated") {
  bench b;
  fake_subscriber one{1};
  b.wish(one);
  b.state.leave(one, "news");
  b.out.count();
  b.state.adopt({0, 2});
  CHECK(b.out.count() == 0);
}

// -- channels that are asked for each -----------------------------------------

TEST_CASE("a channel that greets is asked for every subscriber") {
  bench b;
  fake_subscriber one{1}, two{2}, three{3};
  b.wish(one, "cache-x");
  b.wish(two, "cache-x");
  CHECK(b.out.count() == 2);
  b.joined(two, "cache-x", {event("cached")});
  CHECK(one.take_names().empty());
  CHECK(two.take_names() == names{succeeded, "cached"});
  b.deliver("cache-x", "later");
  b.joined(one, "cache-x", {event("later")});
  CHECK(one.take_names() == names{succeeded, "later"});
  CHECK(two.take_names() == names{"later"});
  b.wish(three, "cache-x"); // though the channel knows this edge
  CHECK(b.out.only<join_channel>()->who.who == three.socket());
  b.joined(three, "cache-x", {event("later")});
  CHECK(three.take_names() == names{succeeded, "later"});
  b.state.leave(one, "cache-x");
  b.state.leave(two, "cache-x");
  CHECK(b.out.count() == 0);
  b.state.leave(three, "cache-x");
  CHECK(b.out.only<left_channel>()->wish == 0);
}

TEST_CASE("an edge restates each wish of a channel that greets") {
  bench b;
  fake_subscriber one{1}, two{2}, three{3}, four{4};
  for (auto* who : {&one, &two, &three, &four})
    b.wish(*who, "cache-x");
  b.joined(one, "cache-x");
  b.joined(two, "cache-x");
  b.out.count();
  b.state.apply(restate_channel{key("cache-x"), 7});
  auto told = b.out.only<restate_edge>();
  REQUIRE(told);
  CHECK(told->round == 7);
  CHECK(told->subscriptions == 2);
  REQUIRE(told->subscribers.size() == 3); // one stands for the attached
  CHECK(told->subscribers[0].attached);
  CHECK(told->subscribers[1].who == three.socket());
  CHECK(told->subscribers[2].who == four.socket());
  CHECK(told->subscribers[2].wish == b.asked("cache-x", four.socket()));
}

TEST_CASE("an answer to a former wish is not taken for one to a later") {
  bench b;
  fake_subscriber ann{1};
  b.come(ann, "ann");
  auto former = b.asked("presence-x", ann.socket());
  b.state.leave(ann, "presence-x");
  b.come(ann, "ben");
  b.out.count();
  b.members(false, {"ann"});
  b.state.apply(joined_channel{key("presence-x"), ann.socket(), former});
  CHECK(ann.take_names().empty());
  // Whoever was let in by mistake must not stay a member.
  CHECK(b.out.only<left_channel>()->wish == former);
  b.state.apply(refused_join{key("presence-x"), ann.socket(), "LimitReached",
                             "full", 4100, former});
  CHECK(ann.take_names().empty());
  b.members(false, {"ben"}, {"ann"});
  b.joined(ann, "presence-x");
  auto seen = ann.take();
  REQUIRE(seen.size() == 1);
  CHECK(ids_in(seen[0]) == names{"ben"});
}

TEST_CASE("a second answer to the same wish says nothing") {
  bench b;
  fake_subscriber ann{1};
  b.enter(ann, "ann");
  b.joined(ann, "presence-x");
  CHECK(ann.take_names().empty());
  CHECK(b.out.count() == 0);
  b.state.apply(refused_join{key("presence-x"), ann.socket(), "LimitReached",
                             "full", 4100,
                             b.asked("presence-x", ann.socket())});
  CHECK(b.out.only<restate_edge>()); // it was told yes, and stays
  CHECK(b.state.attached(ann, "presence-x"));
}

TEST_CASE("all who wait for one answer are refused by it") {
  bench b;
  fake_subscriber one{1}, two{2};
  b.wish(one);
  b.wish(two);
  b.out.count();
  b.state.apply(refused_join{key("news"), one.socket(), "Closed", "no", 4009,
                             b.asked("news")});
  CHECK(one.take_names() == names{refused});
  CHECK(two.take_names() == names{refused});
  CHECK(b.state.routes() == 0);
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
