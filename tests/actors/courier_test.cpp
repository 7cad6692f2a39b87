// The courier alone, with actors that only note what they are sent.
#include "actors/courier.hpp"

#include "messages/node_messages.hpp"
#include "tests/catch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <optional>

using namespace tidewire;

namespace {

// Two reactors seen from the first: the other's ROUTER, and our DIRECTORY.
struct bench {
  caf::actor_system_config settings;
  caf::actor_system system{settings};
  caf::scoped_actor router{system};
  caf::scoped_actor directory{system};
  courier out{0, 2};
  edge_id edge{1, 1};

  bench() {
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
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
  bench b;
  b.out.published({0, 9});
  CHECK(b.answers().at(0).number == 9);
  b.event();
  b.out.published({});
  b.out.flush();
  b.out.taken(b.edge, 1);
  CHECK(b.answers().empty());
}

TEST_CASE("publishers behind an edge that ends learn that it was not all") {
  bench b;
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
  bench b;
  b.publish(1);
  b.out.edge_is(b.edge, caf::actor_cast<caf::actor>(b.router));
  b.out.flush();
  CHECK(b.batch()->records.size() == 1);
  b.out.taken(b.edge, 1);
  CHECK(b.answers().at(0).complete);
}
