// What time it is for the oldest member, as this node can tell.
#pragma once

#include "actors/state/cluster/life.hpp"
#include "actors/state/meter/cluster_clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace tidewire::cluster {

/// How far off this node's cluster clock is.
struct time_error {
  /// The oldest member's time minus this node's; the wall clock's minus this
  /// node's on the oldest member itself.
  std::int64_t offset_ns = 0;
  /// The offset is right to within this, unless the oldest member's clock has
  /// got another rate since it last spoke; 0 on the oldest member.
  std::int64_t bound_ns = 0;
  /// False while the oldest member's time is not known yet.
  bool known = false;

  /// More than this is an alarm (design §6).
  static constexpr std::int64_t alarm_ns = 100'000'000;
  bool alarm() const noexcept {
    return known
           && (offset_ns < 0 ? -offset_ns : offset_ns) + bound_ns > alarm_ns;
  }
};

/// Learns from the round trips of heartbeats: of the last ones with a peer the
/// quickest tells best, because what is not known is where in the round trip
/// the other one's clock was read. Only `steer` moves a clock, by its rate;
/// whoever is oldest, nothing steps. All times in ns, monotonic unless said.
class cluster_time {
public:
  /// How many round trips with each peer are kept.
  static constexpr std::size_t kept = 8;

  /// A clock keeps each rate for so long, so that who hears its heartbeats more
  /// often is told of all of them.
  static constexpr std::int64_t steered_ns = 600'000'000;

  /// `who` has spoken: when it did, its clock showed `their_time` and ran
  /// `their_ppm` faster than its monotonic clock. A round trip ended with it,
  /// of which `held_ns` passed on the other side; one that cannot be, or of
  /// less than 0 because it is not known, does not count.
  void heard(const life& who, std::int64_t now_ns, std::int64_t round_trip_ns,
             std::int64_t held_ns, meter::cluster_ns their_time,
             std::int64_t their_ppm);

  void forget(const life& who) { peers_.erase(who); }

  /// Whose time counts from now on: nothing if this node is the oldest.
  void follow(std::optional<life> oldest) { oldest_ = std::move(oldest); }
  const std::optional<life>& oldest() const noexcept { return oldest_; }

  /// Has a clock slewed towards the time that counts, about once per second. A
  /// node that cannot tell it goes on at the rate it has.
  void steer(meter::cluster_clock& clock, std::int64_t now_ns,
             std::int64_t wall_ns) const;

  /// What `steer` would make up.
  time_error error_of(const meter::cluster_clock& clock, std::int64_t now_ns,
                      std::int64_t wall_ns) const;

  /// How far ahead of `clock` another node's is, as near as can be said.
  std::optional<std::int64_t> ahead_ns(const life& who,
                                       const meter::cluster_clock& clock,
                                       std::int64_t now_ns) const;

  /// The quickest of the round trips kept, without what was held; for people.
  std::optional<std::int64_t> round_trip_ns(const life& who) const;

private:
  struct sample {
    std::int64_t at_ns = 0;     // when it ended here
    meter::cluster_ns time = 0; // the other's when it spoke
    std::int64_t ppm = 0;
    std::int64_t way_ns = -1; // the round trip without what was held; < 0: none
    std::int64_t unsure_ns = 0; // by which that may be wrong
  };
  struct peer {
    std::array<sample, kept> samples;
    std::size_t heard = 0; // so many in all
    const sample& newest(std::size_t i) const noexcept {
      return samples[(heard - 1 - i) % kept];
    }
  };
  struct estimate {
    meter::cluster_ns time;
    std::int64_t ppm;
    std::int64_t bound_ns;
  };

  std::optional<estimate> time_of(const life& who, std::int64_t now_ns) const;

  std::map<life, peer> peers_;
  std::optional<life> oldest_;
};

} // namespace tidewire::cluster
