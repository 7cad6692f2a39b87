#include "actors/state/cluster/hearing.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace tidewire::cluster;

namespace {

hearing_row row(const std::string& node, std::int64_t age,
                const std::vector<std::string>& hears) {
  hearing_row x;
  x.who = {node, 1};
  x.number = 1;
  x.settled = true;
  x.age = age;
  for (const auto& other : hears)
    x.hears.push_back({other, 1});
  std::sort(x.hears.begin(), x.hears.end());
  return x;
}

hearing_matrix matrix(std::vector<hearing_row> rows) {
  hearing_matrix result;
  for (auto& one : rows)
    result.put(std::move(one));
  return result;
}

std::string names(const view& x) {
  std::string result;
  for (const auto& one : x.members)
    result += one.who.node;
  return result;
}

// The view by its definition, without order of decisions: of all sets that hear
// each other both ways, the one that has the oldest; of those the one that has
// the next; and so on.
std::set<life> oracle(const hearing_matrix& all) {
  std::vector<hearing_row> ranked;
  for (const auto& [who, one] : all.rows)
    if (all.struck.count(who) == 0 || all.struck.at(who) < one.stay)
      ranked.push_back(one);
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return std::tuple(!a.settled, a.age, a.who)
           < std::tuple(!b.settled, b.age, b.who);
  });
  std::string best;
  for (unsigned set = 0; set < (1u << ranked.size()); ++set) {
    auto whole = true;
    std::string word;
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      auto in = (set >> i & 1u) != 0;
      word += in ? '1' : '0';
      for (std::size_t j = 0; j < ranked.size() && in; ++j)
        if (i != j && (set >> j & 1u) != 0) {
          const auto& hears = ranked[i].hears;
          whole = whole && ranked[i].who.node != ranked[j].who.node
                  && std::count(hears.begin(), hears.end(), ranked[j].who) > 0;
        }
    }
    if (whole && word > best)
      best = word;
  }
  std::set<life> result;
  for (std::size_t i = 0; i < best.size(); ++i)
    if (best[i] == '1')
      result.insert(ranked[i].who);
  return result;
}

hearing_matrix any_matrix(std::mt19937_64& chance) {
  auto n = 1 + chance() % 7;
  auto gaps = chance() % 4; // of 12; none at all is a common case, too
  std::vector<life> lives;
  for (std::size_t i = 0; i < n; ++i)
    lives.push_back({std::string(1, static_cast<char>('a' + chance() % 12)),
                     1 + chance() % 2});
  hearing_matrix result;
  for (const auto& who : lives) {
    hearing_row one;
    one.who = who;
    one.number = 1;
    one.stay = static_cast<std::uint32_t>(1 + chance() % 3);
    one.reactors = 2;
    one.draining = chance() % 4 == 0;
    one.settled = chance() % 3 != 0;
    one.age = static_cast<std::int64_t>(chance() % 4);
    for (const auto& other : lives)
      if (other != who && chance() % 12 >= gaps)
        one.hears.push_back(other);
    std::sort(one.hears.begin(), one.hears.end());
    result.put(one);
    if (chance() % 8 == 0)
      result.strike(who, static_cast<std::uint32_t>(1 + chance() % 3));
  }
  return result;
}

} // namespace

TEST_CASE("who hears each other is in the view, oldest first") {
  auto all = matrix({row("a", 3, {"b", "c"}), row("b", 1, {"a", "c"}),
                     row("c", 2, {"a", "b"})});
  CHECK(names(view_of(all)) == "bca");
}

TEST_CASE("a life hears both ways or is not in: the younger one is out") {
  // b does not hear c, but c hears b.
  auto all = matrix(
      {row("a", 1, {"b", "c"}), row("b", 2, {"a"}), row("c", 3, {"a", "b"})});
  CHECK(names(view_of(all)) == "ab");
  auto why = hindrances_of(all, view_of(all), {"c", 1});
  REQUIRE(why.size() == 1);
  CHECK(why[0] == hindrance{{"b", 1}, false, true});
  CHECK(hindrances_of(all, view_of(all), {"a", 1}).empty());
}

TEST_CASE("a newcomer ranks last, however old it is") {
  auto newcomer = row("n", 0, {"a"});
  newcomer.settled = false;
  auto all = matrix({row("a", 1, {"b", "n"}), row("b", 2, {"a"}), newcomer});
  CHECK(names(view_of(all)) == "ab");
  newcomer.settled = true;
  newcomer.number = 2;
  CHECK(all.put(newcomer));
  CHECK(names(view_of(all)) == "na"); // as an old member it would rank first
}

TEST_CASE("a stay that was left out is out for ever, the next one is not") {
  auto all = matrix({row("a", 1, {"b"}), row("b", 2, {"a"})});
  CHECK(all.strike({"b", 1}, 1));
  CHECK_FALSE(all.strike({"b", 1}, 1));
  CHECK(names(view_of(all)) == "a");
  auto back = row("b", 9, {"a"});
  back.number = 2;
  back.stay = 2;
  CHECK(all.put(back));
  CHECK(names(view_of(all)) == "ab");
}

TEST_CASE("an older row never takes the place of a newer one") {
  hearing_matrix all;
  auto one = row("a", 1, {"b"});
  one.number = 5;
  CHECK(all.put(one));
  auto other = row("a", 1, {});
  for (std::uint64_t number : {4u, 5u}) {
    other.number = number;
    CHECK_FALSE(all.put(other));
    CHECK(all.rows.at(one.who) == one);
  }
  other.number = 6;
  CHECK(all.put(other));
}

TEST_CASE("two lives of one name are never in one view") {
  auto old = row("a", 1, {"b"});
  auto anew = row("a", 2, {"b"});
  anew.who.incarnation = 2;
  old.hears.push_back(anew.who);
  anew.hears.push_back(old.who);
  auto other = row("b", 3, {"a"});
  other.hears.push_back(anew.who);
  std::sort(old.hears.begin(), old.hears.end());
  std::sort(anew.hears.begin(), anew.hears.end());
  auto in = view_of(matrix({old, anew, other}));
  CHECK(names(in) == "ab");
  CHECK(in.members[0].who.incarnation == 1);
}

TEST_CASE("the view is what its definition says, for any matrix") {
  std::mt19937_64 chance(2);
  std::size_t parted = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto all = any_matrix(chance);
    auto in = view_of(all);
    std::set<life> found;
    for (const auto& one : in.members)
      found.insert(one.who);
    INFO("matrix " << i);
    REQUIRE(found.size() == in.members.size());
    REQUIRE(found == oracle(all));
    parted += found.size() != all.rows.size();
    // In order, and with what their rows say.
    for (std::size_t k = 0; k < in.members.size(); ++k) {
      const auto& own = all.rows.at(in.members[k].who);
      REQUIRE(in.members[k].stay == own.stay);
      REQUIRE(in.members[k].draining == own.draining);
      REQUIRE(
          (k == 0 || ranks_before(all.rows.at(in.members[k - 1].who), own)));
    }
    // Every life that hears is told why it is out, unless it was struck.
    for (const auto& [who, one] : all.rows)
      if (index_of(in, who) != no_member)
        REQUIRE(hindrances_of(all, in, who).empty());
  }
  CHECK(parted > 5000);
}

TEST_CASE("the order in which rows come does not matter") {
  std::mt19937_64 chance(3);
  for (int i = 0; i < 500; ++i) {
    auto all = any_matrix(chance);
    std::vector<hearing_row> rows;
    for (const auto& [who, one] : all.rows)
      rows.push_back(one);
    std::shuffle(rows.begin(), rows.end(), chance);
    auto other = matrix(rows);
    other.struck = all.struck;
    CHECK(view_of(other) == view_of(all));
  }
}
