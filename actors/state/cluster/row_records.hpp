// What the GAUGEs say to each other about rows: kinds 64 to 67.
#pragma once

#include "actors/state/cluster/life.hpp"
#include "actors/state/cluster/record.hpp"
#include "actors/state/cluster/tick_runs.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// 64: rows of one life, as it wrote them. Kinds 72 on are the LEDGERs'
/// (actors/ledger/replica_records.hpp).
inline constexpr record_kind rows_kind = 64;
inline constexpr record_kind ask_rows_kind = 65; ///< rows from a tick on
inline constexpr record_kind standing_kind = 66; ///< how a life's apps stood
inline constexpr record_kind held_kind = 67;     ///< what is known of lives

/// How a life ended; of two claims about one life the lesser one holds.
enum class end_kind : std::uint8_t {
  goodbye,  ///< its own word: its last row was its last
  dead,     ///< proved; it ends at the highest row any survivor holds
  forgotten ///< the same, but an operator says that it is gone
};

struct life_end {
  end_kind how = end_kind::dead;
  tick last; ///< after it, its part is nothing

  friend bool operator==(const life_end&, const life_end&) = default;
};

/// A life by name: the roster is in the rows. Every row that an author sends
/// names all lives that it waits for, so that nobody takes a tick for final
/// while a life is missing that any of the authors knew of.
struct named_life {
  life who;
  std::optional<tick> first; ///< its first row's, if that is known

  friend bool operator==(const named_life&, const named_life&) = default;
};

/// One row: the block's bytes as the author made them (meter::encode), and how
/// many ticks right before it the author has no row for. Then it is restated.
struct told_row {
  std::uint64_t gap = 0;
  std::string block;

  friend bool operator==(const told_row&, const told_row&) = default;
};

/// Rows of one life, ascending; by itself each second, by anyone who is asked.
struct rows_told {
  life whose;
  tick first;                     ///< of the life
  std::vector<named_life> roster; ///< whom the sender waits for, itself too
  std::vector<told_row> rows;

  friend bool operator==(const rows_told&, const rows_told&) = default;
};

/// What have you of that life from there on? Answered with `rows_told`, after
/// `standing_told` if what is asked for is not in memory any more or the asker
/// does not know how the apps stood; or not at all. Who asks asks again.
struct rows_asked {
  life whose;
  tick from;
  bool standing = false; ///< how the apps stand is not known

  friend bool operator==(const rows_asked&, const rows_asked&) = default;
};

/// How the apps of a life stood at a tick, as a restated block; no row.
struct standing_told {
  life whose;
  tick first; ///< of the life
  std::string block;

  friend bool operator==(const standing_told&, const standing_told&) = default;
};

/// What the sender has of a life. Restated whole: when a link is new, when
/// something changed, and every few seconds.
struct held_life {
  named_life life;
  tick_runs covered; ///< a row is here or on disk, or is known not to exist
  std::optional<life_end> end;
  /// The sender takes it for ended, in this way, and asks where: it will take
  /// nothing more from the life itself, and what it has is in `covered`.
  std::optional<end_kind> closing;

  friend bool operator==(const held_life&, const held_life&) = default;
};

struct held_told {
  bool answer = false; ///< the receiver is to say the same of these lives
  std::vector<held_life> lives;

  friend bool operator==(const held_told&, const held_told&) = default;
};

std::string encode(const rows_told& x);
std::string encode(const rows_asked& x);
std::string encode(const standing_told& x);
std::string encode(const held_told& x);

/// Nothing if the bytes are not what they should be. Blocks are not looked
/// into. More runs or lives than these are left out by who writes, and refused
/// by who reads.
std::optional<rows_told> decode_rows(std::string_view bytes);
std::optional<rows_asked> decode_ask(std::string_view bytes);
std::optional<standing_told> decode_standing(std::string_view bytes);
std::optional<held_told> decode_held(std::string_view bytes);

inline constexpr std::size_t max_named = 1024;
inline constexpr std::size_t max_runs = 256;
inline constexpr std::size_t max_rows_at_once = 64;

} // namespace tidewire::cluster
