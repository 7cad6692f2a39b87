// A fact that any node may change and all nodes have to know: an app that was
// made at run time. Pure.
#pragma once

#include "actors/state/cluster/life.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidewire::cluster {

/// One form of a row. Whoever changes a row gives it the next version; two
/// nodes that do so without knowing of each other give the same one.
struct row_stamp {
  std::uint64_t version = 0;
  life writer;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend auto operator<=>(const row_stamp&, const row_stamp&) = default;
};

/// Immutable: a change makes another one of it, which says what it was made
/// from. What was deleted stays as a row, so that who was away learns of it.
struct shared_row {
  static constexpr std::size_t max_known = 8;

  std::string id;
  row_stamp stamp;
  bool gone = false;
  std::string value; ///< empty if it is gone

  /// The last form of each other writer that it was made from; and every form
  /// up to `floor`, whoever wrote it.
  std::vector<row_stamp> known;
  std::uint64_t floor = 0;

  /// It is that form, or was made from it.
  bool follows(const row_stamp& what) const noexcept;

  /// Of the whole row, in every process the same.
  std::uint64_t hash() const noexcept;

  friend bool operator==(const shared_row&, const shared_row&) = default;
};

/// The form of a row that comes after `before`, if there was one.
shared_row next_form(const shared_row* before, std::string id,
                     const life& writer);

/// Which of two forms of one row holds: everywhere the same, in whatever order
/// they come.
bool outranks(const shared_row& a, const shared_row& b) noexcept;

/// Neither was made from the other, and they do not say the same: whoever
/// wrote the lesser one has to be told that it is dropped.
bool clash(const shared_row& a, const shared_row& b) noexcept;

} // namespace tidewire::cluster
