// What is asked of the ledger: whose connections, and when.
#pragma once

#include "actors/state/meter/statement.hpp"
#include "actors/state/meter/window.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire::usage {

/// Whose connections are stated. Those of an account are its apps' together:
/// the peak of the sum, not the sum of the peaks.
struct subject {
  enum class scope : std::uint8_t { app, account, all };

  scope of = scope::all;
  std::string name;                ///< of the app or account; empty for all
  std::vector<meter::app_id> apps; ///< what is added up

  static subject app(std::string id);
  static subject account(std::string name,
                         const std::vector<std::string>& apps);
  static subject all();

  friend bool operator==(const subject&, const subject&) = default;
};

std::string_view name_of(subject::scope of) noexcept;

/// For people: `app 1`, `account acme`, `all apps`.
std::string title_of(const subject& whose);

/// When, and how finely.
struct period {
  meter::window over;
  std::string zone = "UTC";   ///< in which it was asked for
  std::int64_t interval = 60; ///< seconds from sample to sample
  bool so_far = false;        ///< it is not over

  friend bool operator==(const period&, const period&) = default;
};

/// Words of an operator: a window as in meter::parse_window, or `from` and
/// perhaps `to` (by default now). `now`: seconds since the epoch; `last_tick`:
/// of the ledger. A window that is not over ends with what is written already,
/// so that its statement can be made again.
std::variant<period, std::string>
period_of(std::string_view window, std::string_view from, std::string_view to,
          std::string_view zone, std::int64_t interval, std::int64_t now,
          std::optional<meter::tick> last_tick);

/// The meter's reasons as sentences: a capital first, a dot last.
std::string sentence(std::string text);

/// An answer.
struct stated {
  subject whose;
  period when;
  meter::statement what;
};

} // namespace tidewire::usage
