#include "actors/state/meter/cluster_clock.hpp"

#include "tests/catch.hpp"

#include <cstdlib>
#include <rapidcheck.h>

using namespace tidewire::meter;

namespace {

constexpr std::int64_t second = ns_per_second;
constexpr std::int64_t one_hour = 3600 * second;
constexpr std::int64_t epoch = 1'800'000'000 * second;

} // namespace

TEST_CASE("cluster time begins at the wall clock and goes with the other") {
  cluster_clock clock{7 * second, epoch};
  CHECK(clock.at(7 * second) == epoch);
  CHECK(clock.at(9 * second) == epoch + 2 * second);
  CHECK(clock.at(6 * second) == epoch - second);
  CHECK(clock.mono_of(epoch + second) == 8 * second);
}

TEST_CASE("a step of the wall clock is made up slowly") {
  for (auto step : {one_hour, -one_hour}) {
    cluster_clock clock{0, epoch};
    std::int64_t mono = 0;
    auto look = [&] {
      mono += second;
      clock.observe(mono, epoch + mono + step);
    };
    look();
    CHECK(clock.offset_ns() == step);
    auto before = clock.at(mono);
    CHECK(std::abs(clock.at(mono + second) - before - second) == second / 20);
    for (int i = 0; i < 21 * 3600; ++i)
      look();
    CHECK(std::abs(clock.offset_ns()) < second / 1000);
  }
}

TEST_CASE("after a step backwards and a restart no tick comes again") {
  tick stated{1'800'000'000};
  cluster_clock clock{0, epoch - one_hour, stated};
  CHECK(clock.at(0) == stated.ends());
  CHECK(tick_of(clock.at(1)) == stated + 1);
  CHECK(clock.offset_ns() == -one_hour);
}

TEST_CASE("whatever the wall clock does, time goes on between 95 and 105 %") {
  CHECK(rc::check("readings of both clocks", [] {
    cluster_clock clock{0, epoch};
    std::int64_t mono = 0;
    for (auto x : *rc::gen::arbitrary<std::vector<std::uint32_t>>()) {
      auto passed = 1 + x % (3 * second);
      auto before = clock.at(mono);
      mono += passed;
      auto after = clock.at(mono);
      RC_ASSERT(after - before >= passed * 95 / 100 - 1);
      RC_ASSERT(after - before <= passed * 105 / 100 + 1);
      auto wall = epoch + mono
                  + (static_cast<std::int64_t>(x) - (1LL << 31)) * 4'000'000;
      clock.observe(mono, wall);
      RC_ASSERT(clock.at(mono) == after);
      auto next = tick_of(after).ends();
      auto at = clock.mono_of(next);
      RC_ASSERT(clock.at(at) >= next);
      RC_ASSERT(clock.at(at - 1) < next);
    }
  }));
}

TEST_CASE("a tick is the second that ends with it, its minute likewise") {
  CHECK(tick_of(60 * second) == tick{60});
  CHECK(tick_of(60 * second + 1) == tick{61});
  CHECK(minute_of({60}) == minute{0});
  CHECK(minute_of({61}) == minute{1});
  CHECK(place_of({61}) == 0);
  CHECK(place_of({120}) == 59);
  CHECK(day_of(tick{86'400}) == day{0});
  CHECK(day_of(tick{86'401}) == day{1});
  CHECK(minute_of({0}) == minute{-1});
  CHECK(day_of(minute{1439}) == day{0});
  CHECK(day_of(minute{1440}) == day{1});
}
