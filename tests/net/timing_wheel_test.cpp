#include "net/timing_wheel.hpp"

#include "tests/catch.hpp"

#include <memory>
#include <random>
#include <vector>

using namespace tidewire::net;

namespace {

constexpr auto tick = timing_wheel::tick_ns;
constexpr auto round_ns = tick * static_cast<std::int64_t>(timing_wheel::slots);

// Counts how often it was called.
struct probe : timer {
  probe() : timer([](timer& t) { ++static_cast<probe&>(t).fired; }) {}
  int fired = 0;
};

} // namespace

TEST_CASE("a timer fires once, and never early") {
  for (std::int64_t start : {std::int64_t{0}, tick / 2, 7 * tick + 3})
    for (std::int64_t delay :
         {std::int64_t{1}, tick - 1, tick, tick + 1, 100 * tick + 7}) {
      CAPTURE(start, delay);
      timing_wheel wheel{start};
      probe p;
      wheel.arm(p, start + delay);
      CHECK(p.armed());
      wheel.advance(start + delay - 1);
      CHECK(p.fired == 0);
      wheel.advance(start + delay + tick);
      CHECK(p.fired == 1);
      CHECK_FALSE(p.armed());
      wheel.advance(start + delay + 2 * round_ns);
      CHECK(p.fired == 1);
    }
}

TEST_CASE("a deadline in the past fires at the next tick") {
  timing_wheel wheel{50 * tick};
  probe p;
  wheel.arm(p, 3 * tick);
  wheel.advance(50 * tick);
  CHECK(p.fired == 0);
  wheel.advance(51 * tick);
  CHECK(p.fired == 1);
}

TEST_CASE("a cancelled timer does not fire, and cancelling twice is nothing") {
  timing_wheel wheel{0};
  probe one, two;
  wheel.arm(one, tick);
  wheel.arm(two, tick);
  one.cancel();
  one.cancel();
  CHECK_FALSE(one.armed());
  wheel.advance(5 * tick);
  CHECK(one.fired == 0);
  CHECK(two.fired == 1);
}

TEST_CASE("arming again moves the deadline") {
  timing_wheel wheel{0};
  probe p;
  wheel.arm(p, 2 * tick);
  wheel.arm(p, 10 * tick);
  wheel.advance(9 * tick);
  CHECK(p.fired == 0);
  wheel.arm(p, 3 * tick); // long ago by now
  wheel.advance(10 * tick);
  CHECK(p.fired == 1);
}

TEST_CASE("a deadline of more than one round waits for its own round") {
  timing_wheel wheel{0};
  probe far, near;
  wheel.arm(far, 3 * round_ns + 5 * tick);
  wheel.arm(near, 5 * tick); // the same slot
  wheel.advance(6 * tick);
  CHECK(near.fired == 1);
  for (int i = 1; i <= 3; ++i) {
    CHECK(far.fired == 0);
    wheel.advance(i * round_ns + 4 * tick);
  }
  CHECK(far.fired == 0);
  wheel.advance(3 * round_ns + 5 * tick);
  CHECK(far.fired == 1);
}

TEST_CASE("a pause of many rounds fires everything that is due, once") {
  timing_wheel wheel{0};
  std::vector<std::unique_ptr<probe>> all;
  for (int i = 0; i < 500; ++i) {
    all.push_back(std::make_unique<probe>());
    wheel.arm(*all.back(), i * 37 * tick);
  }
  probe later;
  wheel.arm(later, 20 * round_ns);
  wheel.advance(10 * round_ns + 3);
  for (auto& p : all)
    CHECK(p->fired == 1);
  CHECK(later.fired == 0);
  wheel.advance(20 * round_ns);
  CHECK(later.fired == 1);
}

TEST_CASE("a callback may arm its own timer again") {
  struct ticker : timer {
    ticker(timing_wheel& w, std::int64_t& n)
        : timer([](timer& t) {
            auto& self = static_cast<ticker&>(t);
            ++self.fired;
            self.wheel.arm(self, self.now + tick);
          }),
          wheel(w),
          now(n) {}
    timing_wheel& wheel;
    std::int64_t& now;
    int fired = 0;
  };
  std::int64_t now = 0;
  timing_wheel wheel{0};
  ticker t{wheel, now};
  wheel.arm(t, tick);
  for (int i = 1; i <= 10; ++i) {
    now = i * tick;
    wheel.advance(now);
    CHECK(t.fired == i);
  }
}

TEST_CASE("a callback may destroy its timer and cancel others of its tick") {
  struct bomb : timer {
    explicit bomb(std::unique_ptr<bomb>& me)
        : timer([](timer& t) {
            auto& self = static_cast<bomb&>(t);
            if (self.victim)
              self.victim->cancel();
            self.own.reset();
          }),
          own(me) {}
    std::unique_ptr<bomb>& own;
    probe* victim = nullptr;
  };
  timing_wheel wheel{0};
  std::unique_ptr<bomb> one;
  one = std::make_unique<bomb>(one);
  probe victim, bystander;
  one->victim = &victim;
  wheel.arm(*one, tick);
  wheel.arm(victim, tick);
  wheel.arm(bystander, tick);
  wheel.advance(2 * tick);
  CHECK_FALSE(one);
  CHECK(victim.fired == 0);
  CHECK(bystander.fired == 1);
}

TEST_CASE("a timer may outlive its wheel, and a wheel its timers") {
  probe survivor;
  {
    timing_wheel wheel{0};
    wheel.arm(survivor, tick);
    {
      probe gone;
      wheel.arm(gone, tick);
    }
    wheel.advance(0);
  }
  CHECK_FALSE(survivor.armed());
  survivor.cancel();
  CHECK(survivor.fired == 0);
}

TEST_CASE("whatever is armed, moved and cancelled fires when it should") {
  std::mt19937_64 random{11};
  timing_wheel wheel{0};
  struct entry {
    probe p;
    std::int64_t due = -1; // not armed
    int fired = 0;
  };
  std::vector<std::unique_ptr<entry>> all;
  for (int i = 0; i < 50; ++i)
    all.push_back(std::make_unique<entry>());
  std::int64_t now = 0;
  for (int step = 0; step < 20000; ++step) {
    auto& x = *all[random() % all.size()];
    switch (random() % 3) {
    case 0:
      x.due = now + static_cast<std::int64_t>(random() % (3 * round_ns));
      wheel.arm(x.p, x.due);
      break;
    case 1:
      x.p.cancel();
      x.due = -1;
      break;
    default:
      now += static_cast<std::int64_t>(random() % (round_ns / 50));
      wheel.advance(now);
      for (auto& e : all) {
        if (e->p.fired != e->fired) {
          REQUIRE(e->p.fired == e->fired + 1);
          REQUIRE(e->due >= 0);
          REQUIRE(e->due <= now);
          ++e->fired;
          e->due = -1;
        }
        REQUIRE(e->p.armed() == (e->due >= 0));
        if (e->due >= 0)
          REQUIRE(e->due > now - 2 * tick); // nor later than the next tick
      }
    }
  }
}
