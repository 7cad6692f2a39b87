// What a LINK keeps, sends and acknowledges.
#include "actors/state/cluster/link_queue.hpp"

#include "tests/catch.hpp"

#include <deque>
#include <random>
#include <utility>
#include <vector>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

using list = std::vector<std::pair<int, std::string>>;

// Takes a batch and appends what was in it.
void take(link_queue& who, std::string_view batch, list& got) {
  auto came = who.take(batch);
  REQUIRE(came);
  REQUIRE(for_each_record(came->records,
                          [&](record_kind kind, std::string_view bytes) {
                            got.emplace_back(kind, bytes);
                          }));
}

// Everything that `from` says now.
list pass(link_queue& from, link_queue& to) {
  list got;
  while (auto batch = from.next())
    take(to, *batch, got);
  return got;
}

} // namespace

TEST_CASE("what is put in comes out at the other end, in order") {
  link_queue a{1000}, b{1000};
  a.put(40, 0, "head ", "one");
  a.put(41, 0, "", "two");
  CHECK(pass(a, b) == list{{40, "head one"}, {41, "two"}});
  CHECK(a.waiting() == 0);
  CHECK(a.under_way() == record_size(8) + record_size(3));
  b.tick(1);
  CHECK(pass(b, a).empty());
  CHECK(a.under_way() == 0);
  CHECK(a.idle());
}

TEST_CASE("of records that replace each other the latest is sent, once") {
  link_queue a{1000}, b{1000};
  CHECK(a.put(1, 7, "", "old") > 0);
  a.put(1, 8, "", "other slot");
  a.put(2, 7, "", "other kind");
  CHECK(a.put(1, 7, "", "newer") == 2);
  CHECK(a.put(1, 7, "", "new") == -2);
  CHECK(pass(a, b) == list{{1, "new"}, {1, "other slot"}, {2, "other kind"}});
  // What has gone is not replaced any more.
  a.put(1, 7, "", "next");
  CHECK(pass(a, b) == list{{1, "next"}});
}

TEST_CASE("records without a slot never replace each other") {
  link_queue a{1000}, b{1000};
  a.put(1, 0, "", "x");
  a.put(1, 0, "", "x");
  CHECK(pass(a, b).size() == 2);
}

TEST_CASE("no more than the window is on the way; the rest waits") {
  link_queue a{1000}, b{1000};
  for (int i = 0; i < 100; ++i)
    a.put(40, 0, "", std::string(98, 'x')); // 100 bytes each
  list got;
  std::vector<std::string> batches;
  while (auto batch = a.next())
    batches.push_back(*batch);
  CHECK(a.under_way() == 1000);
  CHECK(a.waiting() == 9000);
  for (auto& each : batches)
    take(b, each, got);
  CHECK(got.size() == 10);
  CHECK_FALSE(a.next());
  // As soon as the peer has handled some, more goes.
  b.tick(1);
  pass(b, a);
  CHECK(a.under_way() == 0);
  CHECK(pass(a, b).size() == 10);
}

TEST_CASE("a record larger than the window goes alone") {
  link_queue a{100}, b{100};
  a.put(40, 0, "", std::string(5000, 'x'));
  a.put(40, 0, "", "y");
  CHECK(pass(a, b).size() == 1);
  CHECK(a.waiting() == record_size(1));
  b.tick(1);
  pass(b, a);
  CHECK(pass(a, b).size() == 1);
}

TEST_CASE("batches stay near their size") {
  link_queue a{100'000'000}, b{1000};
  for (int i = 0; i < 1000; ++i)
    a.put(40, 0, "", std::string(1022, 'x'));
  int batches = 0;
  list got;
  while (auto batch = a.next()) {
    CHECK(batch->size() < link_queue::batch_bytes + 2048);
    take(b, *batch, got);
    ++batches;
  }
  CHECK(got.size() == 1000);
  CHECK(batches == 4);
}

TEST_CASE("an acknowledgement rides on what is said anyway") {
  link_queue a{1000}, b{1000};
  a.put(40, 0, "", "x");
  pass(a, b);
  CHECK_FALSE(b.next()); // not yet
  b.put(40, 0, "", "y");
  pass(b, a);
  CHECK(a.under_way() == 0);
  b.tick(1);
  CHECK_FALSE(b.next()); // said already
}

TEST_CASE("much that came is acknowledged without waiting") {
  link_queue a{1'000'000}, b{1000};
  a.put(40, 0, "", std::string(link_queue::ack_bytes, 'x'));
  pass(a, b);
  CHECK(b.next());
}

TEST_CASE("an acknowledgement is not acknowledged") {
  link_queue a{1000}, b{1000};
  a.put(40, 0, "", "x");
  pass(a, b);
  b.tick(1);
  pass(b, a);
  a.tick(1);
  CHECK_FALSE(a.next());
  CHECK(b.idle());
}

TEST_CASE("an empty batch asks for a sign of life") {
  link_queue a{1000}, b{1000};
  CHECK_FALSE(a.next());
  auto batch = a.next(true);
  REQUIRE(batch);
  CHECK(a.tick(5) == 5);
  list got;
  take(b, *batch, got);
  b.tick(1);
  pass(b, a);
  CHECK(a.tick(5) == 0);
}

TEST_CASE("silence grows while something is on the way, and any word ends it") {
  link_queue a{1000}, b{1000};
  CHECK(a.tick(100) == 0);
  a.put(40, 0, "", "x");
  CHECK(a.tick(100) == 0); // it waits, but nobody was asked anything
  list got;
  auto first = a.next();
  a.put(40, 0, "", "y");
  auto second = a.next();
  CHECK(a.tick(100) == 100);
  take(b, *first, got);
  b.tick(1);
  pass(b, a);
  CHECK(a.tick(30) == 30); // the second is still on the way
  take(b, *second, got);
  b.tick(1);
  pass(b, a);
  CHECK(a.tick(30) == 0);
}

TEST_CASE("what is not the next batch ends the link") {
  link_queue a{1000}, b{1000};
  a.put(40, 0, "", "x");
  auto one = *a.next();
  a.put(40, 0, "", "y");
  auto two = *a.next();
  SECTION("one was left out") {
    CHECK_FALSE(b.take(two));
  }
  SECTION("one comes twice") {
    CHECK(b.take(one));
    CHECK_FALSE(b.take(one));
  }
  SECTION("something is acknowledged that was never sent") {
    wire_writer forged;
    forged.number(0);
    forged.number(3);
    CHECK_FALSE(a.take(forged.bytes()));
  }
  SECTION("an acknowledgement carries records") {
    wire_writer forged;
    forged.number(0);
    forged.number(0);
    auto bytes = forged.take();
    append_record(bytes, 40, "x");
    CHECK_FALSE(b.take(bytes));
  }
  SECTION("it is cut in its numbers") {
    CHECK_FALSE(b.take({}));
    CHECK_FALSE(b.take("\x01"));
    CHECK_FALSE(b.take("\x80\x80"));
  }
}

TEST_CASE("an acknowledgement of before changes nothing") {
  link_queue a{1000}, b{1000};
  a.put(40, 0, "", "x");
  pass(a, b);
  b.tick(1);
  auto ack = *b.next();
  CHECK(a.take(ack)->freed > 0);
  CHECK(a.take(ack)->freed == 0);
}

TEST_CASE("random traffic arrives whole, in order and within its bounds") {
  std::mt19937_64 random{11};
  for (int round = 0; round < 300; ++round) {
    const std::size_t window = 50 + random() % 2000;
    link_queue end[2] = {link_queue{window}, link_queue{window}};
    std::deque<std::string> wire[2];
    list put[2], got[2];
    std::int64_t sum[2] = {0, 0};
    std::size_t longest = 0;
    auto move = [&](int i) {
      if (!wire[i].empty()) {
        auto came = end[1 - i].take(wire[i].front());
        REQUIRE(came);
        sum[1 - i] -= static_cast<std::int64_t>(came->freed);
        for_each_record(came->records,
                        [&](record_kind kind, std::string_view bytes) {
                          got[1 - i].emplace_back(kind, bytes);
                        });
        wire[i].pop_front();
      }
    };
    for (int step = 0; step < 400; ++step) {
      auto i = static_cast<int>(random() % 2);
      switch (random() % 5) {
      case 0: {
        std::string bytes(random() % 120, static_cast<char>('a' + i));
        bytes += std::to_string(step);
        longest = std::max(longest, record_size(bytes.size()));
        sum[i] += end[i].put(33, 0, "", bytes);
        put[i].emplace_back(33, bytes);
        break;
      }
      case 1:
        if (auto batch = end[i].next(random() % 50 == 0))
          wire[i].push_back(*batch);
        break;
      case 2:
        end[i].tick(1);
        break;
      default:
        move(i);
      }
      for (int each : {0, 1}) {
        REQUIRE(end[each].under_way() < window + longest);
        REQUIRE(sum[each]
                == static_cast<std::int64_t>(end[each].waiting()
                                             + end[each].under_way()));
      }
    }
    for (int turns = 0; turns < 4000 && !(end[0].idle() && end[1].idle());
         ++turns)
      for (int i : {0, 1}) {
        end[i].tick(1);
        while (auto batch = end[i].next())
          wire[i].push_back(*batch);
        while (!wire[i].empty())
          move(i);
      }
    CHECK(got[1] == put[0]);
    CHECK(got[0] == put[1]);
    CHECK(end[0].idle());
  }
}
