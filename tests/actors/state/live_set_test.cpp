#include "actors/state/live_set.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <memory>
#include <random>

using namespace tidewire;

namespace {

struct entry {
  explicit entry(std::int64_t opened = 0) : since(opened) {}

  std::int64_t opened_ns() const { return since; }

  std::int64_t since;
  std::uint32_t live_place = UINT32_MAX;
};

} // namespace

TEST_CASE("the size of the live set is the number of its members") {
  live_set<entry> set;
  entry one, two;
  CHECK(set.size() == 0);
  set.insert(one);
  set.insert(two);
  CHECK(set.size() == 2);
  CHECK(set.erase(one));
  CHECK(set.size() == 1);
  CHECK(set.entries().front() == &two);
}

TEST_CASE("opening or closing twice counts once") {
  live_set<entry> set;
  entry one;
  set.insert(one);
  set.insert(one);
  CHECK(set.size() == 1);
  CHECK(set.erase(one));
  CHECK_FALSE(set.erase(one));
  CHECK(set.size() == 0);
}

TEST_CASE("open time is the sum over the members") {
  live_set<entry> set;
  entry one{100}, two{250};
  set.insert(one);
  set.insert(two);
  CHECK(set.open_ns(300) == 200 + 50);
  set.erase(one);
  CHECK(set.open_ns(300) == 50);
  set.erase(two);
  CHECK(set.open_ns(300) == 0);
}

TEST_CASE("any order of coming and going leaves exactly who is there") {
  std::mt19937 random{20};
  live_set<entry> set;
  std::vector<std::unique_ptr<entry>> all;
  std::vector<entry*> inside;
  for (int i = 0; i < 100; ++i)
    all.push_back(std::make_unique<entry>(i));
  for (int step = 0; step < 5000; ++step) {
    auto& x = *all[random() % all.size()];
    auto at = std::find(inside.begin(), inside.end(), &x);
    if (random() % 2) {
      set.insert(x);
      if (at == inside.end())
        inside.push_back(&x);
    } else {
      REQUIRE(set.erase(x) == (at != inside.end()));
      if (at != inside.end())
        inside.erase(at);
    }
    REQUIRE(set.size() == inside.size());
  }
  auto members = set.entries();
  std::sort(members.begin(), members.end());
  std::sort(inside.begin(), inside.end());
  CHECK(members == inside);
  std::int64_t open = 0;
  for (auto* x : inside)
    open += 1000 - x->since;
  CHECK(set.open_ns(1000) == open);
}
