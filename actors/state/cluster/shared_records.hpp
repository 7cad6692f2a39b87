// What nodes tell each other of shared rows: how they stand in sum, which forms
// they have, and the rows themselves.
#pragma once

#include "actors/state/cluster/record.hpp"
#include "actors/state/cluster/shared_row.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

inline constexpr record_kind shared_digest_kind = 128;
inline constexpr record_kind shared_held_kind = 129;
inline constexpr record_kind shared_told_kind = 130;
inline constexpr record_kind shared_taken_kind = 131;
/// What a node's configuration file defines (file_notes.hpp).
inline constexpr record_kind file_notes_kind = 132;

/// A longer row is not made.
inline constexpr std::size_t max_row_value = std::size_t{512} * 1024;
inline constexpr std::size_t max_row_id = 1024;

/// Rows are compared in parts, by a hash of their ids.
inline constexpr std::size_t row_parts = 64;

std::size_t part_of(std::string_view id) noexcept;

/// The hashes of all rows of each part, added up. Equal: nothing is missing.
struct shared_digest {
  std::array<std::uint64_t, row_parts> parts{};

  friend bool operator==(const shared_digest&, const shared_digest&) = default;
};

/// Which forms its sender has of the rows of one part whose ids are greater
/// than `after`, up to and including `until`; an empty one: to the end. Of a
/// row that is not listed it has none. Behind the last one, whoever is told
/// answers with rows, and at their end with its digest.
struct shared_held {
  struct entry {
    std::string id;
    std::uint64_t version = 0;
    std::uint64_t hash = 0;

    friend bool operator==(const entry&, const entry&) = default;
  };

  std::uint8_t part = 0;
  std::string after;
  std::string until;
  bool last = false;
  std::vector<entry> rows; ///< by id

  friend bool operator==(const shared_held&, const shared_held&) = default;
};

/// To be answered with `shared_taken` of that number once they are in force.
struct shared_told {
  std::uint64_t number = 0;
  std::vector<shared_row> rows;

  friend bool operator==(const shared_told&, const shared_told&) = default;
};

std::string write(const shared_digest& x);
std::string write(const shared_held& x);
std::string write(const shared_told& x);
std::string write_shared_taken(std::uint64_t number);

/// `known` and `floor` of a row, for a disk.
std::string write_known(const shared_row& x);
/// False, and nothing is changed, if it is no such thing.
bool read_known(std::string_view bytes, shared_row& into);

/// Nothing if it is not such a record from beginning to end.
std::optional<shared_digest> read_shared_digest(std::string_view bytes);
std::optional<shared_held> read_shared_held(std::string_view bytes);
std::optional<shared_told> read_shared_told(std::string_view bytes);
std::optional<std::uint64_t> read_shared_taken(std::string_view bytes);

} // namespace tidewire::cluster
