#include "actors/state/cluster/cap_council.hpp"

#include "tests/catch.hpp"

#include <deque>
#include <memory>

using namespace tidewire;
using namespace tidewire::cluster;
using meter::cap_cause;
using meter::cap_kind;
using meter::cap_level;
using meter::cap_row;
using meter::cap_subject;

namespace {

constexpr tick zero{1'794'268'800};
constexpr std::int64_t second = 1'000'000'000;
const cap_subject of_a{cap_subject::scope::app, "a", cap_kind::connections};

meter::cap_plans plans(std::uint64_t cap = 10) {
  meter::cap_plans out;
  out.tiers = {{.name = "t", .connections = cap, .grace_seconds = 20}};
  out.apps = {{"a", "t", "", false}};
  return out;
}

struct node {
  node(std::string name, tick begins, std::vector<cap_row> rows = {})
      : who{std::move(name), 1},
        ledger(std::move(rows)),
        book(std::make_unique<meter::cap_book>(ledger)),
        council(std::make_unique<cap_council>(who, *book, begins, ledger)) {
    meter::cap_effects none;
    book->configure(begins, plans(), none);
  }

  cap_level level() const { return book->standings().front().level; }
  std::optional<tick> deadline() const {
    return book->standings().front().deadline;
  }

  life who;
  std::vector<cap_row> ledger;
  std::unique_ptr<meter::cap_book> book;
  std::unique_ptr<cap_council> council;
  std::vector<cap_row> told; // the operator
};

// Nodes whose records come at once, if they are linked.
struct group {
  node& add(std::string name, tick begins, std::vector<cap_row> rows = {}) {
    nodes.push_back(
        std::make_unique<node>(std::move(name), begins, std::move(rows)));
    return *nodes.back();
  }
  template <class Do>
  void with(node& n, Do what) {
    council_effects out;
    what(*n.council, out);
    for (auto& row : out.caps.rows)
      n.ledger.push_back(row);
    for (auto& row : out.announce)
      n.told.push_back(row);
    for (auto& x : out.send)
      for (auto& other : nodes)
        if (linked && other.get() != &n && (!x.to || *x.to == other->who))
          letters.push_back({n.who, other.get(), x.kind, x.bytes});
  }
  void deliver() {
    while (!letters.empty()) {
      auto x = letters.front();
      letters.pop_front();
      with(*x.to, [&](auto& council, auto& out) {
        CHECK(council.take(x.from, x.kind, x.bytes, out));
      });
    }
  }
  void link_all() {
    linked = true;
    for (auto& a : nodes)
      for (auto& b : nodes)
        if (a != b)
          with(*a,
               [&](auto& council, auto& out) { council.linked(b->who, out); });
    see(nodes, true);
    deliver();
  }
  void see(const std::vector<std::unique_ptr<node>>& who, bool alone) {
    std::vector<view_member> members;
    for (auto& x : who) {
      members.emplace_back();
      members.back().who = x->who;
    }
    auto now = std::make_shared<view>(make_view(std::move(members)));
    for (auto& x : who)
      x->council->view_is(now, alone, now_ns);
  }
  void see_alone(node& n, bool alone) {
    std::vector<view_member> members(1);
    members[0].who = n.who;
    n.council->view_is(std::make_shared<view>(make_view(std::move(members))),
                       alone, now_ns);
  }
  void turn(std::int64_t seconds) {
    for (auto until = now_ns + seconds * second; now_ns < until;) {
      now_ns += second / 2;
      for (auto& n : nodes)
        with(*n, [&](auto& council, auto& out) { council.turn(now_ns, out); });
      deliver();
    }
  }
  void tick_at(node& n, std::int64_t at, std::uint64_t open) {
    with(n, [&](auto& council, auto& out) {
      council.final({zero + at, at == 1, {{"a", open, 0}}}, out);
    });
  }
  void ticks(std::int64_t from, std::int64_t to, std::uint64_t open) {
    for (auto t = from; t <= to; ++t) {
      for (auto& n : nodes)
        tick_at(*n, t, open);
      deliver();
    }
  }

  struct letter {
    life from;
    node* to;
    record_kind kind;
    std::string bytes;
  };
  std::vector<std::unique_ptr<node>> nodes;
  std::deque<letter> letters;
  bool linked = false;
  std::int64_t now_ns = 0;
};

std::size_t told_in_all(const group& g) {
  std::size_t out = 0;
  for (auto& n : g.nodes)
    out += n->told.size();
  return out;
}

cap_row row(std::int64_t at, cap_level from, cap_level to,
            std::int64_t deadline) {
  return {of_a,
          {zero + at, from, to, cap_cause::rose, 11, 10, zero + deadline}};
}

} // namespace

TEST_CASE("all nodes write the same rows, and one of them tells the operator") {
  group g;
  for (auto* name : {"a", "b", "c"})
    g.add(name, zero);
  g.link_all();
  g.turn(2);
  g.ticks(1, 5, 11);
  for (auto& n : g.nodes) {
    CHECK(n->level() == cap_level::grace);
    CHECK(n->ledger == g.nodes[0]->ledger);
    CHECK(n->ledger.size() == 1);
    CHECK(n->council->untold() == 0);
  }
  CHECK(told_in_all(g) == 1);
}

TEST_CASE("nobody decides before it is known how caps stood") {
  group g;
  auto& a = g.add("a", zero, {row(-50, cap_level::ok, cap_level::grace, -30)});
  g.tick_at(a, 1, 11); // alone, and others may know more
  CHECK(a.ledger.size() == 1);
  CHECK_FALSE(a.council->standing());
  g.see_alone(a, true);
  g.turn(2);
  REQUIRE(a.council->standing());
  CHECK(a.level() == cap_level::over); // the tick that waited
  CHECK(a.told.size() == 1);
}

TEST_CASE("who has nobody to ask begins in the end") {
  group g;
  auto& a = g.add("a", zero);
  g.see_alone(a, false);
  g.turn(9);
  CHECK_FALSE(a.council->standing());
  g.turn(2);
  CHECK(a.council->standing());
}

TEST_CASE("of those who begin together, whoever wrote last is believed") {
  group g;
  g.add("a", zero, {row(-90, cap_level::ok, cap_level::grace, 30)});
  g.add("b", zero);
  g.add("c", zero,
        {row(-90, cap_level::ok, cap_level::grace, 30),
         row(-40, cap_level::grace, cap_level::near, 30)});
  g.link_all();
  g.turn(2);
  for (auto& n : g.nodes) {
    CHECK(n->council->standing());
    CHECK(n->level() == cap_level::near);
    CHECK(n->deadline() == zero + 30);
  }
  CHECK(told_in_all(g) == 0);
}

TEST_CASE("a node that was away has the rows that it missed, and tells none") {
  group g;
  g.add("a", zero);
  g.add("b", zero);
  g.link_all();
  g.turn(2);
  g.ticks(1, 3, 9);
  g.ticks(4, 6, 11);
  auto& c = g.add("c", zero + 6, {row(-9, cap_level::ok, cap_level::near, 5)});
  g.link_all();
  g.turn(2);
  CHECK(c.council->standing());
  CHECK(c.level() == cap_level::grace);
  CHECK(c.deadline() == zero + 24);
  CHECK(c.ledger.back() == g.nodes[0]->ledger.back());
  CHECK(c.ledger.size() == 3);
  g.ticks(7, 24, 11);
  CHECK(c.level() == cap_level::over);
  CHECK(c.ledger.back() == g.nodes[0]->ledger.back());
  g.turn(2);
  CHECK(told_in_all(g) == 3); // near, grace, over
}

TEST_CASE("what a node took for final before it heard anybody is not folded") {
  group g;
  auto& a = g.add("a", zero);
  g.see_alone(a, true);
  g.turn(2);
  g.ticks(1, 10, 11);
  auto& b = g.add("b", zero + 10);
  g.tick_at(b, 11, 0); // it is alone, as far as it knows
  g.link_all();
  g.turn(1);
  CHECK_FALSE(b.council->standing()); // the other one is not there yet
  CHECK(b.level() == cap_level::grace);
  g.tick_at(a, 11, 11);
  g.turn(2);
  CHECK(b.council->standing());
  g.ticks(12, 14, 11);
  CHECK(b.level() == cap_level::grace);
  CHECK(b.ledger == a.ledger);
}

TEST_CASE("who began by itself takes over what others had before") {
  group g;
  auto& a = g.add("a", zero);
  g.see_alone(a, true);
  g.turn(2);
  g.ticks(1, 10, 11);
  auto& b = g.add("b", zero + 10);
  g.see_alone(b, false);
  g.turn(11);
  CHECK(b.council->standing());
  g.tick_at(a, 11, 11);
  g.tick_at(b, 11, 11);
  CHECK(b.deadline() == zero + 31); // a grace of its own
  g.link_all();
  g.turn(2);
  g.ticks(12, 16, 11);
  g.turn(2);
  CHECK(b.council->standing());
  CHECK(b.deadline() == zero + 21);
  CHECK(a.deadline() == zero + 21);
  CHECK(b.ledger.back() == a.ledger.back());
}

TEST_CASE("where those differ who began as one, the more lenient state wins") {
  group g;
  auto& a = g.add("a", zero);
  auto& b = g.add("b", zero);
  g.link_all();
  g.turn(2);
  g.ticks(1, 3, 11);
  // One of the two does not see that it falls.
  g.tick_at(a, 4, 3);
  g.with(b, [&](auto& council, auto& out) {
    council.final({zero + 4, false, {}}, out);
  });
  g.deliver();
  CHECK(a.level() == cap_level::ok);
  CHECK(b.level() == cap_level::grace);
  for (std::int64_t t = 5; t <= 10; ++t) {
    for (auto* n : {&a, &b})
      g.with(*n, [&](auto& council, auto& out) {
        council.final({zero + t, false, {}}, out);
      });
    g.deliver();
  }
  CHECK(a.level() == cap_level::ok);
  CHECK(a.ledger.back().what.cause == cap_cause::fell);
  REQUIRE(b.ledger.back().what.cause == cap_cause::agreed);
  CHECK(b.ledger.back().what.to == cap_level::ok);
}

TEST_CASE("an order that one node has not heard is not undone by it") {
  group g;
  auto& a = g.add("a", zero);
  auto& b = g.add("b", zero);
  g.link_all();
  g.turn(2);
  g.ticks(1, 3, 11);
  meter::cap_effects ended;
  REQUIRE_FALSE(a.book->revoke(a.council->through(), of_a, ended));
  g.with(a, [&](auto& council, auto& out) {
    council.changed(std::move(ended), out);
  });
  CHECK(a.level() == cap_level::over);
  g.ticks(4, 15, 11);
  CHECK(a.level() == cap_level::over);
  CHECK(b.level() == cap_level::over);
}

TEST_CASE("a new owner tells what the one before has not") {
  group g;
  for (auto* name : {"a", "b", "c"})
    g.add(name, zero);
  g.link_all();
  g.turn(2);
  auto owner = g.nodes[0]->council->owner_of(of_a);
  REQUIRE(owner);
  auto at = std::find_if(g.nodes.begin(), g.nodes.end(),
                         [&](auto& n) { return n->who == *owner; });
  // It dies before it folds the tick.
  g.nodes.erase(at);
  for (auto& n : g.nodes)
    g.tick_at(*n, 1, 11);
  g.deliver();
  CHECK(told_in_all(g) == 0);
  for (auto& n : g.nodes)
    n->council->unlinked(*owner);
  g.see(g.nodes, true);
  g.turn(3);
  CHECK(told_in_all(g) == 1);
  for (auto& n : g.nodes)
    CHECK(n->council->untold() == 0);
}
