#include "actors/state/cluster/ownership.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace tidewire::cluster;

namespace {

view_member member(const std::string& node, std::uint16_t reactors = 4) {
  view_member x;
  x.who = {node, 7};
  x.reactors = reactors;
  return x;
}

std::vector<view_member> members(std::size_t n) {
  std::vector<view_member> result;
  for (std::size_t i = 0; i < n; ++i)
    result.push_back(member("node-" + std::to_string(i)));
  return result;
}

std::string name(int i) {
  return "presence-room-" + std::to_string(i);
}

life owner_in(const view& in, const std::string& channel) {
  return in.members[owner_of(in, "1", channel).member].who;
}

} // namespace

TEST_CASE("owners are the same in every process and version") {
  // Written down once; a change of it would part a cluster while it is
  // upgraded.
  auto three = make_view(members(3));
  CHECK(three.hash == 0x723be47fae2341e2u);
  CHECK(channel_hash("1", "news") == 0xd9f5a19dd98ff49cu);
  auto owner = owner_of(three, "1", "news");
  CHECK(owner.member == 1);
  CHECK(owner.reactor == 0);
}

TEST_CASE("app and channel are told apart") {
  CHECK(channel_hash("1", "1news") != channel_hash("11", "news"));
  CHECK(channel_hash("", "a") != channel_hash("a", ""));
  CHECK(channel_hash("1", std::string("a\0", 2)) != channel_hash("1", "a"));
}

TEST_CASE("a cluster of one owns everything and has no runner-up") {
  auto one = make_view(members(1));
  for (int i = 0; i < 100; ++i)
    CHECK(owner_of(one, "1", name(i)).member == 0);
  CHECK_FALSE(runner_up_of(one, "1", "news"));
}

TEST_CASE("members and reactors get equal shares") {
  auto five = make_view(members(5));
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> shares;
  for (int i = 0; i < 100'000; ++i) {
    auto owner = owner_of(five, "1", name(i));
    ++shares[{owner.member, owner.reactor}];
  }
  // 20 shares of 5000: ± 6 standard deviations.
  CHECK(shares.size() == 20);
  for (const auto& [who, share] : shares)
    CHECK(std::abs(share - 5000) < 6 * 70);
}

TEST_CASE("a member that joins takes its share, and nothing else moves") {
  auto more = members(5);
  auto newcomer = more.back().who;
  auto after = make_view(more);
  more.pop_back();
  auto before = make_view(more);
  int moved = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto now = owner_in(after, name(i));
    if (now == newcomer)
      ++moved;
    else
      CHECK(now == owner_in(before, name(i)));
  }
  CHECK(std::abs(moved - 4000) < 6 * 57);
}

TEST_CASE("the runner-up is who owns it when the owner has gone") {
  std::mt19937_64 chance(1);
  for (int round = 0; round < 2000; ++round) {
    auto all = members(2 + chance() % 6);
    for (auto& one : all)
      one.draining = chance() % 3 == 0;
    auto in = make_view(all);
    auto key = chance();
    auto owner = owner_of(in, key);
    auto next = runner_up_of(in, key);
    REQUIRE(next);
    CHECK(next->member != owner.member);
    auto who = all[next->member].who;
    all.erase(all.begin() + owner.member);
    auto without = make_view(all);
    auto then = owner_of(without, key);
    CHECK(without.members[then.member].who == who);
    CHECK(then.reactor == next->reactor);
  }
}

TEST_CASE("a node that drains owns nothing, unless all drain") {
  auto all = members(3);
  all[1].draining = true;
  auto in = make_view(all);
  for (int i = 0; i < 1000; ++i)
    CHECK(owner_of(in, "1", name(i)).member != 1);
  // What it does not own stays where it was.
  auto none = make_view(members(3));
  for (auto& one : all)
    one.draining = true;
  auto every = make_view(all);
  for (int i = 0; i < 1000; ++i) {
    auto before = owner_of(none, "1", name(i));
    if (before.member != 1)
      CHECK(owner_of(in, "1", name(i)) == before);
    CHECK(owner_of(every, "1", name(i)) == before);
  }
}

TEST_CASE("a node keeps its channels through a restart") {
  auto all = members(4);
  auto before = make_view(all);
  all[2].who.incarnation = 8;
  all[2].stay = 3;
  auto after = make_view(all);
  for (int i = 0; i < 1000; ++i)
    CHECK(owner_of(before, "1", name(i)) == owner_of(after, "1", name(i)));
  CHECK(before.hash != after.hash);
}

TEST_CASE("reactors differ from member to member, and up to the most") {
  std::vector<view_member> two{member("a", 1), member("b", 256)};
  auto in = make_view(two);
  std::uint32_t highest = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto owner = owner_of(in, "1", name(i));
    REQUIRE(owner.reactor < in.members[owner.member].reactors);
    highest = std::max(highest, owner.reactor);
  }
  CHECK(highest == 255);
}

TEST_CASE("hashes of views are equal exactly where members are") {
  auto all = members(3);
  auto base = make_view(all);
  auto turned = all;
  std::reverse(turned.begin(), turned.end());
  turned[0].address = "elsewhere:1";
  turned[1].age = 5;
  CHECK(make_view(turned).hash == base.hash);
  auto differs = [&](auto change) {
    auto other = all;
    change(other);
    return make_view(other).hash != base.hash;
  };
  CHECK(differs([](auto& x) { x[1].who.node = "node-x"; }));
  CHECK(differs([](auto& x) { ++x[1].who.incarnation; }));
  CHECK(differs([](auto& x) { ++x[1].stay; }));
  CHECK(differs([](auto& x) { ++x[1].reactors; }));
  CHECK(differs([](auto& x) { x[1].draining = true; }));
  CHECK(differs([](auto& x) { x.pop_back(); }));
  CHECK(differs([](auto& x) { std::swap(x[0].stay, ++x[1].stay); }));
}
