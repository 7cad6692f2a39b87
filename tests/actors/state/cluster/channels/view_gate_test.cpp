#include "actors/state/cluster/view_gate.hpp"

#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

constexpr place them = 256;
constexpr auto patience = view_gate::patience_ns;

directory_record left(std::uint64_t wish) {
  return left_channel{{them, 1}, {0, "x"}, {}, wish};
}

std::uint64_t wish_of(const view_gate::record& x) {
  return std::get<left_channel>(x.what).wish;
}

auto knows(std::uint64_t view) {
  return [view](std::uint64_t x) { return x <= view; };
}

} // namespace

TEST_CASE("what names a channel was sent because of a view, and what ends") {
  tidewire::channel_key x{0, "x"};
  CHECK(is_bound_to_view(join_channel{{}, x, {}}));
  CHECK(is_bound_to_view(publish_event{x, {}, {}, {}}));
  CHECK(is_bound_to_view(restate_edge{{}, x, 0, {}}));
  CHECK(is_bound_to_view(edge_stated{}));
  CHECK(is_bound_to_view(edge_up{})); // a statement begins and ends in order
  CHECK(is_bound_to_view(event_handed_over{x, {}, 0}));
  CHECK_FALSE(is_bound_to_view(event_copied{x, {}, 0}));
  CHECK_FALSE(is_bound_to_view(records_taken{}));
  CHECK_FALSE(is_bound_to_view(ticket_answer{1, true, {}}));
  CHECK_FALSE(is_bound_to_view(list_channels{0, {}, {}}));
  CHECK_FALSE(is_bound_to_view(count_connections{0, {}}));
}

TEST_CASE("what a newer view sent waits, in its order") {
  view_gate gate;
  CHECK(gate.idle());
  gate.hold(them, 2, left(1), 0);
  gate.hold(them, 3, left(2), 0);
  gate.hold(them + 1, 2, left(9), 0);
  CHECK(gate.holds(them));
  CHECK(gate.release(them, knows(1)).empty());
  auto first = gate.release(them, knows(2));
  REQUIRE(first.size() == 1);
  CHECK(wish_of(first[0]) == 1);
  CHECK(gate.holds(them));
  auto second = gate.release(them, knows(3));
  REQUIRE(second.size() == 1);
  CHECK(second[0].view == 3);
  CHECK_FALSE(gate.holds(them));
  CHECK(gate.senders() == std::vector<place>{them + 1});
}

TEST_CASE("what came before something known is old, known or not") {
  view_gate gate;
  gate.hold(them, 99, left(1), 0); // a view that was never ours
  gate.hold(them, 2, left(2), 0);
  auto all = gate.release(them, knows(2));
  REQUIRE(all.size() == 2);
  CHECK(all[0].view == 99);
  CHECK(gate.idle());
}

TEST_CASE("who waits for two seconds is given back") {
  view_gate gate;
  gate.hold(them, 9, left(1), 0);
  gate.hold(them, 9, left(2), 10);
  CHECK(gate.expire(patience - 1).empty());
  auto late = gate.expire(patience);
  REQUIRE(late.size() == 1);
  CHECK(late[0].first == them);
  CHECK(wish_of(late[0].second) == 1);
  CHECK(gate.holds(them));
  CHECK(gate.expire(patience + 10).size() == 1);
  CHECK_FALSE(gate.holds(them));
  CHECK(gate.idle());
}

TEST_CASE("no more than 65,536 records of a sender wait") {
  view_gate gate;
  for (std::size_t i = 0; i < view_gate::max_held; ++i)
    gate.hold(them, 9, left(i), 0);
  CHECK(gate.expire(1).empty());
  gate.hold(them, 9, left(0), 0);
  CHECK(gate.expire(1).size() == 1);
}
