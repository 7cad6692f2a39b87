// What an operator, asked on one node, has another one do or tell: records of
// `view_kinds` that go from NODE to NODE.
#pragma once

#include "actors/state/cluster/episodes.hpp"
#include "actors/state/cluster/permits.hpp"
#include "actors/state/cluster/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

inline constexpr record_kind order_kind = 24;
inline constexpr record_kind order_answer_kind = 25;

/// Numbers are of the wire.
enum class order_verb : std::uint8_t {
  drain = 1,       ///< own nothing, take nobody, send all clients away
  undrain = 2,     ///< take that back
  send_away = 3,   ///< `count` clients, to come back elsewhere
  tell_rights = 4, ///< answer with `rights_told`
};

inline constexpr std::uint64_t last_order_verb = 4;

struct order {
  std::uint64_t number = 0; ///< of the one who asks
  order_verb what = order_verb::tell_rights;
  std::uint64_t count = 0;
  std::int64_t within_ns = 0; ///< how long it may take, paced

  friend bool operator==(const order&, const order&) = default;
};

struct order_answer {
  std::uint64_t number = 0;
  bool done = false;
  std::string sentence;    ///< why not
  std::uint64_t count = 0; ///< how many clients that concerns
  std::string bytes;       ///< what was to be told

  friend bool operator==(const order_answer&, const order_answer&) = default;
};

/// How limits and accounts stand at one node.
struct rights_told {
  std::vector<permit_standing> limits;
  std::vector<episode_summary> failovers; ///< oldest first
};

/// Of more lines than that the first ones are told.
inline constexpr std::size_t most_rights_told = 4096;

std::string bytes_of(const order& x);
std::string bytes_of(const order_answer& x);
std::string bytes_of(const rights_told& x);

/// Nothing if the bytes are not exactly one, in order and within the limits.
std::optional<order> read_order(std::string_view bytes);
std::optional<order_answer> read_order_answer(std::string_view bytes);
std::optional<rights_told> read_rights_told(std::string_view bytes);

} // namespace tidewire::cluster
