// Graces that operators give, as rows that all nodes of a cluster have.
#pragma once

#include "actors/state/cluster/shared_row.hpp"
#include "actors/state/meter/cap_subject.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire {

/// No app has an id that begins so.
inline constexpr std::string_view grace_prefix = "@grace/";

inline bool is_grace(std::string_view id) noexcept {
  return id.starts_with(grace_prefix);
}

std::string grace_id(const meter::cap_subject& whose);

/// One that is given, or, with the time 0, ended.
struct shared_grace {
  meter::cap_subject whose;
  std::int64_t until_s = 0; ///< Unix time

  friend bool operator==(const shared_grace&, const shared_grace&) = default;
};

/// Nothing if the row is not one.
std::optional<shared_grace> read_grace(const cluster::shared_row& row);

} // namespace tidewire
