#include "actors/apps.hpp"

#include "messages/lifecycle.hpp"
#include "tests/actors/support/apps.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

namespace {

const auto one = app("1", {{"k1", "s1"}});
const auto two = app("2", {{"k2", "s2"}, {"k2b", "s2b"}});
const auto three = app("3", {{"k3", "s3"}});

} // namespace

TEST_CASE("an app is found by its id and by each of its keys") {
  app_table table{{one, two}};
  CHECK(table.size() == 2);
  CHECK(table.by_id("2") == 1);
  CHECK(table.by_key("k2") == 1);
  CHECK(table.by_key("k2b") == 1);
  CHECK(table.by_key("2") == no_app);
  CHECK(table.by_id("k2") == no_app);
}

TEST_CASE("apps keep their indices, whatever order they come in") {
  auto table = app_table{{one, two}}.with({three, two, one});
  CHECK(table.by_id("1") == 0);
  CHECK(table.by_id("2") == 1);
  CHECK(table.by_id("3") == 2);
  CHECK(table[2].keys == three.keys);
}

TEST_CASE("a deleted app is not found, and its place says disabled") {
  auto table = app_table{{one, two}}.with({two});
  CHECK(table.size() == 2);
  CHECK(table.by_id("1") == no_app);
  CHECK(table.by_key("k1") == no_app);
  CHECK(table[0].id == "1");
  CHECK_FALSE(table[0].enabled);
  CHECK(table[1].enabled);
}

TEST_CASE("the index of a deleted app is never given again") {
  auto table = app_table{{one, two}}.with({two}).with({two, three});
  CHECK(table.by_id("3") == 2);
  // Not even to an app of the same id: what was of the old one is not its own.
  table = table.with({one, two, three});
  CHECK(table.by_id("1") == 3);
  CHECK(table.by_key("k1") == 3);
  CHECK(table[3].enabled);
  CHECK_FALSE(table[0].enabled);
}

TEST_CASE("a key that is taken away is not found any more") {
  auto rotated = two;
  rotated.keys.erase(rotated.keys.begin());
  rotated.keys.push_back({"k2c", "s"});
  auto table = app_table{{one, two}}.with({one, rotated});
  CHECK(table.by_key("k2") == no_app);
  CHECK(table.by_key("k2b") == 1);
  CHECK(table.by_key("k2c") == 1);
}

TEST_CASE("a key can move to another app") {
  auto heir = one;
  heir.keys.push_back(two.keys.front());
  auto without = two;
  without.keys.erase(without.keys.begin());
  auto table = app_table{{one, two}}.with({heir, without});
  CHECK(table.by_key("k2") == 0);
}

TEST_CASE("a snapshot stays as it is while others are made of it") {
  app_table old{{one}};
  auto copy = old;
  old = old.with({two});
  CHECK(copy.by_key("k1") == 0);
  CHECK(copy[0].enabled);
  CHECK(old.by_key("k1") == no_app);
}
