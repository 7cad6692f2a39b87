// The courier alone, with actors that only note what they are sent.
#include "actors/courier.hpp"

#include "messages/node_messages.hpp"
#include "tests/catch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

using namespace tidewire;

namespace {

// Two reactors seen from the first: the other's ROUTER, and our DIRECTORY.
struct courier_bench {
  caf::actor_system_config settings;
  caf::actor_system system{settings};
  caf::scoped_actor router{system};
  caf::scoped_actor directory{system};
  courier out{0, 2};
  edge_id edge{1, 1};

  courier_bench() {
    out.directory_is(0, caf::actor_cast<caf::actor>(directory));
    out.edge_is(edge, caf::actor_cast<caf::actor>(router));
  }

  void event(std::size_t bytes = 10) {
    out.to_edge(1, deliver_event{{0, "news"},
                                 frame::make(std::string(bytes, 'x'), {}),
                                 {}});
  }
  void publish(std::uint64_t number, std::size_t bytes = 10) {
    event(bytes);
    out.published({0, number});
  }

  // What has been sent to the edge since the last call.
  std::optional<edge_batch> batch() { return take<edge_batch>(router); }

  // The answers that have been sent to the publishers' reactor.
  std::vector<ticket_answer> answers() {
    out.flush();
    std::vector<ticket_answer> result;
    while (auto sent = take<directory_batch>(directory))
      for (auto& x : sent->records)
        result.push_back(std::get<ticket_answer>(x));
    return result;
  }

private:
  // Sending to a scoped actor is done when `flush` returns.
  template <class T>
  static std::optional<T> take(caf::scoped_actor& from) {
    std::optional<T> result;
    if (from->has_next_message())
      from->receive([&](T& x) { result = std::move(x); });
    return result;
  }
};

} // namespace

TEST_CASE("records leave as one numbered batch per turn") {
  courier_bench b;
  CHECK_FALSE(b.out.flush());
  b.event();
  b.event();
  CHECK(b.out.flush());
  auto first = b.batch();
  REQUIRE(first);
  CHECK(first->from == 0);
  CHECK(first->first == 1);
  CHECK(first->records.size() == 2);
  b.event();
  b.out.flush();
  CHECK(b.batch()->first == 3);
  CHECK_FALSE(b.out.flush());
}

TEST_CASE("no more than 1,024 records stand untaken") {
  courier_bench b;
  for (int i = 0; i < 1500; ++i)
    b.event();
  b.out.flush();
  CHECK(b.batch()->records.size() == courier::max_records);
  CHECK_FALSE(b.out.flush());
  b.out.taken(b.edge, 100);
  b.out.flush();
  auto more = b.batch();
  REQUIRE(more);
  CHECK(more->first == courier::max_records + 1);
  CHECK(more->records.size() == 100);
  b.out.taken(b.edge, courier::max_records + 100);
  b.out.flush();
  CHECK(b.batch()->records.size() == 1500 - courier::max_records - 100);
}

TEST_CASE("no more than a mebibyte of events stands untaken, and one") {
  courier_bench b;
  for (int i = 0; i < 5; ++i)
    b.event(400 * 1024);
  b.out.flush();
  CHECK(b.batch()->records.size() == 3);
  CHECK_FALSE(b.out.flush());
  b.out.taken(b.edge, 1);
  b.out.flush();
  CHECK(b.batch()->records.size() == 1);
}

TEST_CASE("a publisher is answered when its event was taken, not before") {
  courier_bench b;
  b.publish(7);
  b.publish(8);
  b.out.flush();
  CHECK(b.answers().empty());
  b.out.taken(b.edge, 1);
  auto first = b.answers();
  REQUIRE(first.size() == 1);
  CHECK(first[0].number == 7);
  CHECK(first[0].complete);
  b.out.taken(b.edge, 2);
  CHECK(b.answers().at(0).number == 8);
  b.out.taken(b.edge, 2);
  CHECK(b.answers().empty());
}

TEST_CASE("an event for nobody is answered at once, a silent one never") {
  courier_bench b;
  b.out.published({0, 9});
  CHECK(b.answers().at(0).number == 9);
  b.event();
  b.out.published({});
  b.out.flush();
  b.out.taken(b.edge, 1);
  CHECK(b.answers().empty());
}

TEST_CASE("publishers behind an edge that ends learn that it was not all") {
  courier_bench b;
  b.publish(1);
  b.publish(2);
  b.out.flush();
  b.publish(3);
  b.out.taken(b.edge, 1);
  CHECK(b.answers().at(0).complete);
  caf::scoped_actor next{b.system};
  b.out.edge_is({1, 2}, caf::actor_cast<caf::actor>(next));
  auto lost = b.answers();
  REQUIRE(lost.size() == 2);
  CHECK_FALSE(lost[0].complete);
  CHECK_FALSE(lost[1].complete);
  // What the old one took is of no account to the new one.
  b.publish(4);
  b.out.flush();
  b.out.taken(b.edge, 99);
  CHECK(b.answers().empty());
  CHECK(next->has_next_message());
  b.out.taken({1, 2}, 4);
  CHECK(b.answers().at(0).complete);
}

TEST_CASE("an edge that introduces itself again loses nothing") {
  courier_bench b;
  b.publish(1);
  b.out.edge_is(b.edge, caf::actor_cast<caf::actor>(b.router));
  b.out.flush();
  CHECK(b.batch()->records.size() == 1);
  b.out.taken(b.edge, 1);
  CHECK(b.answers().at(0).complete);
}

// -- other nodes --------------------------------------------------------------

namespace {

struct exit_that_notes final : node_exit {
  bool has_room() override { return room; }
  void send(cluster::channel_batch what) override {
    sent.push_back(std::move(what));
  }

  bool room = true;
  std::vector<cluster::channel_batch> sent;
};

// Node 3 with two reactors, the edges of which have introduced themselves.
struct far_bench : courier_bench {
  far_bench() {
    out.node_is(3, exit);
    for (auto at : far)
      out.edge_is({at, 1}, {});
  }

  void event_to(place where, std::size_t bytes = 10) {
    out.to_edge(where, deliver_event{{0, "news"},
                                     frame::make(std::string(bytes, 'x'), {}),
                                     {}});
  }

  std::vector<cluster::channel_batch> batches() {
    out.flush();
    return std::exchange(exit->sent, {});
  }

  const place far[2] = {make_place(3, 0), make_place(3, 1)};
  std::shared_ptr<exit_that_notes> exit = std::make_shared<exit_that_notes>();
};

} // namespace

TEST_CASE("what goes to another node in a turn leaves as one batch") {
  far_bench b;
  b.out.view_is(77);
  b.event_to(b.far[0]);
  b.event_to(b.far[1]);
  b.event_to(b.far[1]);
  b.out.to_directory(b.far[1], edge_stated{});
  auto sent = b.batches();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].view == 77);
  REQUIRE(sent[0].edges.size() == 2);
  CHECK(sent[0].edges[1].to == 1);
  CHECK(sent[0].edges[1].first == 1);
  CHECK(sent[0].edges[1].records.size() == 2);
  REQUIRE(sent[0].directories.size() == 1);
  CHECK(sent[0].directories[0].to == 1);
  CHECK(b.batches().empty());
}

TEST_CASE("a batch is of one view, in the order in which views came") {
  far_bench b;
  for (std::uint64_t view : {1u, 2u, 1u}) {
    b.out.view_is(view);
    b.out.to_directory(b.far[0], edge_stated{{0, 1}, view});
  }
  auto sent = b.batches();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].view == 1);
  CHECK(sent[1].view == 2);
  CHECK(sent[2].view == 1);
}

TEST_CASE("a node that takes no more is sent the rest when it does") {
  far_bench b;
  b.exit->room = false;
  b.event_to(b.far[0]);
  b.out.published({0, 5});
  CHECK(b.batches().empty());
  b.exit->room = true;
  CHECK(b.batches().size() == 1);
  CHECK(b.answers().empty());
  b.out.taken({b.far[0], 1}, 1);
  CHECK(b.answers().at(0).complete);
}

TEST_CASE("a long turn leaves in batches that are not too long") {
  far_bench b;
  for (int i = 0; i < 40; ++i)
    b.event_to(b.far[0], 20'000);
  std::uint64_t next = 1;
  std::size_t count = 0;
  for (auto& x : b.batches()) {
    REQUIRE(x.edges.size() == 1);
    CHECK(x.edges[0].first == next);
    CHECK(x.edges[0].records.size() <= 10);
    next += x.edges[0].records.size();
    ++count;
  }
  CHECK(next == 41);
  CHECK(count == 4);
}

TEST_CASE("no more than a mebibyte stands untaken at an edge far away") {
  far_bench b;
  for (int i = 0; i < 5; ++i)
    b.event_to(b.far[1], 400 * 1024);
  CHECK(b.batches().size() == 3);
  b.out.taken({b.far[1], 1}, 1);
  CHECK(b.batches().size() == 1);
}

TEST_CASE("who waits for a node that left the view is answered as if all had") {
  far_bench b;
  b.event_to(b.far[0]);
  b.out.published({0, 6});
  b.out.flush();
  CHECK(b.answers().empty());
  b.out.node_is_gone(3);
  auto all = b.answers();
  REQUIRE(all.size() == 1);
  CHECK(all[0].complete);
}

TEST_CASE("over a new line edges say first who they are, and then all anew") {
  far_bench b;
  b.out.node_is_cut_off(3);
  b.out.to_directory(b.far[0], join_channel{{0, 1}, {0, "news"}, {}});
  b.out.to_directory(b.far[0], edge_stated{});
  b.out.to_directory(b.far[0], edge_up{});
  b.out.to_directory(b.far[0], ticket_answer{7, true, {}});
  b.out.flush();
  auto next = std::make_shared<exit_that_notes>();
  b.out.node_is(3, next);
  b.out.to_directory(b.far[0], edge_up{});
  b.out.to_directory(b.far[0], edge_stated{});
  b.out.flush();
  REQUIRE(next->sent.size() == 1);
  auto& records = next->sent[0].directories.at(0).records;
  REQUIRE(records.size() == 3);
  CHECK(std::holds_alternative<ticket_answer>(records[0]));
  CHECK(std::holds_alternative<edge_up>(records[1]));
  CHECK(std::holds_alternative<edge_stated>(records[2]));
}

TEST_CASE("an edge behind a new line is told nothing before it is known") {
  far_bench b;
  b.out.node_is_cut_off(3);
  b.event_to(b.far[0]);
  auto next = std::make_shared<exit_that_notes>();
  b.out.node_is(3, next);
  b.event_to(b.far[0]);
  b.out.flush();
  CHECK(next->sent.empty());
  b.out.edge_is({b.far[0], 1u << 16u}, {});
  b.event_to(b.far[0]);
  b.out.flush();
  REQUIRE(next->sent.size() == 1);
  CHECK(next->sent[0].edges.at(0).first == 3);
}

TEST_CASE("who waits for an edge behind a line that broke learns of it") {
  far_bench b;
  b.event_to(b.far[0]);
  b.out.published({0, 6});
  CHECK(b.batches().size() == 1);
  b.out.node_is_cut_off(3);
  b.event_to(b.far[0]);
  b.out.published({0, 7});
  CHECK(b.batches().empty());
  CHECK(b.answers().empty());
  auto next = std::make_shared<exit_that_notes>();
  b.out.node_is(3, next);
  b.out.edge_is({b.far[0], 1u << 16u}, {});
  auto all = b.answers();
  REQUIRE(all.size() == 2);
  CHECK_FALSE(all[0].complete);
  CHECK_FALSE(all[1].complete);
  b.event_to(b.far[0]);
  b.out.flush();
  REQUIRE(next->sent.size() == 1);
  CHECK(next->sent[0].edges.at(0).first == 3); // a number is not used again
}
