#include "actors/state/cluster/announced.hpp"

#include "tests/catch.hpp"

#include <random>

using namespace tidewire::cluster;

namespace {

std::vector<announced_fact> some(std::mt19937_64& random, std::size_t count) {
  std::vector<announced_fact> result;
  while (result.size() < count) {
    announced_fact x{"shop", "presence-" + std::to_string(random() % 50),
                     random() % 2 ? "user-" + std::to_string(random() % 50)
                                  : std::string{},
                     random() % 2 == 0};
    if (random() % 2)
      x.departs_ms = random() % 86'400'001;
    result.push_back(x);
  }
  return result;
}

} // namespace

TEST_CASE("facts come back as they were, in records that are not too long") {
  std::mt19937_64 random{1};
  CHECK(write(std::vector<announced_fact>{}).empty());
  for (std::size_t count : {1u, 2u, 100u, 30'000u}) {
    auto all = some(random, count);
    std::vector<announced_fact> again;
    std::uint64_t number = 7;
    for (auto& record : write(all, number)) {
      CHECK(record.size() < 300 * 1024);
      auto part = read_announced(record);
      REQUIRE(part);
      CHECK(part->number == number++);
      again.insert(again.end(), part->facts.begin(), part->facts.end());
    }
    CHECK(again == all);
  }
}

TEST_CASE("a cut or damaged record of facts is none, or another one") {
  std::mt19937_64 random{2};
  for (int i = 0; i < 50; ++i) {
    auto bytes = write(some(random, 3), 9).at(0);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(read_announced(std::string_view{bytes}.substr(0, size)));
    CHECK_FALSE(read_announced(bytes + 'x'));
    bytes[random() % bytes.size()] = static_cast<char>(random());
    read_announced(bytes);
  }
  CHECK(read_announced_all(write_announced_all(UINT64_MAX)) == UINT64_MAX);
  CHECK_FALSE(read_announced_all({}));
  CHECK_FALSE(read_announced_all(write_announced_all(7) + 'x'));
  CHECK(read_announced_taken(write_announced_taken(7)) == 7u);
  CHECK_FALSE(read_announced_taken({}));
  CHECK(read_announced(write(some(random, 1)).at(0))->number == 0);
}

TEST_CASE("copies hold what was announced last") {
  announced_copies copies;
  copies.apply({"1", "x", ""}, 1);
  copies.apply({"1", "x", "ann"}, 1);
  copies.apply({"1", "x", "ben"}, 1);
  copies.apply({"1", "x", "ann", false}, 1);
  copies.apply({"1", "y", ""}, 1);
  copies.apply({"1", "y", "", false}, 1);
  copies.apply({"1", "z", "", false}, 1); // of which nothing was known
  CHECK(copies.channels() == 1);
  auto all = [](std::string_view, std::string_view) { return true; };
  auto none = [](std::string_view, std::string_view) { return false; };
  auto nobody = [](tidewire::node_number) { return false; };
  CHECK(copies.choose(none, all, nobody).empty());
  CHECK(copies.choose(all, none, nobody)
        == std::vector<announced_fact>{{"1", "x", ""}, {"1", "x", "ben"}});
  CHECK(copies.channels() == 0);
  copies.apply({"1", "x", ""}, 1);
  CHECK(copies.choose(none, none, nobody).empty());
  CHECK(copies.channels() == 0);
}

TEST_CASE("copies of whoever tells everything anew are forgotten") {
  announced_copies copies;
  copies.apply({"1", "x", ""}, 1);
  copies.apply({"1", "x", "ann"}, 2);
  copies.apply({"1", "y", ""}, 1);
  copies.forget(1);
  CHECK(copies.channels() == 1);
  auto all = [](std::string_view, std::string_view) { return true; };
  auto none = [](std::string_view, std::string_view) { return false; };
  auto nobody = [](tidewire::node_number) { return false; };
  CHECK(copies.choose(all, none, nobody)
        == std::vector<announced_fact>{{"1", "x", "ann"}});
}

TEST_CASE("copies of whoever has left are for the owner, with their doubts") {
  announced_copies copies;
  copies.apply({"1", "x", ""}, 1);
  copies.apply({"1", "x", "ann", true, {}, true}, 1);
  copies.apply({"1", "x", "ben", true, {}, true}, 1);
  copies.apply({"1", "x", "ben"}, 2); // announced again
  auto all = [](std::string_view, std::string_view) { return true; };
  auto none = [](std::string_view, std::string_view) { return false; };
  CHECK(copies.choose(none, all, [](tidewire::node_number x) { return x == 1; })
        == std::vector<announced_fact>{{"1", "x", ""},
                                       {"1", "x", "ann"},
                                       {"1", "x", "ann", false, {}, true}});
  CHECK(copies.choose(all, none, [](tidewire::node_number) { return false; })
        == std::vector<announced_fact>{{"1", "x", "ben"}});
}
