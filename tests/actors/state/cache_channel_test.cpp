// Channels that keep their last event, and channels that are counted.
#include "tests/actors/state/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t ttl = 1800 * second_ns;

frame_ptr cached_event(std::string_view name) {
  std::string text;
  pusher::render_channel_event(text, name, "cache-x",
                               "data of " + std::string{name});
  return text_frame(text, 77);
}

// A cache channel, and what a newcomer hears.
struct cache_bench {
  void publish(std::string_view name, bool by_client = false) {
    state.handle(
        publish_event{key("cache-x"), cached_event(name), {}, {}, by_client},
        out);
  }

  // What the newcomer is greeted with.
  told join(edge_id edge, std::uint64_t serial) {
    out.clear();
    state.handle(join_channel{edge, key("cache-x"), plain(serial)}, out);
    auto answers = out.to<joined_channel>(edge.at);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].wish == serial);
    REQUIRE(answers[0].greeting.size() == 1);
    CHECK(answers[0].greeting[0]->accepted_ns() == 0);
    return parse_told(net::ws_frame_payload(answers[0].greeting[0]->bytes()));
  }

  std::optional<cached_facts> facts() {
    out.clear();
    state.handle(describe_channel{key("cache-x"), {0, 1}}, out);
    return out.answers.at(0).channels.at(0).facts.cache;
  }

  plain_channel state{key("cache-x"), ttl};
  said_by_channel out;
};

} // namespace

TEST_CASE("a newcomer of a cache channel gets its last event, or a miss") {
  cache_bench b;
  auto miss = b.join(here, 1);
  CHECK(miss.name == "pusher:cache_miss");
  CHECK(miss.channel == "cache-x");
  b.publish("one");
  b.publish("two");
  CHECK(b.join(here, 2).name == "two");
  CHECK(b.join(there, 3).name == "two");
}

TEST_CASE("what a client sends is not cached") {
  cache_bench b;
  b.publish("one");
  b.publish("client-two", true);
  CHECK(b.join(here, 1).name == "one");
}

TEST_CASE("a cached event lives for its time with or without subscribers") {
  cache_bench b;
  b.publish("one");
  CHECK_FALSE(b.state.idle());
  CHECK(b.state.wakes_ns() == b.out.clock + ttl);
  b.out.clock += ttl - 1;
  b.state.wake(b.out);
  CHECK(b.join(here, 1).name == "one");
  b.state.handle(left_channel{here, key("cache-x"), {}, 0}, b.out);
  CHECK_FALSE(b.state.idle());
  b.out.clock += 1;
  b.state.wake(b.out);
  CHECK(b.state.idle());
  CHECK(b.state.wakes_ns() == 0);
}

TEST_CASE("an event that expires between alarms is a miss") {
  cache_bench b;
  b.publish("one");
  b.out.clock += ttl;
  CHECK(b.join(here, 1).name == "pusher:cache_miss");
}

TEST_CASE("another event begins a time of its own") {
  cache_bench b;
  b.publish("one");
  b.out.clock += ttl - 1;
  b.publish("two");
  b.out.clock += ttl - 1;
  b.state.wake(b.out);
  CHECK(b.join(here, 1).name == "two");
}

TEST_CASE("publishers see the cached data and the whole seconds it has left") {
  cache_bench b;
  CHECK_FALSE(b.facts());
  b.publish("one");
  CHECK(b.facts() == cached_facts{"data of one", 1800});
  b.out.clock += 1;
  CHECK(b.facts()->seconds_left == 1800);
  b.out.clock += second_ns;
  CHECK(b.facts()->seconds_left == 1799);
  b.out.clock += ttl - second_ns - 2;
  CHECK(b.facts()->seconds_left == 1);
  b.out.clock += 1;
  CHECK_FALSE(b.facts());
}

TEST_CASE("a presence channel can have a cache as well") {
  presence_channel state{key("presence-cache-x"), 100, ttl};
  said_by_channel out;
  state.handle(
      publish_event{key("presence-cache-x"), cached_event("one"), {}, {}}, out);
  state.handle(join_channel{here, key("presence-cache-x"), guest(1, "ann")},
               out);
  auto answers = out.to<joined_channel>(0);
  REQUIRE(answers.size() == 1);
  REQUIRE(answers[0].greeting.size() == 1);
  state.handle(left_channel{here, key("presence-cache-x"), {1, 1}, 1}, out);
  CHECK(state.facts().users.empty());
  CHECK_FALSE(state.idle());
}

TEST_CASE("of those who miss at one time only the first is reported") {
  cache_bench b;
  auto misses = [&](edge_id edge, std::uint64_t serial) {
    CHECK(b.join(edge, serial).name == "pusher:cache_miss");
    return b.out.reported<cache_missed>().size();
  };
  CHECK(misses(here, 1) == 1);
  CHECK(std::holds_alternative<channel_occupied>(b.out.reports.front()));
  CHECK(misses(there, 2) == 0);
  b.out.clock += 5 * second_ns - 1;
  CHECK(misses(here, 3) == 0);
  b.out.clock += 1;
  CHECK(misses(here, 4) == 1);
}

TEST_CASE("a miss after a cached event is reported at once") {
  cache_bench b;
  b.join(here, 1);
  b.publish("one");
  CHECK(b.join(here, 2).name == "one");
  CHECK(b.out.reported<cache_missed>().empty());
  b.out.clock += ttl;
  b.join(here, 3);
  CHECK(b.out.reported<cache_missed>().size() == 1);
}

TEST_CASE("a channel remembers a miss though everybody has left") {
  cache_bench b;
  b.join(here, 1);
  b.state.handle(left_channel{here, key("cache-x"), {}, 0}, b.out);
  CHECK_FALSE(b.state.idle());
  b.out.clock = b.state.wakes_ns();
  b.state.wake(b.out);
  CHECK(b.state.idle());
}

// -- counts -------------------------------------------------------------------

namespace {

// A counted channel whose edge has so many subscribers.
struct counted {
  void set(std::uint64_t subscriptions, edge_id edge = here) {
    state.handle(counted_channel{edge, key("news"), subscriptions}, out);
  }

  // The counts that subscribers were told since the last call.
  std::vector<std::string> told_counts() {
    std::vector<std::string> result;
    for (auto& x : out.to<deliver_event>(0))
      result.push_back(
          parse_told(net::ws_frame_payload(x.event->bytes())).data);
    out.clear();
    return result;
  }

  static std::string data(std::uint64_t count) {
    return R"({"subscription_count":)" + std::to_string(count) + "}";
  }

  counted() {
    state.handle(join_channel{here, key("news"), plain(1)}, out);
    state.handle(join_channel{there, key("news"), plain(2)}, out);
    out.clear();
  }

  plain_channel state{key("news")};
  said_by_channel out;
};

} // namespace

TEST_CASE("every change of a small channel's count is told to all edges") {
  counted c;
  c.set(1);
  CHECK(c.told_counts() == names{c.data(2)});
  c.set(99);
  CHECK(c.told_counts() == names{c.data(100)});
  c.set(99);
  CHECK(c.told_counts().empty());
  c.set(5, there);
  c.out.clear();
  c.state.handle(left_channel{there, key("news"), {}, 0}, c.out);
  CHECK(c.told_counts() == names{c.data(99)});
}

TEST_CASE("counts are reported as they are told, and that nobody is left") {
  counted c;
  c.set(1);
  c.set(5, there);
  c.state.handle(left_channel{here, key("news"), {}, 0}, c.out);
  c.state.handle(left_channel{there, key("news"), {}, 0}, c.out);
  std::vector<std::uint64_t> counts;
  for (auto& x : c.out.reported<subscriptions_counted>())
    counts.push_back(x.count);
  CHECK(counts == std::vector<std::uint64_t>{2, 6, 5, 0});
  c.out.clear();
  c.out.clock += 5 * second_ns;
  c.state.handle(join_channel{here, key("news"), plain(3)}, c.out);
  c.set(101);
  CHECK(c.out.reported<subscriptions_counted>().size() == 1);
  c.set(102);
  CHECK(c.out.reported<subscriptions_counted>().size() == 1);
}

TEST_CASE("above a hundred the count is told every five seconds") {
  counted c;
  c.set(99);
  CHECK(c.told_counts() == names{c.data(100)});
  c.set(100); // 101 with the other edge's
  CHECK(c.told_counts().empty());
  c.set(105);
  CHECK(c.told_counts().empty());
  auto due = c.state.wakes_ns();
  CHECK(due == c.out.clock + 5 * second_ns);
  c.out.clock = due;
  c.state.wake(c.out);
  CHECK(c.told_counts() == names{c.data(106)});
  CHECK(c.state.wakes_ns() == 0);
  c.out.clock += 20 * second_ns; // nothing happens, nothing is said
  c.state.wake(c.out);
  CHECK(c.told_counts().empty());
  c.set(107);
  CHECK(c.told_counts() == names{c.data(108)});
  c.set(50); // small again: told at once
  CHECK(c.told_counts() == names{c.data(51)});
}

TEST_CASE("a restarted channel sums what its edges restate") {
  plain_channel state{key("news")};
  said_by_channel out;
  state.gather({0, 1}, 1);
  state.handle(
      restate_edge{here, key("news"), 3, {plain(1, true)}, {}, true, 1}, out);
  CHECK(out.records.empty());
  state.handle(
      restate_edge{there, key("news"), 4, {plain(2, true)}, {}, true, 1}, out);
  auto events = out.to<deliver_event>(0);
  REQUIRE(events.size() == 1);
  CHECK(parse_told(net::ws_frame_payload(events[0].event->bytes())).data
        == counted::data(7));
}
