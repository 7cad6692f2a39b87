// Whose cap it is, and what became of it.
#pragma once

#include "actors/state/meter/cap_state.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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

/// All that a cap remembers: the same state can be made of it elsewhere.
struct cap_memory {
  cap_row row; ///< its last one
  std::optional<tick> below_since;

  friend bool operator==(const cap_memory&, const cap_memory&) = default;
};

/// How the caps of a cap_book stood at a tick, whatever is not as if it had
/// never been met.
struct book_memory {
  tick at;
  std::vector<cap_memory> caps; ///< by subject
  /// Caps on broadcasts of which the month is not known; by subject.
  std::vector<cap_subject> unsure;
  /// This month's broadcasts of apps where they are known and wanted; by id.
  std::vector<std::pair<std::string, std::uint64_t>> broadcasts;

  friend bool operator==(const book_memory&, const book_memory&) = default;
};

/// `app` or `account`.
constexpr std::string_view name_of(cap_subject::scope of) noexcept {
  return of == cap_subject::scope::app ? "app" : "account";
}

/// `app/1/connections`.
inline std::string path_of(const cap_subject& whose) {
  return std::string{name_of(whose.of)} + '/' + whose.name + '/'
         + std::string{name_of(whose.kind)};
}

} // namespace tidewire::meter
