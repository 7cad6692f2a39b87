// What the meter states of an app at a tick.
#pragma once

#include "actors/state/meter/tick.hpp"
#include "messages/lifecycle.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace tidewire::meter {

/// What is at an instant. It stays until it is stated anew.
struct levels {
  std::uint64_t open = 0; ///< the gauge
  /// Of `open`, what is not billed: all of an internal app, and where the app
  /// says so those that are not authorised.
  std::uint64_t unbilled = 0;
  /// Not accepted yet, because the app demands authorisation; not in `open`.
  std::uint64_t unauthorized = 0;
  std::uint64_t users = 0; ///< distinct users of the open connections

  std::uint64_t billable() const noexcept { return open - unbilled; }
  levels& operator+=(const levels& x) noexcept;
  friend bool operator==(const levels&, const levels&) = default;
};

/// What happened in a length of time. Lengths add up.
struct counts {
  std::uint64_t opened = 0;
  std::array<std::uint64_t, close_reasons> closed{};
  std::array<std::uint64_t, refuse_reasons> refused{};
  std::uint64_t broadcasts = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t bytes = 0; ///< written to sockets

  static constexpr std::size_t size = 4 + close_reasons + refuse_reasons;

  /// All of them in a fixed order, for codecs and sums.
  std::array<std::uint64_t, size> values() const noexcept;
  static counts of(const std::array<std::uint64_t, size>& values) noexcept;

  counts& operator+=(const counts& x) noexcept;
  friend bool operator==(const counts&, const counts&) = default;
};
static_assert(sizeof(counts) == 8 * counts::size,
              "a new count has to be added in values() and of() as well");

/// All that is said of one app (or of all apps) at one tick.
struct tick_figures {
  levels now; ///< at the tick's end
  /// The least and the most open at any instant of the tick, the one it begins
  /// with included; of all apps, of their sum.
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;
  /// Connection-time within the tick. Rounded so that the sum over any ticks
  /// of an author is the true time less than 1 ms off.
  std::int64_t connection_ms = 0;
  std::int64_t unbilled_ms = 0; ///< of these, not billed
  counts did;

  /// A tick in which nothing happened.
  static tick_figures idle(const levels& now) noexcept {
    return {.now = now,
            .lowest = now.open,
            .highest = now.open,
            .connection_ms = static_cast<std::int64_t>(now.open) * 1000,
            .unbilled_ms = static_cast<std::int64_t>(now.unbilled) * 1000,
            .did = {}};
  }
  friend bool operator==(const tick_figures&, const tick_figures&) = default;
};

/// The row (app, author, tick); the author is who sends or stores it.
struct app_tick {
  app_id app;
  tick_figures figures;

  friend bool operator==(const app_tick&, const app_tick&) = default;
};

/// One tick of one author: it is known, and these apps changed in it, by id;
/// `all_apps` is the first if any did. The figures of all apps are the sum of
/// its apps', apart from lowest and highest, and from refusals of handshakes
/// that named no app.
///
/// An app that is not listed stands as it stood at the tick before, idle; one
/// never listed, at zero. `restated`: an app that is not listed stands at zero.
/// That is so at the first tick of a life, of a UTC day, and after a tick that
/// the author could not state or store, so what a reader has to look back at
/// for an author never reaches over an unknown tick or a day's begin.
struct tick_block {
  tick at;
  bool restated = false;
  std::vector<app_tick> apps;

  friend bool operator==(const tick_block&, const tick_block&) = default;
};

} // namespace tidewire::meter
