// Small facts that one life states and all others keep: by key, the latest of
// each counts.
#pragma once

#include "actors/state/cluster/right_records.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace tidewire::cluster {

/// An account of one life's connections of one app: of a dead one, or of one
/// that sends its clients away.
struct episode_id {
  life gone;
  std::string app;
  bool drained = false;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend auto operator<=>(const episode_id&, const episode_id&) = default;
};

/// What a cell says; the numbers are of the wire.
enum class cell_kind : std::uint8_t {
  user = 1,       ///< app, user: a = connections here now
  lost = 2,       ///< episode: a = how many, b = the tick that says so
  opened = 3,     ///< episode: a = cluster time
  credited = 4,   ///< episode, user: a = came back here, b = known to be gone
  attributed = 5, ///< episode: a = came back here, by estimate
  in_time = 6,    ///< episode, time bucket: a = so many of the two came then
};

inline constexpr std::uint8_t last_cell_kind = 6;

/// Apps and episodes by numbers of this process.
struct cell_key {
  cell_kind kind = cell_kind::user;
  std::uint32_t subject = 0;
  std::uint64_t detail = 0; ///< hash of a user, or a time bucket

  friend bool operator==(const cell_key&, const cell_key&) = default;
};

struct cell_key_hash {
  std::size_t operator()(const cell_key& x) const noexcept;
};

struct cell_value {
  std::uint64_t a = 0;
  std::uint64_t b = 0;

  friend bool operator==(const cell_value&, const cell_value&) = default;
};

/// Numbers for apps and episodes.
class cell_names {
public:
  std::uint32_t app(std::string_view id);
  std::uint32_t episode(const episode_id& id);
  std::optional<std::uint32_t> find_app(std::string_view id) const;
  const std::string& app(std::uint32_t number) const { return apps_[number]; }
  const episode_id& episode(std::uint32_t number) const {
    return episodes_[number];
  }

private:
  std::map<std::string, std::uint32_t, std::less<>> app_numbers_;
  std::map<episode_id, std::uint32_t> episode_numbers_;
  std::deque<std::string> apps_;
  std::deque<episode_id> episodes_;
};

/// The cells of one author, as it or another life has them. Each change has a
/// number; a cell carries that of its last one. Whoever has all changes up to
/// some number needs the cells with greater ones, whole, in any order and as
/// often as they come. A cell that is zero is as good as none, and kept for a
/// while only so that others hear of it. Pure.
class cell_book {
public:
  /// All changes up to it are known here.
  std::uint64_t through() const noexcept { return through_; }

  /// Changes up to it may have been forgotten: who has not heard them all must
  /// begin anew.
  std::uint64_t forgotten() const noexcept { return forgotten_; }

  cell_value get(const cell_key& key) const noexcept;

  /// The author's: true if that changes it.
  bool set(const cell_key& key, const cell_value& value);

  /// Somebody else's: true if that changes it.
  bool take(const cell_key& key, const cell_value& value, std::uint64_t number);

  /// All changes up to that number have been taken.
  void taken(std::uint64_t through) noexcept;

  /// Zero cells whose changes are heard by all, up to that number.
  void forget_zeros(std::uint64_t through);

  /// Cells changed after a number, in the order of their changes, until `f`
  /// says no.
  void
  for_each_after(std::uint64_t after,
                 const std::function<bool(const cell_key&, const cell_value&,
                                          std::uint64_t number)>& f) const;

  template <class F>
  void for_each(F&& f) const {
    for (auto& [key, x] : cells_)
      f(key, x.value);
  }

  void clear();
  std::size_t size() const noexcept { return cells_.size(); }

private:
  struct entry {
    cell_value value;
    std::uint64_t number = 0;
  };
  struct change {
    std::uint64_t number;
    cell_key key;
  };

  void log(std::uint64_t number, const cell_key& key);

  std::unordered_map<cell_key, entry, cell_key_hash> cells_;
  std::vector<change> changes_; // by number; those that were overtaken, too
  std::size_t zeros_ = 0;
  std::uint64_t through_ = 0;
  std::uint64_t forgotten_ = 0;
};

// -- what crosses -------------------------------------------------------------

/// Cells of one author changed after `after` and up to `through`. `turn` counts
/// how often the author began anew; then what came before is void.
struct cells_record {
  struct item {
    cell_kind kind = cell_kind::user;
    std::uint32_t subject = 0; ///< in `apps` or `episodes`
    std::uint64_t detail = 0;
    cell_value value;
    std::uint64_t number = 0;
  };

  life author;
  std::uint64_t turn = 1;
  std::uint64_t after = 0;
  std::uint64_t through = 0;
  std::vector<std::string> apps;
  std::vector<episode_id> episodes;
  std::vector<item> items;
};

/// How far each author's cells have come. Who has more of one that is gone
/// sends it.
struct cells_taken {
  struct item {
    life author;
    std::uint64_t turn = 0;
    std::uint64_t through = 0;
  };
  std::vector<item> authors;
};

void write(wire_writer& out, const cells_record& x);
void write(wire_writer& out, const cells_taken& x);
std::optional<cells_record> read_cells(std::string_view bytes);
std::optional<cells_taken> read_cells_taken(std::string_view bytes);

} // namespace tidewire::cluster
