// The meter's names of time and of who says what.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace tidewire::meter {

/// An app as the ledger knows it: its id in the configuration. An app_index is
/// of one process only and never stored.
struct app_id {
  std::string text;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend auto operator<=>(const app_id&, const app_id&) = default;
};

/// The rows of all apps of an author together. No app has an empty id.
inline const app_id all_apps{};

/// Who wrote a row; nobody else ever writes it (design §6).
struct author {
  std::string node;
  std::uint64_t incarnation = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend auto operator<=>(const author&, const author&) = default;
  /// Numbers differ sooner than names.
  friend bool operator==(const author& a, const author& b) noexcept {
    return a.incarnation == b.incarnation && a.node == b.node;
  }
};

/// Nanoseconds of cluster time since the Unix epoch (see cluster_clock.hpp).
using cluster_ns = std::int64_t;

inline constexpr std::int64_t ns_per_second = 1'000'000'000;
inline constexpr std::int64_t seconds_per_day = 86'400;

/// Rounds towards the past, also before 1970.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// The reading at the end of the second (number - 1, number], counted in
/// seconds of cluster time since the Unix epoch.
struct tick {
  std::int64_t number = 0;

  constexpr tick operator+(std::int64_t n) const noexcept {
    return {number + n};
  }
  constexpr tick operator-(std::int64_t n) const noexcept {
    return {number - n};
  }
  constexpr std::int64_t operator-(tick other) const noexcept {
    return number - other.number;
  }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend constexpr auto operator<=>(const tick&, const tick&) = default;

  /// The instant it is taken at, which belongs to it.
  constexpr cluster_ns ends() const noexcept { return number * ns_per_second; }
};

/// The tick that `at` is in.
constexpr tick tick_of(cluster_ns at) noexcept {
  return {floor_div(at - 1, ns_per_second) + 1};
}

/// The sixty ticks that end in (60 number, 60 number + 60].
struct minute {
  std::int64_t number = 0;

  static constexpr int ticks = 60;
  static constexpr int last_place = ticks - 1;

  constexpr tick first() const noexcept { return {number * ticks + 1}; }
  constexpr tick last() const noexcept { return {number * ticks + ticks}; }
  constexpr tick at(int place) const noexcept { return first() + place; }
  constexpr minute operator+(std::int64_t n) const noexcept {
    return {number + n};
  }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend constexpr auto operator<=>(const minute&, const minute&) = default;
};

constexpr minute minute_of(tick t) noexcept {
  return {floor_div(t.number - 1, minute::ticks)};
}

/// 0 to 59: the place of a tick in its minute, and its bit in a mask.
constexpr int place_of(tick t) noexcept {
  return static_cast<int>(t - minute_of(t).first());
}

/// A bit for each tick of a minute, bit 0 the first.
using tick_mask = std::uint64_t;

inline constexpr tick_mask whole_minute = (tick_mask{1} << minute::ticks) - 1;

constexpr tick_mask bit(int place) noexcept {
  return tick_mask{1} << place;
}

/// A day of cluster time (UTC).
struct day {
  std::int64_t number = 0;

  constexpr tick first() const noexcept {
    return {number * seconds_per_day + 1};
  }
  constexpr tick last() const noexcept {
    return {(number + 1) * seconds_per_day};
  }
  constexpr minute first_minute() const noexcept { return {number * 1440}; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend constexpr auto operator<=>(const day&, const day&) = default;
};

constexpr day day_of(tick t) noexcept {
  return {floor_div(t.number - 1, seconds_per_day)};
}

constexpr day day_of(minute m) noexcept {
  return {floor_div(m.number, 1440)};
}

} // namespace tidewire::meter
