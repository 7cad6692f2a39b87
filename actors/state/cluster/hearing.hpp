// Who hears whom, and the view that follows from it.
#pragma once

#include "actors/state/cluster/view.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tidewire::cluster {

/// What one life says of itself in each heartbeat. Only its author writes it;
/// others pass it on as it is.
struct hearing_row {
  life who;
  /// Of the author's heartbeats; the row with the greater number is newer.
  std::uint64_t number = 0;
  std::uint32_t stay = 1;
  std::uint16_t reactors = 1;
  bool draining = false;
  /// It has found its place in the order; until then it ranks behind all that
  /// have, so that a newcomer never pushes a member out or becomes the oldest.
  bool settled = false;
  meter::cluster_ns age = 0; // cluster time at which its stay began
  std::string address;
  /// The view it acts by.
  std::uint64_t view_hash = 0;
  std::vector<life> hears;    // in order; without itself
  std::vector<life> suspects; // those of `hears` that have been silent a while

  bool hears_life(const life& other) const noexcept;
  bool suspects_life(const life& other) const noexcept;

  friend bool operator==(const hearing_row&, const hearing_row&) = default;
};

/// All that a view follows from. Nodes with equal matrices have equal views.
struct hearing_matrix {
  std::map<life, hearing_row> rows;
  /// The stay of a life that some view has left out. It, and those before it,
  /// are not let in again: who comes back does so with a new stay.
  std::map<life, std::uint32_t> struck;

  /// False if there is an equal or newer row, which stays.
  bool put(hearing_row row);

  /// False if that was known.
  bool strike(const life& who, std::uint32_t stay);

  friend bool operator==(const hearing_matrix&,
                         const hearing_matrix&) = default;
};

/// Whether `a` ranks before `b`: settled ones first, then by age; names decide
/// between equal ages.
bool ranks_before(const hearing_row& a, const hearing_row& b) noexcept;

/// Oldest first, a life is in if it and all already in hear each other both
/// ways (design §5). No two lives of one name are in. Empty without rows.
view view_of(const hearing_matrix& all);

/// One reason why a life is not in a view.
struct hindrance {
  life member;
  bool hears_it = false; // the member hears the life
  bool heard = false;    // the life hears the member

  friend bool operator==(const hindrance&, const hindrance&) = default;
};

/// Why `who` is not in `in`: the members with which hearing lacks, oldest
/// first. Nothing for a member, and for one whose stay was left out before.
std::vector<hindrance> hindrances_of(const hearing_matrix& all, const view& in,
                                     const life& who);

} // namespace tidewire::cluster
