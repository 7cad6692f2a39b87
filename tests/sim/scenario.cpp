#include "tests/sim/scenario.hpp"

#include "tests/sim/random.hpp"

#include <numeric>

namespace tidewire::sim {

namespace {

constexpr std::array<std::string_view, deeds> deed_names{
    "nothing",     "connect", "disconnect",   "subscribe",  "unsubscribe",
    "publish",     "rush",    "exodus",       "break_link", "cut",
    "cut_one_way", "part",    "part_one_way", "mend",       "mend_all",
    "slow",        "lossy",   "crash",        "restart",    "pause",
    "step",        "drain",   "forget"};

constexpr std::array<std::string_view, focuses> focus_names{
    "view", "meter", "permits", "channels", "all"};

using weights = std::array<std::uint32_t, deeds>;

std::uint32_t& of(weights& w, deed x) {
  return w[static_cast<std::size_t>(x)];
}

// Faults come in moods, so that a world meets one kind of trouble often and
// deeply rather than every kind once.
weights mood(random& chance, focus about) {
  weights w{};
  of(w, deed::connect) = 60;
  of(w, deed::disconnect) = 40;
  of(w, deed::exodus) = 2;
  if (about == focus::channels || about == focus::everything) {
    of(w, deed::subscribe) = 60;
    of(w, deed::unsubscribe) = 20;
    of(w, deed::publish) = 50;
  }
  if (about == focus::permits || about == focus::everything)
    of(w, deed::rush) = 25;
  auto often = [&](deed x) {
    of(w, x) = static_cast<std::uint32_t>(chance.below(3) * chance.below(8));
  };
  for (auto x : {deed::break_link, deed::cut, deed::cut_one_way, deed::part,
                 deed::part_one_way, deed::slow, deed::lossy, deed::crash,
                 deed::pause, deed::step, deed::drain})
    often(x);
  // Some meet nothing but deaths: what must hold then is more.
  if (chance.chance(150))
    for (auto x : {deed::break_link, deed::cut, deed::cut_one_way, deed::part,
                   deed::part_one_way, deed::slow, deed::lossy, deed::pause,
                   deed::step, deed::drain})
      of(w, x) = 0;
  of(w, deed::mend) = of(w, deed::cut) + of(w, deed::cut_one_way);
  of(w, deed::mend_all) = of(w, deed::part) + of(w, deed::part_one_way) + 1;
  of(w, deed::restart) = of(w, deed::crash) + of(w, deed::drain) + 1;
  of(w, deed::forget) = chance.chance(100) ? 3 : 0;
  return w;
}

std::uint32_t some_wait(random& chance) {
  auto x = chance.below(100);
  auto most = x < 50 ? 40u : x < 82 ? 400u : x < 97 ? 2'000u : 9'000u;
  return static_cast<std::uint32_t>(chance.below(most));
}

deed pick(random& chance, const weights& w, std::uint64_t sum) {
  auto x = chance.below(sum);
  for (std::size_t i = 0; i < deeds; ++i) {
    if (x < w[i])
      return static_cast<deed>(i);
    x -= w[i];
  }
  return deed::nothing;
}

std::uint32_t length_of(random& chance, deed what) {
  switch (what) {
  case deed::pause:
    return static_cast<std::uint32_t>(chance.chance(700)
                                          ? chance.between(1'000, 9'000)
                                          : chance.between(9'000, 60'000));
  case deed::step:
    return static_cast<std::uint32_t>(chance.between(1, 5'000));
  case deed::slow:
    return static_cast<std::uint32_t>(chance.between(1, 800));
  case deed::lossy:
    return static_cast<std::uint32_t>(chance.below(400));
  case deed::rush:
    return static_cast<std::uint32_t>(chance.between(2, 12));
  default:
    return static_cast<std::uint32_t>(chance.below(1'000));
  }
}

} // namespace

std::string_view name_of(deed x) noexcept {
  return deed_names[static_cast<std::size_t>(x)];
}

std::string_view name_of(focus x) noexcept {
  return focus_names[static_cast<std::size_t>(x)];
}

int focus_called(std::string_view name) noexcept {
  for (std::size_t i = 0; i < focuses; ++i)
    if (focus_names[i] == name)
      return static_cast<int>(i);
  return -1;
}

scenario make_scenario(std::uint64_t seed, const wish& wanted) {
  random chance{seed};
  scenario x;
  x.seed = seed;
  x.about = static_cast<focus>(wanted.about >= 0
                                   ? static_cast<std::uint64_t>(wanted.about)
                                   : chance.below(focuses));
  x.hosts = wanted.hosts;
  if (x.hosts == 0)
    x.hosts = static_cast<std::uint32_t>(
        chance.chance(700) ? 3 : 3 + chance.below(5));
  x.limit = static_cast<std::uint32_t>(chance.between(1, 9));
  x.clients = static_cast<std::uint32_t>(chance.between(6, 24));
  x.drift_ppm = static_cast<std::uint32_t>(chance.below(200));
  x.skew_ms = static_cast<std::uint32_t>(
      chance.chance(500) ? chance.below(20) : chance.below(3'000));
  x.round_trip_us = static_cast<std::uint32_t>(
      chance.chance(500) ? 300 : chance.between(300, 40'000));
  auto w = mood(chance, x.about);
  auto sum = std::accumulate(w.begin(), w.end(), std::uint64_t{0});
  x.steps.reserve(wanted.steps);
  for (std::uint32_t i = 0; i < wanted.steps; ++i) {
    step s;
    s.what = pick(chance, w, sum);
    s.wait_ms = some_wait(chance);
    s.a = static_cast<std::uint32_t>(chance.below(840)); // divided by 1 to 8
    s.b = static_cast<std::uint32_t>(chance.below(840));
    s.c = length_of(chance, s.what);
    x.steps.push_back(s);
  }
  return x;
}

} // namespace tidewire::sim
