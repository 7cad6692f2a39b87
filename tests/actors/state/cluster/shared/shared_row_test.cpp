#include "actors/state/cluster/shared_row.hpp"

#include "tests/catch.hpp"

#include <random>

using namespace tidewire::cluster;

namespace {

const life ann{"ann", 1}, bob{"bob", 2}, cat{"cat", 3};

shared_row form(const shared_row* before, const life& by, std::string value) {
  auto result = next_form(before, "7", by);
  result.value = std::move(value);
  return result;
}

} // namespace

TEST_CASE("a change follows all that it was made from, and nothing else") {
  auto first = form(nullptr, ann, "a");
  auto second = form(&first, ann, "b");
  auto third = form(&second, bob, "c");
  auto fourth = form(&third, ann, "d");
  for (auto* x : {&first, &second, &third, &fourth}) {
    CHECK(fourth.follows(x->stamp));
    CHECK_FALSE(clash(*x, fourth));
    CHECK_FALSE(outranks(*x, fourth));
  }
  auto other = form(&second, cat, "e");
  CHECK_FALSE(other.follows(third.stamp));
  CHECK_FALSE(third.follows(other.stamp));
  CHECK(clash(other, third));
  CHECK(clash(third, other));
  CHECK(clash(other, fourth));
  CHECK_FALSE(clash(other, first));
}

TEST_CASE("of two forms of one version the same holds everywhere") {
  auto one = form(nullptr, ann, "a");
  auto two = form(nullptr, bob, "b");
  CHECK(outranks(two, one) != outranks(one, two));
  CHECK(clash(one, two));
  auto same = form(nullptr, bob, "a");
  CHECK_FALSE(clash(one, same));
  auto copied = one;
  copied.value = "from a backup";
  CHECK(clash(one, copied));
  CHECK(outranks(copied, one) != outranks(one, copied));
}

TEST_CASE("what is deleted stays, and may be made again") {
  auto made = form(nullptr, ann, "a");
  auto gone = next_form(&made, "7", bob);
  gone.gone = true;
  auto again = form(&gone, ann, "b");
  CHECK(outranks(gone, made));
  CHECK(outranks(again, gone));
  CHECK_FALSE(clash(again, made));
  CHECK(made.hash() != gone.hash());
}

TEST_CASE("of many writers the oldest are known by a floor") {
  shared_row row = form(nullptr, ann, "a");
  std::vector<row_stamp> all{row.stamp};
  for (std::uint64_t i = 0; i < 40; ++i) {
    row = form(&row, {"node-" + std::to_string(i), i}, "x");
    all.push_back(row.stamp);
    CHECK(row.known.size() <= shared_row::max_known);
    for (auto& each : all)
      CHECK(row.follows(each));
    CHECK_FALSE(row.follows({row.stamp.version, {"nobody", 0}}));
  }
}
