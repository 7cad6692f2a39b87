// May a newcomer come in? What the caps say.
#pragma once

#include "actors/state/meter/cap_state.hpp"

#include <optional>

namespace tidewire::meter {

/// How a cap stands, as the reactors know it.
struct cap_view {
  cap_level level = cap_level::ok;
  when_over over = when_over::refuse_4100;
};

/// What is known when a newcomer, or a broadcast, asks.
struct cap_views {
  cap_view app;                    ///< its own tier
  std::optional<cap_view> account; ///< the account's, over the sum
  /// While an episode or a drain of the app is open, as many newcomers as this
  /// are let in whatever the state, and refusals are 4100 (design §6).
  bool moving = false;
  std::uint64_t outstanding = 0;
};

struct admission {
  bool admitted = true;
  std::uint16_t close_code = 0; ///< 4100 or 4004 if refused (protocol)
  bool by_account = false;      ///< whose cap it was

  friend bool operator==(const admission&, const admission&) = default;
};

/// Whether a connection may be accepted. The app's own cap is asked first; a
/// cap never closes what is open.
admission admit(const cap_views& caps) noexcept;

/// Whether a broadcast is taken; if not it is answered with 403.
bool may_broadcast(const cap_views& caps) noexcept;

/// Whether an account may have one more app.
bool may_add_app(const account& of, std::size_t apps) noexcept;

} // namespace tidewire::meter
