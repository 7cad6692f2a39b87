// How many bytes a minute takes: churn simulated connection by connection.
#include "actors/state/meter/journal.hpp"
#include "actors/state/meter/meter_state.hpp"
#include "actors/state/meter/minute_fold.hpp"
#include "tests/catch.hpp"

#include <random>

using namespace tidewire;
using namespace tidewire::meter;

namespace {

struct sizes {
  std::size_t minute = 0; // of the app, the largest of some minutes
  std::size_t block = 0;  // of a tick with the app and all apps
};

// `churn` openings and as many closings a second, at random instants, of an
// app that has `open` on average, and `ramp` more openings than closings.
sizes churned(std::uint64_t open, int churn, int ramp = 0) {
  constexpr std::int64_t epoch = 1'800'000'000 - 1'800'000'000 % 60;
  std::mt19937_64 random{1};
  sizes most;
  meter_state meter{tick{epoch - 1}.ends()};
  meter.name(0, {"1"});
  std::array<std::uint64_t, 1> broadcasts{};
  app_now now{0, {.open = open, .users = open / 2}, 0, 0, 0};
  meter.read({epoch}, {&now, 1});
  minute_fold fold{{epoch / 60}, true};
  for (int i = 1; i <= 300; ++i) {
    tick t{epoch + i};
    auto instant = [&] {
      return (t - 1).ends() + 1
             + static_cast<std::int64_t>(random() % ns_per_second);
    };
    auto around = [&](int n) {
      return std::poisson_distribution{1.0 * n}(random);
    };
    auto opens = around(churn + ramp);
    auto closes = std::min(around(churn), static_cast<int>(now.now.open));
    for (auto n = opens; n > 0; --n)
      meter.note(0, {0, lifecycle::kind::opened, 0, 0, 0}, instant());
    for (auto n = closes; n > 0; --n)
      meter.note(0, {0, lifecycle::kind::closed, 0, 0, 0}, instant());
    now.now.open += static_cast<std::uint64_t>(opens - closes);
    now.now.users += static_cast<std::uint64_t>((opens - closes) / 2);
    now.broadcasts = broadcasts[0] += 1 + random() % 1000;
    now.deliveries = broadcasts[0] * 100;
    now.bytes = broadcasts[0] * 20'000;
    auto block = meter.read(t, {&now, 1}).front();
    most.block = std::max(most.block, encode(block).size());
    fold.add(block);
    if (i % 60 == 0) {
      auto page = fold.page();
      CHECK(page.known == whole_minute);
      auto bytes = encode(page.apps.at({"1"}));
      CHECK(std::get<minute_record>(decode_minute(bytes))
            == page.apps.at({"1"}));
      most.minute = std::max(most.minute, bytes.size());
      fold = minute_fold{minute_of(t + 1), true};
    }
  }
  return most;
}

} // namespace

TEST_CASE(
    "an app with churn in every second takes at most 400 bytes a minute") {
  struct {
    std::uint64_t open;
    int churn, ramp;
  } cases[] = {{10, 1, 0},          {1000, 20, 0},         {10'000, 500, 0},
               {10'000, 500, 1000}, {500'000, 1200, -700}, {100'000, 5000, 0}};
  for (auto [open, churn, ramp] : cases) {
    auto most = churned(open, churn, ramp);
    WARN(open << " open, " << churn << "/s, ramp " << ramp
              << "/s: " << most.minute << " bytes a minute, " << most.block
              << " a tick of two rows");
    CHECK(most.minute <= 400);
  }
}

TEST_CASE("an idle minute that has to be restated takes a few bytes") {
  minute_record r;
  for (int i = 0; i < minute::ticks; ++i)
    r.set(i, tick_figures::idle({.open = 12'345, .users = 999}));
  CHECK(encode(r).size() <= 20);
}
