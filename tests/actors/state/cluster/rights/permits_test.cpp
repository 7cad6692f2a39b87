#include "actors/state/cluster/permits.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <map>
#include <memory>

using namespace tidewire::cluster;

namespace {

constexpr std::int64_t ms = 1'000'000;

struct counted_door final : permit_door {
  std::uint32_t used(const std::string&) override { return open; }
  std::uint32_t hold(const std::string&, std::uint32_t n) override {
    return held = std::max(n, open);
  }
  void lift(const std::string&) override { limited = false; }

  std::uint32_t open = 0;
  std::uint32_t held = 0;
  bool limited = true;
};

struct permit_node {
  explicit permit_node(const char* name) : who{name, 1}, keeper(who, at) {}

  life who;
  counted_door at;
  permits keeper;
  std::vector<permit_refusal> refused;
  bool silent = false; // nothing comes or goes
};

// Nodes that hear each other at once, unless they are silent.
struct cluster_of {
  explicit cluster_of(std::initializer_list<const char*> names,
                      std::uint32_t limit) {
    for (auto* name : names) {
      nodes.push_back(std::make_unique<permit_node>(name));
      nodes.back()->keeper.limit_is("1", limit);
    }
    see();
    for (auto& x : nodes)
      x->keeper.may_found(true);
    settle();
  }

  void see() {
    std::vector<view_member> members;
    for (auto& x : nodes)
      if (!x->silent) {
        members.emplace_back();
        members.back().who = x->who;
      }
    auto now_seen = std::make_shared<const view>(make_view(members));
    for (auto& x : nodes)
      if (!x->silent)
        x->keeper.view_is(now_seen);
  }

  void settle(std::int64_t length = 400 * ms) {
    for (auto end = now + length; now < end; now += 10 * ms)
      for (auto& x : nodes)
        turn(*x);
  }

  void turn(permit_node& x) {
    if (x.silent)
      return;
    permit_effects out;
    x.keeper.turn(now, out);
    for (auto& each : out.refused)
      x.refused.push_back(each);
    for (auto& each : out.send)
      for (auto& y : nodes)
        if (y->who == each.to && !y->silent)
          y->keeper.take(x.who, each.kind, each.bytes);
  }

  permit_node& operator[](std::size_t i) { return *nodes[i]; }

  // As many as get in by themselves and by asking.
  std::uint32_t push(permit_node& x, std::uint32_t how_many) {
    auto before = x.at.open;
    auto wanted = before + how_many;
    for (int i = 0; i < 50 && x.at.open < wanted; ++i) {
      x.at.open = std::min(wanted, std::max(x.at.open, x.at.held));
      x.keeper.moved("1");
      x.keeper.waiting("1", wanted - x.at.open);
      settle(10 * ms);
    }
    x.keeper.waiting("1", 0);
    return x.at.open - before;
  }

  std::uint32_t held() {
    std::uint32_t sum = 0;
    for (auto& x : nodes)
      sum += x->at.held;
    return sum;
  }

  permit_node& owner() {
    for (auto& x : nodes)
      if (!x->silent && x->keeper.standing("1").mine)
        return *x;
    return *nodes.front();
  }
  permit_node& other() {
    for (auto& x : nodes)
      if (!x->silent && !x->keeper.standing("1").mine)
        return *x;
    return *nodes.front();
  }

  std::vector<std::unique_ptr<permit_node>> nodes;
  std::int64_t now = 1000 * ms;
};

} // namespace

TEST_CASE(
    "permits are spread in advance, so that the usual accept asks nobody") {
  cluster_of c{{"a", "b", "c"}, 1200};
  for (auto& x : c.nodes)
    CHECK(x->at.held >= 50);
  CHECK(c.held() < 1200);
}

TEST_CASE("all of the limit can be had at one node, and not one more") {
  cluster_of c{{"a", "b", "c"}, 100};
  CHECK(c.push(c.other(), 150) == 100);
  CHECK(c.push(c.owner(), 5) == 0);
}

TEST_CASE("the limit can be had in any parts") {
  cluster_of c{{"a", "b", "c"}, 100};
  CHECK(c.push(c[0], 33) == 33);
  CHECK(c.push(c[1], 33) == 33);
  CHECK(c.push(c[2], 40) == 34);
}

TEST_CASE("what closes on one node can open on another") {
  cluster_of c{{"a", "b", "c"}, 10};
  c.push(c[0], 10);
  c[0].at.open -= 3;
  c[0].keeper.moved("1");
  CHECK(c.push(c[1], 5) == 3);
}

TEST_CASE("who waits hears that all are in use, once it is certain") {
  cluster_of c{{"a", "b", "c"}, 10};
  c.push(c[0], 10);
  c[1].refused.clear();
  c.push(c[1], 1);
  REQUIRE(!c[1].refused.empty());
  CHECK(c[1].refused.front().verdict == permit_verdict::full);
}

TEST_CASE("silence returns no permit") {
  cluster_of c{{"a", "b", "c"}, 90};
  auto& lost = c.other();
  c.push(lost, 40);
  auto held = lost.at.held;
  lost.silent = true;
  c.see();
  c.settle(2000 * ms);
  std::uint32_t got = 0;
  for (auto& x : c.nodes)
    if (!x->silent)
      got += c.push(*x, 90);
  CHECK(got <= 90 - held);
}

TEST_CASE("the permits of a node that is proved dead can be had again") {
  cluster_of c{{"a", "b", "c"}, 90};
  auto& lost = c.owner();
  c.push(lost, 40);
  lost.silent = true;
  c.see();
  for (auto& x : c.nodes)
    x->keeper.gone(lost.who);
  c.settle();
  std::uint32_t got = 0;
  for (auto& x : c.nodes)
    if (!x->silent)
      got += c.push(*x, 90);
  CHECK(got == 90);
}

TEST_CASE("a new owner gives nothing while a life is merely lost") {
  cluster_of c{{"a", "b", "c"}, 90};
  auto& lost = c.owner();
  lost.silent = true;
  c.see();
  c.settle();
  std::uint32_t held = 0;
  for (auto& x : c.nodes)
    if (!x->silent)
      held += x->at.held;
  std::uint32_t got = 0;
  for (auto& x : c.nodes)
    if (!x->silent) {
      x->refused.clear();
      got += c.push(*x, 90);
      REQUIRE(!x->refused.empty());
      CHECK(x->refused.front().verdict == permit_verdict::doubtful);
    }
  CHECK(got <= held);
  CHECK(c.owner().keeper.standing("1").missing == std::vector<life>{lost.who});
}

TEST_CASE("what the others said before a possible owner's end does not count") {
  cluster_of c{{"a", "b", "c"}, 1};
  auto& first = c.owner();
  first.silent = true;
  c.see();
  c.settle(); // the others have a new owner, who misses the first one's account
  auto& second = c.owner();
  auto& holder = c.other();

  second.silent = true;
  first.silent = false;
  c.see();
  c.settle(); // to the first one that account is what it always was
  REQUIRE(c.push(holder, 1) == 1);

  first.silent = true;
  second.silent = false;
  second.keeper.gone(first.who);
  CHECK(c.push(second, 1) == 0);

  holder.keeper.gone(first.who);
  c.see();
  c.settle();
  CHECK(c.push(second, 1) == 0);
  holder.at.open = 0;
  holder.keeper.moved("1");
  CHECK(c.push(second, 1) == 1);
}

TEST_CASE("an owner goes on when another node is lost") {
  cluster_of c{{"a", "b", "c"}, 90};
  auto& lost = c.other();
  lost.silent = true;
  c.see();
  c.settle();
  CHECK(c.push(c.owner(), 90) == 90 - lost.at.held);
}

TEST_CASE("a node that is alone grants nothing that the others may have") {
  cluster_of c{{"a", "b", "c"}, 90};
  auto& alone = c.owner();
  for (auto& x : c.nodes)
    x->silent = x.get() != &alone;
  auto held = alone.at.held;
  c.see();
  c.settle();
  CHECK(c.push(alone, 90) == held);
}

TEST_CASE("a raised limit is given, a lowered one is not exceeded again") {
  cluster_of c{{"a", "b"}, 20};
  c.push(c[0], 20);
  for (auto& x : c.nodes)
    x->keeper.limit_is("1", 30);
  CHECK(c.push(c[1], 20) == 10);
  for (auto& x : c.nodes)
    x->keeper.limit_is("1", 15);
  c.settle();
  c[0].at.open = 8;
  c[0].keeper.moved("1");
  c.settle();
  CHECK(c.push(c[1], 5) == 0); // 18 are open
  c[1].at.open = 5;
  c[1].keeper.moved("1");
  c.settle();
  CHECK(c.push(c[0], 5) == 2);
}

TEST_CASE("a limit that is removed binds nobody, and one that is set counts") {
  cluster_of c{{"a", "b"}, 20};
  for (auto& x : c.nodes)
    x->keeper.limit_is("1", 0);
  CHECK(!c[0].at.limited);
  c[0].at.open = 50;
  for (auto& x : c.nodes)
    x->keeper.limit_is("1", 60);
  c.settle();
  CHECK(c.push(c[1], 20) == 10);
}

TEST_CASE("a node that has founded nothing lets nobody in") {
  permit_node x{"a"};
  x.keeper.limit_is("1", 10);
  view_member me;
  me.who = x.who;
  x.keeper.view_is(std::make_shared<const view>(make_view({me})));
  permit_effects out;
  x.keeper.waiting("1", 1);
  x.keeper.turn(1, out);
  CHECK(x.at.held == 0);
  x.keeper.may_found(true);
  x.keeper.turn(2, out);
  CHECK(x.at.held > 0);
  CHECK(out.more == std::vector<std::string>{"1"});
}

TEST_CASE("once all is said nobody says more") {
  cluster_of c{{"a", "b", "c"}, 100};
  c.push(c[0], 10);
  c.settle(3000 * ms);
  for (auto& x : c.nodes) {
    permit_effects out;
    x->keeper.turn(c.now, out);
    CHECK(out.send.empty());
    CHECK(x->keeper.due_ns() == INT64_MAX);
  }
}

TEST_CASE("what cannot be read changes nothing") {
  cluster_of c{{"a", "b"}, 10};
  CHECK(!c[0].keeper.take(c[1].who, permit_grants_kind, "nonsense"));
  CHECK(!c[0].keeper.take(c[1].who, 111, ""));
}
