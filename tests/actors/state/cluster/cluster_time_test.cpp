#include "actors/state/cluster/cluster_time.hpp"

#include "tests/catch.hpp"

#include <cstdlib>
#include <random>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1000 * ms;
constexpr std::int64_t epoch = 1'800'000'000 * second;

const life a{"a", 1};
const life b{"b", 1};

// A node whose monotonic clock is off and drifts, in real time.
struct machine {
  std::int64_t base;
  std::int64_t ppm;
  meter::cluster_clock clock;

  machine(std::int64_t from, std::int64_t drift, std::int64_t wall)
      : base(from), ppm(drift), clock(from, wall) {}

  std::int64_t mono(std::int64_t t) const {
    return base + t + t / 1'000'000 * ppm;
  }
  std::int64_t time(std::int64_t t) const { return clock.at(mono(t)); }
};

} // namespace

TEST_CASE("of the round trips kept the quickest tells the time") {
  cluster_time time;
  time.follow(a);
  meter::cluster_clock mine(0, epoch);
  CHECK_FALSE(time.error_of(mine, 0, epoch).known);
  // The other is 5 ms ahead; each round trip was slow on one way only.
  time.heard(a, 100 * ms, 60 * ms, 20 * ms, epoch + 65 * ms, 0);
  CHECK(time.error_of(mine, 100 * ms, 0).offset_ns == -15 * ms);
  CHECK(time.error_of(mine, 100 * ms, 0).bound_ns
        == 20 * ms + 30'001); // 500 ppm of 20 ms, and of 40 ms on the way
  time.heard(a, 200 * ms, 12 * ms, 10 * ms, epoch + 204 * ms, 0);
  time.heard(a, 300 * ms, 80 * ms, 0, epoch + 235 * ms, 0);
  auto error = time.error_of(mine, 300 * ms, 0);
  CHECK(error.known);
  CHECK(error.offset_ns == 5 * ms);
  CHECK(error.bound_ns == 1 * ms + 56'001); // and 500 ppm of 112 ms
  CHECK(time.ahead_ns(a, mine, 300 * ms) == 5 * ms);
  CHECK_FALSE(time.ahead_ns(b, mine, 300 * ms));
  CHECK(time.round_trip_ns(a) == 2 * ms);
  CHECK_FALSE(time.round_trip_ns(b));
  // After eight more it is forgotten.
  for (std::size_t i = 1; i < cluster_time::kept; ++i)
    time.heard(a, 400 * ms, 80 * ms, 0, epoch + 335 * ms, 0);
  CHECK(time.round_trip_ns(a) == 80 * ms);
}

TEST_CASE("round trips that cannot be are ignored") {
  cluster_time time;
  time.follow(a);
  time.heard(a, 10, -1, 0, epoch, 0);
  time.heard(a, 10, 5, 6, epoch, 0);
  time.heard(a, 10, 5, -1, epoch, 0);
  time.heard(a, 10, 5, 0, epoch, 2'000'000);
  time.heard(a, 10, 3601 * second, 0, epoch, 0);
  CHECK_FALSE(time.round_trip_ns(a));
}

TEST_CASE("what was held counts though the other clock makes it too long") {
  cluster_time time;
  time.follow(a);
  meter::cluster_clock mine(0, epoch);
  // The way there is cut: it answers the same heartbeat for seconds.
  time.heard(a, 5 * second, 5 * second, 5 * second + ms, epoch, 0);
  CHECK(time.error_of(mine, 5 * second, 0).offset_ns == -5 * second);
  CHECK(time.error_of(mine, 5 * second, 0).bound_ns == 2'500'501);
  time.heard(b, 5 * second, 5 * second, 5 * second + 3 * ms, epoch, 0);
  CHECK_FALSE(time.round_trip_ns(b));
}

TEST_CASE("a rate counts though the round trip it was told in is not known") {
  cluster_time time;
  time.follow(a);
  meter::cluster_clock mine(0, epoch);
  time.heard(a, 500 * ms, 0, 0, epoch + 500 * ms, 0);
  time.heard(a, 1000 * ms, -1, 0, epoch + 1020 * ms, 50'000);
  auto error = time.error_of(mine, 1000 * ms, 0);
  // Half a second at 0 to 5 %.
  CHECK(error.offset_ns == 12'500'000);
  CHECK(error.bound_ns == 12'500'000 + 250'001);
  time.steer(mine, 1000 * ms, 0);
  CHECK(mine.ppm() == 50'000 + 12'500);
}

TEST_CASE("who was not heard for a while may have had any rate") {
  cluster_time time;
  time.follow(a);
  meter::cluster_clock mine(0, epoch);
  time.heard(a, 500 * ms, 0, 0, epoch + 500 * ms, 0);
  CHECK(time.error_of(mine, 3500 * ms, 0).bound_ns < 2 * ms);
  // Of the same rate again, and slow to come: what was heard before is no
  // better, because it may have run at 10 % in between.
  time.heard(a, 3500 * ms, 400 * ms, 0, epoch + 3600 * ms, 0);
  auto error = time.error_of(mine, 3500 * ms, 0);
  CHECK(error.offset_ns == 300 * ms);
  CHECK(error.bound_ns > 200 * ms);
}

TEST_CASE("a clock keeps each rate for a while, so that all of them are told") {
  cluster_time time;
  meter::cluster_clock clock(0, epoch);
  time.steer(clock, second, epoch + second + ms);
  CHECK(clock.ppm() == 500);
  time.steer(clock, second + 500 * ms, epoch);
  CHECK(clock.ppm() == 500);
  time.steer(clock, second + cluster_time::steered_ns, epoch);
  CHECK(clock.ppm() == -50'000);
}

TEST_CASE("more than 100 ms is an alarm, of offset and bound together") {
  CHECK_FALSE(time_error{60 * ms, 40 * ms, true}.alarm());
  CHECK(time_error{60 * ms, 40 * ms + 1, true}.alarm());
  CHECK(time_error{-60 * ms, 40 * ms + 1, true}.alarm());
  CHECK_FALSE(time_error{600 * ms, 0, false}.alarm());
}

TEST_CASE("the oldest member follows its wall clock") {
  cluster_time time;
  meter::cluster_clock clock(0, epoch);
  CHECK(time.error_of(clock, second, epoch + second + ms).offset_ns == ms);
  time.steer(clock, second, epoch + second + ms);
  CHECK(clock.offset_ns() == ms);
  CHECK(clock.ppm() == 500);
}

TEST_CASE("who cannot tell the oldest member's time goes on evenly") {
  cluster_time time;
  meter::cluster_clock clock(0, epoch);
  clock.follow(0, epoch + 10 * second, 0);
  CHECK(clock.ppm() == 50'000);
  time.follow(a);
  auto before = clock.at(second);
  time.steer(clock, second, epoch + 3600 * second);
  CHECK(clock.at(second) == before);
  CHECK(clock.at(2 * second) == before + second);
}

TEST_CASE("clocks agree soon, the bound is true, and time never steps") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 chance(seed);
    auto any = [&](std::int64_t most) {
      return static_cast<std::int64_t>(chance()
                                       % static_cast<std::uint64_t>(most));
    };
    // The first is stepped by more than a second (a wall clock set by hand),
    // and slews; the second has the time from it, then from a third.
    machine first(any(second), any(200) - 100, epoch);
    machine third(any(second), any(200) - 100, epoch + any(80 * ms));
    machine mine(any(second), any(200) - 100, epoch + any(900 * ms));
    auto step = any(1400 * ms);
    cluster_time time;
    cluster_time none;
    time.follow(a);
    std::int64_t last = mine.time(0);
    for (std::int64_t t = 0; t < 120 * second; t += 500 * ms) {
      if (t == 60 * second)
        time.follow(b);
      for (auto* other : {&first, &third}) {
        auto there = any(3 * ms);
        auto back = any(3 * ms);
        auto held = any(400 * ms);
        auto t1 = t - back; // when the other one spoke
        auto t0 = t1 - held - there;
        if (t0 < 0)
          continue;
        time.heard(other == &first ? a : b, mine.mono(t),
                   mine.mono(t) - mine.mono(t0), held, other->time(t1),
                   other->clock.ppm());
      }
      const auto& right = t < 60 * second ? first : third;
      auto error = time.error_of(mine.clock, mine.mono(t), 0);
      auto truth = right.time(t) - mine.time(t);
      if (error.known)
        CHECK(std::abs(error.offset_ns - truth) <= error.bound_ns);
      if (t > 30 * second && t != 60 * second
          && (t < 60 * second || t > 90 * second))
        CHECK(std::abs(truth) < 10 * ms);
      if (t % second == 0) {
        time.steer(mine.clock, mine.mono(t), 0);
        none.steer(first.clock, first.mono(t),
                   epoch + t + (t > 10 * second ? step : 0));
        none.steer(third.clock, third.mono(t), epoch + t);
      }
      auto now = mine.time(t);
      if (t > 0) {
        CHECK(now - last > 440 * ms);
        CHECK(now - last < 560 * ms);
      }
      last = now;
    }
  }
}
