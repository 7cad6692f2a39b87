// What really happened, kept socket by socket, and what follows from it by
// counting alone.
#pragma once

#include "actors/state/meter/cap_state.hpp"
#include "actors/state/meter/statement.hpp"

#include <array>
#include <optional>
#include <vector>

namespace tidewire::meter::testing {

inline constexpr int apps = 3;     // the last one is internal
inline constexpr int all = apps;   // a subject: all of them
inline constexpr int subjects = 4; // apps and all

/// When something happened: in a tick, at an instant.
struct moment {
  tick at;
  cluster_ns ns = 0;
};

struct socket_truth {
  int app;
  moment opened;
  std::optional<moment> closed;

  bool open_at(tick t) const {
    return opened.at <= t && (!closed || closed->at > t);
  }
};

struct refusal_truth {
  std::optional<int> app; // nothing: the handshake named none
  tick at;
};

struct broadcast_truth {
  int app;
  tick at;
  std::uint64_t number;
};

/// The figures that the meter should state.
struct tick_truth {
  std::int64_t open = 0, lowest = 0, highest = 0, unbilled = 0;
  std::int64_t connection_ms = 0, unbilled_ms = 0;
  std::int64_t opened = 0, closed = 0, refused = 0, broadcasts = 0;
};

/// One incarnation of a node.
struct life_truth {
  author who;
  bool ended = false;
  std::vector<socket_truth> sockets;
  std::vector<refusal_truth> refusals;
  std::vector<broadcast_truth> broadcasts;
  std::vector<tick> stated; // in order, stored or not
  std::vector<tick> stored; // what the disk has

  bool has(tick t) const;
  /// By place in `stated`, by subject.
  std::vector<std::array<tick_truth, subjects>> figures() const;
};

/// All lives of all nodes, from which statements are made by the book.
struct truth {
  std::vector<life_truth> lives;

  struct instant {
    bool known = false, partly = false;
    std::array<tick_truth, subjects> sum{};
  };
  /// By tick from `first` to `last`.
  std::vector<instant> instants(tick first, tick last) const;
};

/// Of the subjects' sum; `samples` is where the interval's samples are.
statement state_by_the_book(const std::vector<truth::instant>& instants,
                            window over, std::int64_t interval,
                            const std::vector<int>& of);

/// The level at each known tick, found from the whole history.
std::vector<cap_level> levels_by_the_book(const cap_rule& rule,
                                          const std::vector<tick>& ticks,
                                          const std::vector<std::uint64_t>& v);

} // namespace tidewire::meter::testing
