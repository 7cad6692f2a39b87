// The plans, nodes and letters of the world of caps.
#pragma once

#include "actors/state/cluster/cap_council.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace tidewire::cluster::testing::caps {

inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::int64_t step_ns = 100 * ms;
inline constexpr std::int64_t epoch = 1'794'268'800;
inline constexpr std::size_t nodes = 4;
inline constexpr std::array apps{"a", "b", "c"};

inline meter::cap_plans plans() {
  meter::cap_plans out;
  out.tiers = {{.name = "short", .connections = 20, .grace_seconds = 15},
               {.name = "long", .connections = 40, .grace_seconds = 60}};
  out.apps = {{"a", "short", "", false},
              {"b", "long", "", false},
              {"c", "", "acme", false}};
  out.accounts = {{.name = "acme", .tier = "short", .apps = {}}};
  return out;
}

using name = std::pair<std::string, std::int64_t>; // path, tick

inline name name_of_row(const meter::cap_row& row) {
  return {path_of(row.whose), row.what.at.number};
}

struct process {
  life who;
  std::unique_ptr<meter::cap_book> book;
  std::unique_ptr<cap_council> council;
  meter::tick fed;
  bool first = true; // its next tick is its first
  std::int64_t lag_ns = 0;
};

struct letter {
  std::int64_t at_ns;
  life from, to;
  std::uint64_t link;
  record_kind kind;
  std::string bytes;
};

} // namespace tidewire::cluster::testing::caps
