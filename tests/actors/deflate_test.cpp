// How often a server of several reactors compresses.
#include "tests/actors/support/harness.hpp"
#include "tests/catch.hpp"

#include <vector>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

constexpr std::uint32_t reactors = 3;
const std::string long_text(2000, 'x');

struct bench {
  harness h{reactors, [](config::settings& x) {
              x.compression.enabled = true;
              // So that answers to one client do not count.
              x.compression.min_size = 1000;
            }};

  std::uint64_t packed_on(std::uint32_t reactor) {
    return h.on(reactor, [](shard& s) { return s.packer.packed(); });
  }

  std::uint64_t packed() {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < reactors; ++i)
      sum += packed_on(i);
    return sum;
  }

  void publish(std::string_view channel, int times = 1) {
    for (int i = 0; i < times; ++i)
      REQUIRE(h.api().publish(channel, "event", long_text).status == 200);
  }

  static void expect(ws_client& who, std::string_view channel, int times = 1) {
    for (int i = 0; i < times; ++i)
      CHECK(who.wait_for("event", channel).data == long_text);
  }
};

} // namespace

TEST_CASE("an event is compressed once, by the owner of its channel") {
  bench b;
  const std::uint32_t owner = GENERATE(0u, 2u);
  const auto channel = b.h.channel_of("news-", owner);
  std::vector<client_ptr> clients;
  for (std::uint32_t i = 0; i < reactors; ++i)
    for (const bool deflate : {true, true, false}) {
      clients.push_back(b.h.client_on(i, deflate));
      clients.back()->subscribe(channel);
    }
  b.publish(channel, 20);
  for (auto& one : clients)
    b.expect(*one, channel, 20);
  CHECK(b.packed() == 20);
  CHECK(b.packed_on(owner) == 20);
}

TEST_CASE("an event is not compressed where nobody takes it compressed") {
  bench b;
  auto elsewhere = b.h.client(true);
  elsewhere->subscribe("elsewhere");
  auto plain = b.h.client();
  plain->subscribe("plain");
  b.publish("plain", 5);
  b.expect(*plain, "plain", 5);
  CHECK(b.packed() == 0);
}

TEST_CASE("once the last one has left nothing is compressed any more") {
  bench b;
  auto packing = b.h.client(true);
  auto plain = b.h.client();
  packing->subscribe("news");
  plain->subscribe("news");
  b.publish("news");
  b.expect(*packing, "news");
  CHECK(b.packed() == 1);
  packing->unsubscribe("news");
  packing->sync();
  b.publish("news");
  b.expect(*plain, "news", 2);
  CHECK(b.packed() == 1);

  packing->subscribe("news");
  b.publish("news");
  CHECK(b.packed() == 2);
  packing->reset();
  REQUIRE(b.h.gauge_is(1));
  b.publish("news");
  b.expect(*plain, "news", 2);
  CHECK(b.packed() == 2);
}

TEST_CASE("a restarted router still compresses for those it has") {
  bench b;
  auto packing = b.h.client_on(1, true);
  packing->subscribe("news");
  b.h.kill_router(1);
  b.publish("news");
  b.expect(*packing, "news");
  CHECK(b.packed() == 1);
  b.h.kill_channel("news");
  b.publish("news");
  b.expect(*packing, "news");
  CHECK(b.packed() == 2);
}
