#include "actors/state/cluster/handed.hpp"

#include "tests/catch.hpp"

using namespace tidewire::cluster;

namespace {

using facts = std::vector<announced_fact>;

announced_fact fact(const std::string& channel, const std::string& user = {}) {
  return {"1", channel, user};
}

facts of(const std::vector<std::string>& records) {
  facts result;
  for (auto& each : records) {
    auto all = read_announced(each);
    REQUIRE(all);
    result.insert(result.end(), all->facts.begin(), all->facts.end());
  }
  return result;
}

} // namespace

TEST_CASE("what was handed over is said again until it is taken") {
  handed_facts here;
  CHECK(here.empty());
  CHECK(of(here.hand(1, {fact("a")})) == facts{fact("a")});
  here.hand(2, {fact("b")});
  here.hand(1, {fact("c"), fact("d")});
  CHECK(of(here.again(1)) == facts{fact("a"), fact("c"), fact("d")});
  CHECK(of(here.again(2)) == facts{fact("b")});
  CHECK(here.again(3).empty());
  auto first = read_announced(here.again(1).front())->number;
  here.taken(1, first);
  here.taken(1, first); // said twice
  here.taken(3, 100);   // to whom nothing was handed
  CHECK(of(here.again(1)) == facts{fact("c"), fact("d")});
  here.taken(1, read_announced(here.again(1).back())->number);
  CHECK(here.again(1).empty());
  CHECK_FALSE(here.waits_for(1));
  CHECK(here.waits_for(2));
  CHECK_FALSE(here.empty());
  here.taken(2, read_announced(here.again(2).back())->number);
  CHECK(here.empty());
}

TEST_CASE("what comes again over another line counts once") {
  handed_facts here;
  handed_facts there;
  auto records = here.hand(1, {fact("a")});
  auto more = here.hand(1, {fact("b")});
  auto number = [](const std::string& x) { return read_announced(x)->number; };
  CHECK(there.is_new(5, number(records[0])));
  CHECK_FALSE(there.is_new(5, number(records[0])));
  CHECK(there.is_new(5, number(more[0])));
  CHECK_FALSE(there.is_new(5, number(records[0])));
  CHECK(there.is_new(6, number(records[0]))); // another life
  CHECK_FALSE(there.is_new(7, 0));            // without a number
}

TEST_CASE("what a node that is gone has not taken comes back") {
  handed_facts here;
  here.hand(1, {fact("a"), fact("b")});
  here.hand(2, {fact("c")});
  CHECK(here.take_back([](auto node) { return node != 1; })
        == facts{fact("a"), fact("b")});
  CHECK(here.take_back([](auto node) { return node != 1; }).empty());
  CHECK(of(here.again(2)) == facts{fact("c")});
}

TEST_CASE("what is gone moves with its channel, and is forgotten in time") {
  gone_facts gone;
  gone.note(fact("a"), 1);
  gone.note(fact("a", "ann"), 2);
  gone.note(fact("b"), 3);
  CHECK(gone.has(fact("a", "ann")));
  gone.note(fact("a"), 4); // once more
  gone.expire(2);
  CHECK(gone.size() == 3);
  gone.expire(3);
  CHECK_FALSE(gone.has(fact("a", "ann")));
  gone.forget(fact("b")); // it is back
  CHECK_FALSE(gone.has(fact("b")));
  gone.note(fact("c"), 5);
  auto moved = gone.take([](const std::string&, const std::string& name,
                            tidewire::node_number) { return name == "a"; });
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].channel == "a");
  CHECK_FALSE(moved[0].so);
  CHECK(gone.size() == 1);
  gone.expire(6);
  CHECK(gone.size() == 0);
}

TEST_CASE("who said that something is gone is known") {
  gone_facts gone;
  gone.note(fact("a"), 1, 7);
  gone.note(fact("b"), 2);
  gone.note(fact("c", "ann"), 3, 8);
  std::vector<std::string> names;
  gone.for_each(
      [&](const std::string&, const std::string& channel,
          const std::string& user) { names.push_back(channel + user); });
  CHECK(names == std::vector<std::string>{"a", "b", "cann"});
  auto of_7 = gone.take([](const std::string&, const std::string&,
                           tidewire::node_number from) { return from == 7; });
  REQUIRE(of_7.size() == 1);
  CHECK(of_7[0].channel == "a");
  CHECK(gone.size() == 2);
}

TEST_CASE("of too much that is gone the first is forgotten") {
  gone_facts gone;
  for (std::size_t i = 0; i <= gone_facts::most; ++i)
    gone.note(fact(std::to_string(i)), static_cast<std::int64_t>(i));
  CHECK(gone.size() == gone_facts::most);
  CHECK_FALSE(gone.has(fact("0")));
  CHECK(gone.has(fact("1")));
}
