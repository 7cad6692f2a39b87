// Lives that are over, how that is known, and that nobody forgets it.
#pragma once

#include "actors/state/cluster/life.hpp"
#include "actors/state/meter/tick.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// How a life ended. Numbers are of the wire. Silence is not among them.
enum class ending : std::uint8_t {
  left = 1,      ///< it said goodbye
  refused = 2,   ///< proof: redialled, nobody listens where it answered before
  replaced = 3,  ///< proof: another incarnation has its name
  forgotten = 4, ///< no proof: an operator said so
};

inline constexpr std::uint64_t max_ending = 4;

/// `left`, `refused`, …: for logs and commands.
std::string_view word(ending how) noexcept;

/// The end of a life. Final: should the life be heard again, it is told so and
/// has to begin anew.
struct ended_life {
  life who;
  ending how = ending::left;
  meter::cluster_ns at = 0; ///< when it was found, in the finder's time
  std::string by;           ///< the node that found it

  friend bool operator==(const ended_life&, const ended_life&) = default;
};

/// The ends that are known. Nodes that have told each other hold the same.
class ended_book {
public:
  /// More are not kept; the one found first goes first.
  static constexpr std::size_t most = 1024;

  /// True if the life was not known to have ended. Of two accounts of the same
  /// end the earlier one stays, on every node.
  bool add(ended_life what);

  bool has(const life& who) const { return all_.count(who) != 0; }
  const ended_life* find(const life& who) const;
  std::vector<ended_life> list() const; // by life

private:
  std::map<life, ended_life> all_;
};

} // namespace tidewire::cluster
