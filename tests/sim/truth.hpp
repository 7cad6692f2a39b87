// The generator's record: what really was. Written by the world as it happens,
// never by anything that is tested.
#pragma once

#include "tests/sim/network.hpp"
#include "tests/sim/time.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace tidewire::sim {

/// Apps of every world, and all of them together.
inline constexpr std::uint32_t apps = 3;
inline constexpr std::uint32_t limited_app = 1; ///< the one with a hard limit
inline constexpr std::uint32_t all = apps;

inline constexpr const char* app_names[apps + 1] = {"7", "12", "3", "all"};

/// One WebSocket, from its acceptance to its end.
struct socket_record {
  std::uint32_t client;
  std::uint32_t app;
  process where;
  instant opened;
  instant closed = never;
};

/// How many were open at least and at most in a length of time.
struct bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;

  bounds& operator+=(const bounds& x) noexcept {
    least += x.least;
    most += x.most;
    return *this;
  }
};

class truth {
public:
  using socket = std::uint32_t;

  socket opened(std::uint32_t client, std::uint32_t app, process where,
                instant at);
  /// Closing twice changes nothing.
  void closed(socket which, instant at);
  /// The process is dead: so are its sockets.
  void died(process which, instant at);

  /// Open now; of one process or in the cluster.
  std::int64_t open(std::uint32_t app) const noexcept { return open_[app]; }
  std::int64_t open(std::uint32_t app, process where) const noexcept;

  /// Of one process within [from, to].
  bounds within(std::uint32_t app, process where, instant from,
                instant to) const noexcept;

  /// How many of those that were open there at `from` are closed by `to`.
  std::int64_t ended(std::uint32_t app, process where, instant from,
                     instant to) const noexcept;

  /// The most that ever were open at once in the cluster.
  std::int64_t peak(std::uint32_t app) const noexcept { return peak_[app]; }

  /// The most within [from, to].
  std::int64_t peak(std::uint32_t app, instant from, instant to) const noexcept;

  /// How many were opened within [from, to].
  std::int64_t openings(std::uint32_t app, instant from,
                        instant to) const noexcept;

  const std::vector<socket_record>& sockets() const noexcept {
    return sockets_;
  }

private:
  struct level {
    instant since;
    std::int64_t open;
  };
  using line = std::vector<level>;

  void change(std::uint32_t app, process where, std::int64_t by, instant at);
  static void put(line& x, std::int64_t open, instant at);
  static bounds within(const line& x, instant from, instant to) noexcept;

  std::vector<socket_record> sockets_;
  std::array<std::int64_t, apps + 1> open_{};
  std::array<std::int64_t, apps + 1> peak_{};
  std::array<line, apps + 1> sums_;
  std::vector<std::array<line, apps + 1>> lines_; // by process
};

} // namespace tidewire::sim
