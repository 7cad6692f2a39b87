// What WEBHOOKS of one node tells that of another: what it has announced. Pure.
#pragma once

#include "actors/state/cluster/record.hpp"
#include "messages/place.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// Facts about channels that the receiver owns from now on.
inline constexpr record_kind announced_here_kind = 34;
/// The same about channels that it would own next: to be kept.
inline constexpr record_kind announced_copy_kind = 35;
/// That was all, as of a view.
inline constexpr record_kind announced_all_kind = 36;
/// What was handed over up to that number is in good hands.
inline constexpr record_kind announced_taken_kind = 41;

/// A channel was announced as occupied, or a user as present in it, or that is
/// so no more.
struct announced_fact {
  std::string app; ///< its id
  std::string channel;
  std::string user; ///< empty: the occupancy
  bool so = true;
  /// A departure is announced after so long, unless somebody comes back.
  std::optional<std::uint64_t> departs_ms = {};
  /// The receiver was not in one view with whoever announced it, and may have
  /// announced otherwise meanwhile. In a copy: somebody else may have, so that
  /// it is to be announced again if it is so.
  bool apart = false;

  friend bool operator==(const announced_fact&,
                         const announced_fact&) = default;
};

/// What it is called when nodes ask each other what they have taken over.
std::string key_of(const announced_fact& what);

/// One record of them.
struct announced_facts {
  std::uint64_t number = 0; ///< of those that are to be taken; else 0
  std::vector<announced_fact> facts;
};

/// Writes them as records of at most about `channel_piece_bytes`, which have
/// that number and those after it, or none.
std::vector<std::string> write(const std::vector<announced_fact>& all,
                               std::uint64_t number = 0);

/// Nothing if it is not such a record from beginning to end.
std::optional<announced_facts> read_announced(std::string_view bytes);

std::string write_announced_all(std::uint64_t view);
std::optional<std::uint64_t> read_announced_all(std::string_view bytes);
std::string write_announced_taken(std::uint64_t number);
std::optional<std::uint64_t> read_announced_taken(std::string_view bytes);

/// Copies of what others have announced about channels that would be ours next.
/// Belongs to WEBHOOKS.
class announced_copies {
public:
  using chooser =
      std::function<bool(std::string_view app, std::string_view channel)>;
  using left_over = std::function<bool(node_number from)>;

  /// The node is the one that says so.
  void apply(const announced_fact& what, node_number from);

  /// It tells everything anew.
  void forget(node_number from);

  /// Takes out what is `ours` now, occupancies first, and what whoever says so
  /// has `left`, for the owner, who may not know of it; and forgets what is not
  /// ours `next` either. Behind what is in doubt it says that it may not be so.
  std::vector<announced_fact> choose(const chooser& ours, const chooser& next,
                                     const left_over& left);

  std::size_t channels() const noexcept { return kept_.size(); }

private:
  struct copy {
    node_number from = 0;
    bool doubted = false;
  };

  // By app and channel: users, the empty one for the occupancy, and who says
  // so.
  std::map<std::pair<std::string, std::string>, std::map<std::string, copy>>
      kept_;
};

} // namespace tidewire::cluster
