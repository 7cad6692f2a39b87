// Why the gauge of an app is what it is: rows that add up to it.
#pragma once

#include "actors/commands/answer.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tidewire::usage {

/// How many belong to each of some bands; a band begins where the one before it
/// ends.
struct band {
  std::string_view name;
  std::int64_t below; ///< the first value that is beyond it
};

inline constexpr std::int64_t no_end = INT64_MAX;

inline constexpr std::array age_bands{
    band{"under 10 s", 10},    band{"10 s to 1 min", 60},
    band{"1 to 10 min", 600},  band{"10 min to 1 h", 3600},
    band{"1 to 6 h", 21'600},  band{"6 h to 1 d", 86'400},
    band{"1 to 7 d", 604'800}, band{"over 7 d", no_end}};

inline constexpr std::array silence_bands{
    band{"under 10 s", 10},    band{"10 to 30 s", 30},
    band{"30 s to 1 min", 60}, band{"1 to 2 min", 120},
    band{"2 to 5 min", 300},   band{"over 5 min", no_end}};

inline constexpr std::array channel_bands{
    band{"none", 1},     band{"1", 2},           band{"2 to 5", 6},
    band{"6 to 20", 21}, band{"21 to 100", 101}, band{"over 100", no_end}};

/// What a reactor has to say. It counts those that were open at one instant,
/// and looks at them a portion at a time: one that has ended before it was
/// looked at is counted, but nothing else is known of it.
class explanation_part {
public:
  /// The instant: so many are open, and the youngest socket has this serial
  /// number. Times in ns of the reactor's clock.
  void freeze(std::uint64_t open, std::uint64_t serial, std::int64_t now_ns);
  bool frozen() const noexcept { return frozen_; }

  /// Whether it was open then, and has not been looked at.
  bool wants(std::uint64_t serial, std::int64_t opened_ns);

  /// One that it wants; how long it has been silent now.
  void look(std::int64_t opened_ns, std::int64_t silent_ns,
            std::size_t channels, const std::string* user);
  void look_at_channel(const std::string& name) { ++channels_[name]; }

  std::uint64_t open() const noexcept { return open_; }
  std::uint64_t seen() const noexcept { return seen_; }

private:
  friend class explanation;

  bool frozen_ = false;
  std::uint64_t open_ = 0, serial_ = 0, seen_ = 0, without_user_ = 0;
  std::int64_t at_ns_ = 0;
  std::unordered_set<std::uint64_t> looked_;
  std::array<std::uint64_t, age_bands.size()> ages_{};
  std::array<std::uint64_t, silence_bands.size()> silences_{};
  std::array<std::uint64_t, channel_bands.size()> subscriptions_{};
  std::unordered_map<std::string, std::uint64_t> users_, channels_;
};

/// All reactors of a node together.
class explanation {
public:
  explicit explanation(std::vector<explanation_part> parts);

  std::uint64_t gauge() const noexcept { return gauge_; }

  /// Each table's `connections` add up to the gauge, but for the channels: a
  /// connection may be in several, or in none.
  std::vector<commands::section> sections(std::string_view node,
                                          std::size_t top) const;

private:
  std::vector<explanation_part> parts_;
  std::uint64_t gauge_ = 0, seen_ = 0;
};

} // namespace tidewire::usage
