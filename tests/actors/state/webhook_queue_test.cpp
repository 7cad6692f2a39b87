#include "actors/state/webhook_queue.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <set>

using namespace tidewire;

namespace {

using ids = std::vector<std::string>;

constexpr std::int64_t start = 1'700'000'000'000;

// A queue with a clock, what it sent and what it wrote down.
struct office {
  explicit office(webhook_queue::limits bounds = {}) : queue(bounds) {}

  void add(const std::string& channel, const std::string& app = "1",
           const std::string& url = "http://u",
           const endpoint_rules& rules = {}) {
    queue.add(app, url, rules, channel, "channel_occupied",
              R"({"channel":")" + channel + "\"}", now, out);
    queue.tick(now, out);
  }

  void at(std::int64_t since_start) {
    now = start + since_start;
    queue.tick(now, out);
  }

  void ok(const std::string& id) {
    queue.delivered(id, now, out);
    queue.tick(now, out);
  }

  void fail(const std::string& id) {
    queue.failed(id, "no", now, out);
    queue.tick(now, out);
  }

  std::vector<webhook_delivery> sent() { return std::exchange(out.send, {}); }

  webhook_delivery only() {
    auto all = sent();
    REQUIRE(all.size() == 1);
    return all.front();
  }

  // The streams of what was sent since the last call.
  ids streams() {
    ids result;
    for (auto& x : sent())
      result.push_back(x.stream);
    return result;
  }

  template <class Entry>
  std::vector<Entry> wrote() {
    std::vector<Entry> result;
    for (auto& x : out.journal)
      if (auto* entry = std::get_if<Entry>(&x))
        result.push_back(*entry);
    return result;
  }

  webhook_queue queue;
  webhook_queue::effects out;
  std::int64_t now = start;
};

// A journal in memory: what would be found after a crash.
struct memory {
  std::map<std::string, webhook_delivery> deliveries;
  std::map<std::int64_t, waiting_event> waiting;
  std::map<std::string, bury_delivery> dead;

  void apply(const std::vector<journal_entry>& entries) {
    for (auto& entry : entries)
      if (auto* a = std::get_if<put_delivery>(&entry)) {
        deliveries[a->what.id] = a->what;
      } else if (auto* b = std::get_if<retry_delivery>(&entry)) {
        deliveries.at(b->id).attempts = b->attempts;
        deliveries.at(b->id).next_ms = b->next_ms;
      } else if (auto* c = std::get_if<drop_delivery>(&entry)) {
        deliveries.erase(c->id);
      } else if (auto* d = std::get_if<bury_delivery>(&entry)) {
        deliveries.erase(d->what.id);
        dead.emplace(d->what.id, *d);
      } else if (auto* e = std::get_if<put_waiting>(&entry)) {
        waiting.emplace(e->what.number, e->what);
      } else if (auto* f = std::get_if<drop_waiting>(&entry)) {
        waiting.erase(f->number);
      }
  }
};

const endpoint_rules batched{true, 1000, 3, 1000};

} // namespace

TEST_CASE("an event is one request, written down before it is sent") {
  office o;
  o.add("a");
  REQUIRE(o.wrote<put_delivery>().size() == 1);
  auto x = o.only();
  CHECK(o.wrote<put_delivery>()[0].what == x);
  CHECK(x.id.starts_with("1/a/channel_occupied/"));
  CHECK(x.body == R"({"time_ms":1700000000000,"events":[{"channel":"a"}]})");
  o.ok(x.id);
  REQUIRE(o.wrote<drop_delivery>().size() == 1);
  CHECK(o.wrote<drop_delivery>()[0].id == x.id);
  CHECK(o.queue.next_due() == webhook_queue::never);
  CHECK(o.queue.all_figures().at("1").sent == 1);
  CHECK(o.queue.all_figures().at("1").waiting == 0);
}

TEST_CASE("an id never comes twice, also not within a microsecond") {
  office o;
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < 5000; ++i)
    numbers.push_back(o.queue.next_number(start));
  CHECK(
      std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>{})
      == numbers.end());
  // A successor begins after what it finds, even if the clock went back.
  office later;
  later.queue.restore(
      webhook_delivery{"1/a/member_added/" + std::to_string(numbers.back()),
                       "1", "http://u", "a", "", start, start, 0});
  CHECK(later.queue.next_number(start - 1000) == numbers.back() + 1);
}

TEST_CASE("retries come after 1, 2, 4 … seconds, the last after five minutes") {
  office o;
  o.add("a");
  auto id = o.only().id;
  std::int64_t at = 0;
  std::vector<std::int64_t> pauses;
  for (;;) {
    o.fail(id);
    auto next = o.queue.next_due();
    if (next == webhook_queue::never)
      break;
    o.at(next - start - 1);
    CHECK(o.sent().empty());
    pauses.push_back((next - start - at) / 1000);
    at = next - start;
    o.at(at);
    CHECK(o.only().id == id);
  }
  CHECK(pauses == std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 64, 128, 45});
  CHECK(at == 300'000);
  auto dead = o.wrote<bury_delivery>();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].what.id == id);
  CHECK(dead[0].what.attempts == 10);
  CHECK(dead[0].reason == "no");
  CHECK(o.queue.all_figures().at("1").dead == 1);
}

TEST_CASE("requests about one channel go one after the other") {
  office o;
  o.add("a");
  o.add("a");
  o.add("b");
  auto first = o.sent();
  REQUIRE(first.size() == 2);
  CHECK(first[0].stream == "a");
  CHECK(first[1].stream == "b");
  o.fail(first[0].id);
  CHECK(o.sent().empty()); // the second about a waits for the first
  o.at(1000);
  auto again = o.only();
  CHECK(again.id == first[0].id);
  o.ok(again.id);
  CHECK(o.only().stream == "a");
}

TEST_CASE("an endpoint has a bound, and another endpoint has its own") {
  office o{{300'000, 2, 100}};
  for (auto* channel : {"a", "b", "c", "d"})
    o.add(channel);
  auto busy = o.sent();
  CHECK(busy.size() == 2);
  o.add("a", "2");
  CHECK(o.only().app == "2");
  o.add("a", "1", "http://v");
  CHECK(o.only().url == "http://v");
  o.ok(busy[0].id);
  CHECK(o.streams() == ids{"c"});
}

TEST_CASE("an endpoint that fails again and again is asked by one at a time") {
  office o{{300'000, 4, 100}};
  for (int i = 0; i < 12; ++i)
    o.add("c" + std::to_string(i));
  for (std::uint32_t i = 0; i < webhook_queue::failing_threshold; ++i)
    for (auto& x : o.sent())
      o.fail(x.id);
  o.at(1000);
  while (o.queue.in_flight() > 1)
    for (auto& x : o.sent())
      o.fail(x.id);
  CHECK(o.queue.in_flight() == 1);
  // It answers: all that waits comes at once, whenever it was due.
  auto probe = o.only();
  o.ok(probe.id);
  CHECK(o.queue.in_flight() == 4);
}

TEST_CASE("what had no turn while its endpoint was dead dies with the others") {
  office o{{10'000, 1, 100}};
  o.add("a");
  o.add("b");
  for (int second = 0; second <= 11 && o.queue.in_flight() != 0; ++second) {
    o.at(second * 1000);
    for (auto& x : o.sent())
      o.fail(x.id);
  }
  o.at(20'000);
  for (auto& x : o.sent())
    o.fail(x.id);
  o.at(40'000);
  for (auto& x : o.sent())
    o.fail(x.id);
  CHECK(o.wrote<bury_delivery>().size() == 2);
  CHECK(o.queue.next_due() == webhook_queue::never);
}

TEST_CASE("a batch waits for its time") {
  office o;
  o.add("a", "1", "http://u", batched);
  o.at(400);
  o.add("b", "1", "http://u", batched);
  o.at(999);
  CHECK(o.sent().empty());
  CHECK(o.wrote<put_waiting>().size() == 2);
  o.at(1000);
  auto x = o.only();
  CHECK(x.id.starts_with("1/batch/"));
  CHECK(x.body
        == R"({"time_ms":1700000001000,"events":[{"channel":"a"},)"
           R"({"channel":"b"}]})");
  CHECK(o.wrote<drop_waiting>().size() == 2);
  CHECK(o.queue.all_figures().at("1").waiting == 1);
}

TEST_CASE("a full batch waits no longer, and takes no more than it holds") {
  office o;
  for (auto* channel : {"a", "b", "c", "d"})
    o.add(channel, "1", "http://u", batched);
  CHECK(o.only().body.find("\"d\"") == std::string::npos);
  office big;
  big.add(std::string(2000, 'x'), "1", "http://u", batched);
  CHECK(big.only().body.size() > 2000);
}

TEST_CASE("batches go one after the other and never mix apps") {
  office o;
  for (int i = 0; i < 6; ++i) {
    o.add("x", "1", "http://u", batched);
    o.add("y", "2", "http://u", batched);
  }
  auto first = o.sent();
  REQUIRE(first.size() == 2);
  for (auto& x : first) {
    CHECK((x.body.find("\"x\"") != std::string::npos) == (x.app == "1"));
    CHECK((x.body.find("\"y\"") != std::string::npos) == (x.app == "2"));
  }
  o.ok(first[0].id);
  CHECK(o.only().app == first[0].app);
}

TEST_CASE("more than may wait is dead at once, and costs no other app") {
  office o{{300'000, 1, 2}};
  o.add("a");
  o.add("b");
  CHECK(o.queue.room("1") == 0);
  o.add("c");
  auto dead = o.wrote<bury_delivery>();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].what.stream == "c");
  o.add("c", "2");
  CHECK(o.wrote<bury_delivery>().size() == 1);
  CHECK(o.queue.room("2") == 1);
}

TEST_CASE("what has no endpoint any more is buried without another try") {
  office o;
  o.add("a");
  o.queue.give_up(o.only().id, "gone", o.now, o.out);
  REQUIRE(o.wrote<bury_delivery>().size() == 1);
  CHECK(o.wrote<bury_delivery>()[0].what.attempts == 0);
}

TEST_CASE("after a crash at any moment nothing is lost, and ids stay") {
  memory disk;
  auto o = std::make_unique<office>();
  std::map<std::string, std::string> bodies; // of what was ever sent
  std::uint32_t dice = 12345;
  auto roll = [&](std::uint32_t sides) {
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 16u) % sides;
  };
  std::int64_t time = 0;
  std::size_t added = 0;
  std::size_t delivered = 0;
  std::vector<webhook_delivery> flying;
  auto turn = [&](bool commit) {
    o->queue.tick(o->now, o->out);
    if (!commit)
      return;
    disk.apply(std::exchange(o->out.journal, {}));
    for (auto& x : o->sent()) {
      auto [known, is_new] = bodies.emplace(x.id, x.body);
      CHECK(known->second == x.body);
      flying.push_back(x);
    }
  };
  for (int i = 0; i < 4000; ++i) {
    o->now = start + (time += roll(50));
    switch (roll(4)) {
    case 0:
      o->queue.add("1", "http://u", roll(2) ? batched : endpoint_rules{},
                   "c" + std::to_string(roll(5)), "channel_occupied",
                   "{\"n\":" + std::to_string(added) + "}", o->now, o->out);
      turn(true);
      ++added;
      break;
    case 1:
      if (!flying.empty()) {
        auto x = flying[roll(static_cast<std::uint32_t>(flying.size()))];
        std::erase(flying, x);
        if (roll(4) == 0)
          o->queue.failed(x.id, "no", o->now, o->out);
        else
          o->queue.delivered(x.id, o->now, o->out), ++delivered;
        turn(roll(4) != 0);
      }
      break;
    case 2:
      if (roll(20) == 0) { // kill -9
        o = std::make_unique<office>();
        o->now = start + time;
        flying.clear();
        for (auto& [id, x] : disk.deliveries)
          o->queue.restore(x);
        for (auto& [number, x] : disk.waiting)
          o->queue.restore(x, batched);
      }
      break;
    default:
      turn(true);
    }
  }
  for (int i = 0;
       i < 100'000
       && (!flying.empty() || o->queue.next_due() != webhook_queue::never);
       ++i) {
    if (flying.empty())
      o->now = std::max(o->now, o->queue.next_due());
    turn(true);
    for (auto& x : std::exchange(flying, {}))
      o->queue.delivered(x.id, o->now, o->out);
    turn(true);
  }
  CHECK(delivered > 100);
  CHECK(disk.waiting.empty());
  CHECK(disk.deliveries.empty());
  // Every event that was added has been in some request.
  std::string all;
  for (auto& [id, body] : bodies)
    all += body;
  for (std::size_t n = 0; n < added; ++n)
    if (all.find("{\"n\":" + std::to_string(n) + "}") == std::string::npos)
      FAIL_CHECK("event " << n << " was lost");
}

TEST_CASE("two nodes never give one id to two things, at the same time") {
  std::set<std::string> seen;
  std::size_t count = 0;
  for (auto* text : {"a", "b"})
    for (auto* url : {"http://u", "http://v"})
      for (auto& rules : {endpoint_rules{}, batched}) {
        office o; // all of them begin at the same millisecond
        o.add(text, "1", url, rules);
        o.at(1000);
        seen.insert(o.only().id);
        for (auto& x : o.wrote<put_waiting>())
          count += seen.insert(key_of(x.what)).second;
        ++count;
      }
  CHECK(seen.size() == count);
  CHECK(count == 12);
}
