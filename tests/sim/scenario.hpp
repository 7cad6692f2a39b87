// What happens in a world, as values: made from a seed, shrunk, told.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::sim {

/// What happens. `a`, `b` and `c` of its step are hosts, clients, channels or
/// lengths; they are taken modulo what there is, and a deed that makes no sense
/// any more (a crash of a host that is down) does nothing. So a scenario
/// without some of its steps is one, too.
enum class deed : std::uint8_t {
  nothing,
  // clients
  connect,     ///< client a to host b, app c
  disconnect,  ///< client a
  subscribe,   ///< client a to channel b
  unsubscribe, ///< client a from channel b
  publish,     ///< an event to channel b over host a, app c
  rush,        ///< c clients at once to host a, of the app with a hard limit
  exodus,      ///< every client of host a, but each c-th
  // network
  break_link,  ///< the link between hosts a and b is reset
  cut,         ///< nothing passes between hosts a and b
  cut_one_way, ///< nothing passes from host a to host b
  part,        ///< hosts in the mask a from those that are not
  part_one_way,
  mend,     ///< between hosts a and b
  mend_all, ///< everywhere
  slow,     ///< from host a to host b it takes c ms
  lossy,    ///< of restated records c per mille are lost, twice, or late
  // processes
  crash,   ///< kill -9 of host a
  restart, ///< host a starts, if it is down: a new incarnation
  pause,   ///< host a stops for c ms and goes on
  step,    ///< the wall clock of host a is set by c ms, b % 2: back
  drain,   ///< host a lets its clients go and leaves
  forget,  ///< an operator forgets host b on host a; b is down
};
inline constexpr std::size_t deeds = 23;

std::string_view name_of(deed x) noexcept;

struct step {
  deed what = deed::nothing;
  std::uint32_t wait_ms = 0; ///< before it
  std::uint32_t a = 0, b = 0, c = 0;

  friend bool operator==(const step&, const step&) = default;
};

/// What a world is about; a narrow one is quick.
enum class focus : std::uint8_t {
  view,     ///< who is there
  meter,    ///< rows, and the accounts of dead nodes
  permits,  ///< the hard limit
  channels, ///< joins, publishes, members
  everything,
};
inline constexpr std::size_t focuses = 5;

std::string_view name_of(focus x) noexcept;
/// The number of the one with that name; -1 if there is none.
int focus_called(std::string_view name) noexcept;

struct scenario {
  std::uint64_t seed = 0;
  focus about = focus::everything;
  std::uint32_t hosts = 3; ///< 2 to 7
  std::uint32_t clients = 24;
  std::uint32_t limit = 5;     ///< connections of the app that has a hard limit
  std::uint32_t drift_ppm = 0; ///< clocks run this much apart
  std::uint32_t skew_ms = 0;   ///< and their wall clocks
  std::uint32_t round_trip_us = 500;
  std::vector<step> steps;

  friend bool operator==(const scenario&, const scenario&) = default;
};

/// What the generator is asked for.
struct wish {
  std::uint32_t hosts = 0; ///< 0: 3 to 7, mostly 3
  std::uint32_t steps = 200;
  int about = -1; ///< a focus; -1: any that the program has
};

scenario make_scenario(std::uint64_t seed, const wish& wanted = {});

} // namespace tidewire::sim
