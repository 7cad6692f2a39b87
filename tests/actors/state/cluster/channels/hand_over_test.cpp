#include "actors/state/cluster/hand_over.hpp"

#include "actors/state/cluster/copies.hpp"
#include "tests/catch.hpp"

#include <string>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

// Nodes are called by letters, and numbered: our own is "a".
std::shared_ptr<const placement> seen(std::string_view nodes,
                                      std::uint32_t stay = 1) {
  std::vector<view_member> members;
  std::vector<node_number> numbers;
  for (char c : nodes) {
    view_member x;
    x.who = {std::string(1, c), 1};
    x.stay = members.empty() ? 1 : stay; // the oldest stays
    x.reactors = 2;
    members.push_back(x);
    numbers.push_back(static_cast<node_number>(c - 'a'));
  }
  return std::make_shared<placement>(
      std::make_shared<const view>(make_view(std::move(members))),
      std::move(numbers));
}

// A channel that is at that place in one view and in another one is, or is not.
std::string channel_at(place where, const placement& before, bool was) {
  for (int i = 0;; ++i) {
    auto name = "c" + std::to_string(i);
    if (was == (before.owner_of("1", name) == where))
      return name;
  }
}

constexpr std::int64_t second = 1'000'000'000;

} // namespace

TEST_CASE("a placement speaks of members as this process numbers them") {
  auto x = seen("ac");
  CHECK(x->places()
        == std::vector<place>{0, 1, make_place(2, 0), make_place(2, 1)});
  CHECK(x->has(0));
  CHECK(x->has(2));
  CHECK_FALSE(x->has(1));
  CHECK(x->stay_of(2) == 1);
  CHECK(x->stay_of(1) == 0);
  for (int i = 0; i < 100; ++i) {
    auto name = std::to_string(i);
    auto owner = x->owner_of("1", name);
    auto next = x->runner_up_of("1", name);
    REQUIRE(next);
    CHECK(node_of(owner) != node_of(*next));
    // Whoever is next is the owner when the owner has gone.
    CHECK(seen(node_of(owner) == 0 ? "c" : "a")->owner_of("1", name) == *next);
  }
  CHECK_FALSE(seen("a")->runner_up_of("1", "x"));
}

TEST_CASE("all is settled when every edge has stated all of this view") {
  hand_over h;
  CHECK(h.settled());
  auto x = seen("ab");
  h.view_is(x, {0, 1, 256, 257}, 10);
  CHECK_FALSE(h.settled());
  CHECK(h.until_ns() == 10 + 2 * second);
  CHECK_FALSE(h.stated(0, x->hash()));
  CHECK_FALSE(h.stated(0, x->hash())); // again
  CHECK_FALSE(h.stated(1, x->hash()));
  CHECK_FALSE(h.stated(256, x->hash() + 1)); // of another view
  CHECK(h.missing() == std::vector<place>{256, 257});
  CHECK_FALSE(h.stated(256, x->hash()));
  CHECK(h.stated(257, x->hash()));
  CHECK(h.settled());
  CHECK_FALSE(h.stated(257, x->hash()));
}

TEST_CASE("what was here in every view since all was settled need not wait") {
  hand_over h;
  auto alone = seen("a");
  auto two = seen("ab");
  auto three = seen("abc");
  h.view_is(alone, {0, 1}, 0);
  CHECK_FALSE(h.was_at(0, "1", "x")); // before that there was nothing
  h.stated(0, alone->hash());
  h.stated(1, alone->hash());
  CHECK(h.was_at(0, "1", "x"));

  h.view_is(two, two->places(), 0);
  auto kept = channel_at(0, *alone, true);
  auto other = channel_at(0, *alone, false);
  CHECK(h.was_at(0, "1", kept));
  CHECK_FALSE(h.was_at(0, "1", other));
  // The view changes again before it is settled.
  h.view_is(three, three->places(), second);
  for (int i = 0; i < 200; ++i) {
    auto name = std::to_string(i);
    CHECK(
        h.was_at(0, "1", name)
        == (alone->owner_of("1", name) == 0 && two->owner_of("1", name) == 0));
  }
  for (auto where : three->places())
    h.stated(where, three->hash());
  CHECK(h.was_at(0, "1", other));
}

TEST_CASE("who joins another line of views knows nothing of what was there") {
  hand_over h;
  auto alone = seen("a");
  h.view_is(alone, {0}, 0);
  h.stated(0, alone->hash());
  auto joined = seen("ba"); // b is the oldest
  h.view_is(joined, joined->places(), 0);
  CHECK_FALSE(h.was_at(0, "1", channel_at(0, *joined, true)));
  for (auto where : joined->places())
    h.stated(where, joined->hash());
  CHECK(h.was_at(0, "1", channel_at(0, *joined, true)));
}

// The others had a view without us, and told its owners what they have.
TEST_CASE("who was left out in between knows nothing of what was there") {
  hand_over h;
  auto before = seen("ba"), now = seen("ba", 2); // "a" is we
  auto mine = channel_at(0, *before, true);
  h.view_is(before, {256}, 0);
  CHECK(h.stated(256, before->hash()));
  h.view_is(now, {256}, 0);
  CHECK_FALSE(h.was_at(0, "1", mine));
  h.stated(256, now->hash());
  CHECK(h.was_at(0, "1", mine));
}

TEST_CASE("who comes, or comes back, has edges that nobody knows") {
  auto alone = seen("a");
  auto theirs = make_place(1, 0);
  for (auto stay : {1u, 2u}) {
    hand_over h;
    h.view_is(alone, {0}, 10);
    h.stated(0, alone->hash());
    auto both = seen("ab", stay);
    h.view_is(both, {0, theirs}, 20);
    auto ours = channel_at(0, *both, true);
    CHECK(h.awaited(0, "1", ours) == std::vector{theirs});
    // The view changes again: of this one it has said nothing.
    auto three = seen("abc", stay);
    h.view_is(three, {0, theirs, make_place(2, 0)}, 20);
    ours = channel_at(0, *three, true);
    CHECK(h.awaited(0, "1", ours) == std::vector{theirs, make_place(2, 0)});
    h.stated(theirs, three->hash());
    CHECK(h.awaited(0, "1", ours) == std::vector{make_place(2, 0)});
    h.stated(make_place(2, 0), three->hash());
    CHECK(h.awaited(0, "1", ours).empty());
    h.stated(0, three->hash());
    CHECK(h.settled());
  }
}

TEST_CASE("after too many views in a row nothing counts as known") {
  hand_over h;
  auto two = seen("ab");
  auto three = seen("abc");
  h.view_is(two, {0}, 0);
  h.stated(0, two->hash());
  auto here = channel_at(0, *three, true); // and without c as well
  for (int i = 2; i < 18; ++i)
    h.view_is(i % 2 == 0 ? three : two, {0}, 0);
  CHECK(h.was_at(0, "1", here));
  h.view_is(three, {0}, 0);
  CHECK_FALSE(h.was_at(0, "1", here));
}

TEST_CASE("a copy lives as long as the event, and is taken once") {
  event_copies copies;
  tidewire::channel_key x{0, "cache-x"};
  copies.keep({x, frame::make("one", {}), 5}, 100);
  copies.keep({x, frame::make("two", {}), 10}, 100);
  CHECK(copies.size() == 1);
  auto taken = copies.take(x, 104);
  REQUIRE(taken);
  CHECK(taken->event->bytes() == "two");
  CHECK(taken->left_ns == 6);
  CHECK_FALSE(copies.take(x, 104));

  copies.keep({x, frame::make("one", {}), 5}, 100);
  CHECK_FALSE(copies.take(x, 105));
  copies.keep({x, frame::make("one", {}), 5}, 100);
  copies.keep({x, {}, 5}, 100); // it was taken back
  CHECK(copies.size() == 0);
  copies.keep({x, frame::make("one", {}), 5}, 100);
  copies.expire(104);
  CHECK(copies.size() == 1);
  copies.expire(105);
  CHECK(copies.size() == 0);
}

TEST_CASE("a copy is kept by who is next, given to who is the owner") {
  event_copies copies;
  for (auto name : {"cache-ours", "cache-next", "cache-else"})
    copies.keep({{0, name}, frame::make("x", {}), 5}, 100);
  auto ours = copies.choose(
      [](const tidewire::channel_key& key) { return key.name == "cache-ours"; },
      [](const tidewire::channel_key& key) {
        return key.name == "cache-next";
      });
  REQUIRE(ours.size() == 1);
  CHECK(ours[0].name == "cache-ours");
  CHECK(copies.size() == 2);
  CHECK(copies.take({0, "cache-next"}, 101));
  CHECK_FALSE(copies.take({0, "cache-else"}, 101));
}
