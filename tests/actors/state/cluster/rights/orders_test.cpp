#include "actors/state/cluster/orders.hpp"

#include "tests/catch.hpp"

using namespace tidewire::cluster;

namespace {

rights_told some_rights() {
  rights_told x;
  permit_standing limit;
  limit.app = "1";
  limit.limit = 10;
  limit.held = 4;
  limit.used = 3;
  limit.waiting = 2;
  limit.owner = life{"b", 7};
  limit.mine = true;
  limit.out = 9;
  limit.missing = {{"c", 1}, {"d", 2}};
  x.limits = {limit, {}};
  episode_summary account;
  account.id = {{"a", 3}, "1", true};
  account.opened = 1'700'000'000'000'000'000;
  account.lost = 20;
  account.identified = 5;
  account.attributed = 6;
  account.open = true;
  account.half_ns = 12;
  x.failovers = {account, {}};
  return x;
}

} // namespace

TEST_CASE("an order is what it was on the other side") {
  order x{3, order_verb::send_away, 500, 60'000'000'000};
  CHECK(read_order(bytes_of(x)) == x);
  order_answer said{3, false, "It drains already.", 17, "bytes"};
  CHECK(read_order_answer(bytes_of(said)) == said);
}

TEST_CASE("what is told of limits and accounts is what it was") {
  auto was = some_rights();
  auto is = read_rights_told(bytes_of(was));
  REQUIRE(is);
  REQUIRE(is->limits.size() == 2);
  auto& limit = is->limits[0];
  CHECK(limit.app == "1");
  CHECK(limit.owner == was.limits[0].owner);
  CHECK(limit.mine);
  CHECK(limit.out == 9u);
  CHECK(limit.missing == was.limits[0].missing);
  CHECK(!is->limits[1].owner);
  CHECK(!is->limits[1].out);
  CHECK(is->failovers == was.failovers);
}

TEST_CASE("of too many accounts the youngest are told") {
  rights_told x;
  for (std::uint64_t i = 0; i < most_rights_told + 3; ++i) {
    x.failovers.emplace_back();
    x.failovers.back().lost = i;
  }
  auto is = read_rights_told(bytes_of(x));
  REQUIRE(is);
  CHECK(is->failovers.size() == most_rights_told);
  CHECK(is->failovers.back().lost == most_rights_told + 2);
}

TEST_CASE("an order that is cut, or of no known kind, is none") {
  auto whole = bytes_of(order{1, order_verb::drain, 0, 5});
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK(!read_order(std::string_view(whole).substr(0, n)));
  CHECK(!read_order(whole + "x"));
  whole[1] = '\0';
  CHECK(!read_order(whole));
  whole[1] = '\5';
  CHECK(!read_order(whole));
  CHECK(!read_order(bytes_of(order{1, order_verb::drain, 0, -1})));
  CHECK(!read_order(bytes_of(order{1, order_verb::drain, 0, INT64_MAX})));
  auto rights = bytes_of(some_rights());
  for (std::size_t n = 0; n < rights.size(); ++n)
    CHECK(!read_rights_told(std::string_view(rights).substr(0, n)));
}
