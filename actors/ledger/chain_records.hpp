// What the LEDGERs say to each other about chains: kinds 72 to 74.
#pragma once

#include "actors/ledger/chain.hpp"
#include "actors/state/cluster/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::ledger {

inline constexpr cluster::record_kind chains_kind = 72;
inline constexpr cluster::record_kind ask_entries_kind = 73;
inline constexpr cluster::record_kind entries_kind = 74;

/// How far the sender's chain of a life goes.
struct chain_standing {
  meter::author whose;
  meter::tick first;
  std::int64_t next = 0; ///< the sequence of the entry that comes next
  digest link{};         ///< of the last one; the genesis if there is none
  /// The first entry that survivors wrote; `next` if there is none.
  std::int64_t tail = 0;
  meter::tick last; ///< known to the chain

  friend bool operator==(const chain_standing&,
                         const chain_standing&) = default;
};

struct chains_told {
  std::vector<chain_standing> chains;
};

/// Which entries have you of that chain, from there on?
struct entries_asked {
  meter::author whose;
  std::int64_t from = 0;
};

/// An entry with all that its link is made of.
struct told_entry {
  entry_kind kind = entry_kind::minute;
  meter::minute at;
  meter::tick_mask known = 0;
  std::string note;
  bool tail = false;
  digest link{};
  std::vector<std::pair<std::string, std::string>> records; ///< app, bytes
};

struct entries_told {
  meter::author whose;
  meter::tick first;
  std::int64_t from = 0;
  digest before{}; ///< the link before the first of them
  std::vector<told_entry> entries;
};

std::string encode(const chains_told& x);
std::string encode(const entries_asked& x);
std::string encode(const entries_told& x);

/// Nothing if the bytes are not what they should be. What records say is not
/// looked into; links are, by who takes them.
std::optional<chains_told> decode_chains(std::string_view bytes);
std::optional<entries_asked> decode_entries_ask(std::string_view bytes);
std::optional<entries_told> decode_entries(std::string_view bytes);

inline constexpr std::size_t max_chains_at_once = 1024;
inline constexpr std::size_t max_entries_at_once = 240; ///< four hours

} // namespace tidewire::ledger
