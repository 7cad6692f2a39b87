// Whose cap it is, and what became of it.
#pragma once

#include "actors/state/meter/cap_state.hpp"

#include <cstdint>
#include <string>

namespace tidewire::meter {

/// Whose cap it is.
struct cap_subject {
  enum class scope : std::uint8_t { app, account };

  scope of = scope::app;
  std::string name; ///< the app's id, or the account's name
  cap_kind kind = cap_kind::connections;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend auto operator<=>(const cap_subject&, const cap_subject&) = default;
};

/// One transition, with whose it is.
struct cap_row {
  cap_subject whose;
  cap_transition what;

  friend bool operator==(const cap_row&, const cap_row&) = default;
};

/// `app` or `account`.
constexpr std::string_view name_of(cap_subject::scope of) noexcept {
  return of == cap_subject::scope::app ? "app" : "account";
}

} // namespace tidewire::meter
