#include "actors/state/cluster/unsent.hpp"

#include "tests/catch.hpp"

#include <random>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

unsent_hook hook(std::string key, std::string channel = "room",
                 std::string body = "{}") {
  return {std::move(key), "shop",          "http://b", std::move(channel),
          false,          std::move(body), 5};
}

// Who keeps what is of a channel called "1", "2", …; of "0" nobody.
std::optional<node_number> by_name(std::string_view, std::string_view channel) {
  auto node = static_cast<node_number>(channel[0] - '0');
  return node ? std::optional{node} : std::nullopt;
}

auto never_new = [](node_number) { return false; };

std::vector<std::string> keys_of(const std::vector<unsent_hook>& all) {
  std::vector<std::string> result;
  for (auto& each : all)
    result.push_back(each.key);
  return result;
}

using keys = std::vector<std::string>;

} // namespace

TEST_CASE("what is unsent comes back as it was, in records not too long") {
  std::mt19937_64 random{1};
  std::vector<unsent_hook> all;
  for (int i = 0; i < 500; ++i) {
    all.push_back(hook(std::to_string(i), "c" + std::to_string(random() % 9),
                       std::string(random() % 2000, 'b')));
    all.back().batch = random() % 2;
    all.back().since_ms = static_cast<std::int64_t>(random() % 1000) - 500;
  }
  std::vector<unsent_hook> again;
  keys names, names_again;
  for (auto& record : write(all)) {
    CHECK(record.size() < 200 * 1024);
    auto part = read_unsent(record);
    REQUIRE(part);
    again.insert(again.end(), part->begin(), part->end());
  }
  CHECK(again == all);
  names = keys_of(all);
  for (auto& record : write_keys(names)) {
    auto part = read_keys(record);
    REQUIRE(part);
    names_again.insert(names_again.end(), part->begin(), part->end());
  }
  CHECK(names_again == names);
  REQUIRE(read_keys(write_no_keys()));
  CHECK(read_keys(write_no_keys())->empty());
}

TEST_CASE("a cut or damaged record of them is none, or another one") {
  std::mt19937_64 random{2};
  for (int i = 0; i < 100; ++i) {
    auto bytes = write({hook("a"), hook("b")}).at(0);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(read_unsent(std::string_view{bytes}.substr(0, size)));
    CHECK_FALSE(read_unsent(bytes + 'x'));
    bytes[random() % bytes.size()] = static_cast<char>(random());
    read_unsent(bytes);
    read_keys(bytes);
  }
}

TEST_CASE("each is told to its keeper once, and its end to whoever has it") {
  unsent_book book;
  book.add(hook("a", "1"));
  book.add(hook("b", "2"));
  book.add(hook("c", "0"));
  book.add(hook("d", "1"));
  book.done("d"); // before anybody was told
  auto news = book.tell(by_name, SIZE_MAX);
  REQUIRE(news.size() == 2);
  CHECK(keys_of(news[1].copy) == keys{"a"});
  CHECK(keys_of(news[2].copy) == keys{"b"});
  CHECK_FALSE(book.has_news());
  book.done("a");
  book.done("c");
  news = book.tell(by_name, SIZE_MAX);
  REQUIRE(news.size() == 1);
  CHECK(news[1].done == keys{"a"});
  CHECK(book.size() == 1);
}

TEST_CASE(
    "who keeps it changes with the view, and whoever is new has nothing") {
  unsent_book book;
  book.add(hook("a", "1"));
  book.add(hook("b", "1"));
  book.tell(by_name, SIZE_MAX);
  book.look_again(never_new);
  CHECK(book.tell(by_name, SIZE_MAX).empty());
  book.look_again([](node_number node) { return node == 1; });
  auto news = book.tell(by_name, SIZE_MAX);
  CHECK(keys_of(news[1].copy) == keys{"a", "b"});
  book.look_again(never_new);
  auto second = [](auto, auto) { return std::optional<node_number>{2}; };
  news = book.tell(second, SIZE_MAX);
  CHECK(keys_of(news[2].copy) == keys{"a", "b"});
  CHECK(news[1].done == keys{"a", "b"});
}

TEST_CASE(
    "no more is told at once than there is room for, and all in the end") {
  unsent_book book;
  for (int i = 0; i < 100; ++i)
    book.add(hook(std::to_string(i), "1", std::string(1000, 'x')));
  std::size_t count = 0, turns = 0;
  for (; book.has_news(); ++turns)
    count += book.tell(by_name, 10'000)[1].copy.size();
  CHECK(count == 100);
  CHECK(turns >= 10);
}

TEST_CASE("what was kept for a node is ours when it is gone, and only once") {
  kept_hooks kept;
  kept.keep(1, {hook("a"), hook("b")});
  kept.keep(2, {hook("c")});
  kept.keep(1, {hook("a"), hook("d")});
  kept.done(1, {"b", "nothing"});
  CHECK(kept.size() == 3);
  CHECK(kept.orphans([](auto) { return true; }).empty());
  auto is_two = [](node_number node) { return node == 2; };
  CHECK(keys_of(kept.orphans(is_two)) == keys{"a", "d"});
  CHECK(kept.orphans(is_two).empty());
  CHECK(kept.taken({"a", "b", "c", "d"}) == keys{"a", "d"});
  kept.keep(3, {hook("a"), hook("e")}); // a link that was late
  CHECK(keys_of(kept.orphans(is_two)) == keys{"e"});
  CHECK(kept.size() == 1);
  kept.forget(2); // it tells everything anew
  CHECK(kept.size() == 0);
}
