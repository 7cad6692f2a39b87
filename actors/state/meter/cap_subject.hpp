// Internal to the cap_book: an app or account and its caps.
#pragma once

#include "actors/state/meter/cap_book.hpp"

namespace tidewire::meter {

constexpr std::size_t place_of(cap_kind kind) noexcept {
  return static_cast<std::size_t>(kind);
}

inline constexpr std::array all_cap_kinds{cap_kind::connections,
                                          cap_kind::broadcasts};

struct cap_book::subject {
  /// Whether the broadcasts of the month are known.
  enum class month : std::uint8_t { known, unknown, asked };

  subject(cap_subject::scope s, std::string n, number i)
      : of(s), name(std::move(n)), index(i) {}

  cap_state& cap(cap_kind kind) noexcept { return caps[place_of(kind)]; }
  const cap_state& cap(cap_kind kind) const noexcept {
    return caps[place_of(kind)];
  }
  bool has(cap_kind kind) const noexcept { return cap(kind).rule().cap != 0; }
  cap_view view(cap_kind kind) const noexcept {
    return {cap(kind).level(), over};
  }
  bool month_known() const noexcept {
    return of == cap_subject::scope::app ? broadcasts == month::known
                                         : unknown_apps == 0;
  }

  const cap_subject::scope of;
  const std::string name;
  const number index;
  std::string tier; // its name
  when_over over = when_over::refuse_4100;
  std::array<cap_rule, kinds> rules{}; // of the plans
  std::array<cap_state, kinds> caps{cap_state{cap_rule{}},
                                    cap_state{cap_rule{}}};
  std::array<std::uint64_t, kinds> in_use{};
  bool touched = false;

  // Of an app.
  bool known = false; // to the plans
  subject* account = nullptr;
  month broadcasts = month::unknown;
  bool listed = false; // in this tick
  cap_verdict verdict;

  // Of an account.
  std::vector<subject*> apps;
  std::size_t unknown_apps = 0; // whose month is not known
};

} // namespace tidewire::meter
