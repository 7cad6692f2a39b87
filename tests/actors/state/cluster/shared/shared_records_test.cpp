#include "actors/state/cluster/shared_records.hpp"

#include "tests/catch.hpp"

#include <random>

using namespace tidewire::cluster;

namespace {

shared_row any_row(std::mt19937_64& random, std::string id) {
  shared_row x;
  x.id = std::move(id);
  x.stamp = {1 + random() % 1000, {"node", random()}};
  x.gone = random() % 4 == 0;
  if (!x.gone)
    x.value = std::string(random() % 300, 'v');
  x.floor = random() % 5;
  for (auto n = random() % 4; n > 0; --n)
    x.known.push_back({random() % 9, {"other", random()}});
  return x;
}

template <class Read>
void no_part_is_one(const std::string& bytes, std::mt19937_64& random,
                    Read read) {
  CHECK(read(bytes));
  CHECK_FALSE(read(bytes + 'x'));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(read(std::string_view{bytes}.substr(0, size)));
  for (int i = 0; i < 200; ++i) {
    auto damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    read(damaged); // whatever it says, under ASan
  }
}

} // namespace

TEST_CASE("what is said of shared rows comes back as it was") {
  std::mt19937_64 random{1};
  shared_digest sum;
  for (auto& each : sum.parts)
    each = random();
  CHECK(read_shared_digest(write(sum)) == sum);
  shared_held held{5, "a", "z", true, {{"b", 1, 2}, {"c", 3, UINT64_MAX}}};
  CHECK(read_shared_held(write(held)) == held);
  shared_told told{9, {}};
  for (auto* id : {"1", "2", "3"})
    told.rows.push_back(any_row(random, id));
  CHECK(read_shared_told(write(told)) == told);
  CHECK(read_shared_taken(write_shared_taken(77)) == 77);
  auto row = any_row(random, "7");
  shared_row again;
  REQUIRE(read_known(write_known(row), again));
  CHECK(again.known == row.known);
  CHECK(again.floor == row.floor);
}

TEST_CASE("no part of such a record is one") {
  std::mt19937_64 random{2};
  shared_held held{5, "a", "z", true, {{"b", 1, 2}, {"c", 3, 4}}};
  shared_told told{9, {any_row(random, "1"), any_row(random, "2")}};
  no_part_is_one(write(shared_digest{}), random,
                 [](auto x) { return read_shared_digest(x).has_value(); });
  no_part_is_one(write(held), random,
                 [](auto x) { return read_shared_held(x).has_value(); });
  no_part_is_one(write(told), random,
                 [](auto x) { return read_shared_told(x).has_value(); });
  no_part_is_one(write_shared_taken(300), random,
                 [](auto x) { return read_shared_taken(x).has_value(); });
}

TEST_CASE("a row that cannot be is not read") {
  shared_row good;
  good.id = "7";
  good.stamp = {1, {"node", 1}};
  good.value = "v";
  auto reads = [](const shared_row& x) {
    return read_shared_told(write(shared_told{1, {x}})).has_value();
  };
  CHECK(reads(good));
  auto bad = good;
  bad.id.clear();
  CHECK_FALSE(reads(bad));
  bad = good;
  bad.stamp.version = 0;
  CHECK_FALSE(reads(bad));
  bad = good;
  bad.gone = true;
  CHECK_FALSE(reads(bad));
  bad = good;
  bad.value = std::string(max_row_value + 1, 'x');
  CHECK_FALSE(reads(bad));
  bad = good;
  bad.known.resize(shared_row::max_known + 1, good.stamp);
  CHECK_FALSE(reads(bad));
  CHECK_FALSE(read_shared_held(
      write(shared_held{0, "", "", true, {{"b", 1, 2}, {"a", 1, 2}}})));
}
