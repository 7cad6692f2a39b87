// How an app, or an account, stands to a cap: ok, near, grace, over.
#pragma once

#include "actors/state/meter/tick.hpp"
#include "actors/state/meter/tier.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace tidewire::meter {

enum class cap_level : std::uint8_t { ok, near, grace, over };

/// What is capped.
enum class cap_kind : std::uint8_t { connections, broadcasts };

/// Why a transition was made.
enum class cap_cause : std::uint8_t {
  rose,         ///< over a line
  fell,         ///< below it, with hysteresis
  deadline,     ///< the grace has run out
  granted,      ///< by an operator
  revoked,      ///< by an operator
  tier_changed, ///< another tier, and with it another chance
  agreed,       ///< nodes differed, and the more lenient state holds
};

std::string_view name_of(cap_level level) noexcept;
std::string_view name_of(cap_kind kind) noexcept;
std::string_view name_of(cap_cause cause) noexcept;

/// One row of the ledger; whose it is stands beside it. Operators' rows may
/// have `from` equal to `to`: they move the deadline.
struct cap_transition {
  tick at;
  cap_level from = cap_level::ok;
  cap_level to = cap_level::ok;
  cap_cause cause = cap_cause::rose;
  std::uint64_t value = 0;      ///< what was compared, in use at `at`
  std::uint64_t cap = 0;        ///< with what
  std::optional<tick> deadline; ///< of the grace in force or last in force

  friend bool operator==(const cap_transition&,
                         const cap_transition&) = default;
};

/// The numbers of a tier that the fold needs.
struct cap_rule {
  std::uint64_t cap = 0; ///< 0 = none: always ok
  std::int64_t grace_seconds = 0;
  std::uint32_t near_percent = 80;
  std::uint32_t hysteresis_percent = 5;

  static cap_rule of(const tier& t, cap_kind kind) noexcept;

  std::uint64_t near_line() const noexcept; ///< from here on it is near
  std::uint64_t slack() const noexcept;     ///< the hysteresis, rounded up
  friend bool operator==(const cap_rule&, const cap_rule&) = default;
};

/// A fold over ticks in order. Pure; its rows are its memory: `restore` makes
/// the same state of them, so a restart keeps the deadline.
///
/// Above the cap a grace begins, and when its deadline has come, at the first
/// tick above the cap from there on, it is over. Below the cap by the
/// hysteresis it is near or ok again, but the deadline stands: rising anew goes
/// on with the same grace. Only who stayed below for as long as a grace lasts
/// gets a new one. An unknown tick is not folded: it changes nothing.
class cap_state {
public:
  explicit cap_state(cap_rule rule) : rule_(rule) {}

  static cap_state restore(cap_rule rule, std::span<const cap_transition> rows);

  /// The state after that row, which had been below the cap since then.
  static cap_state recall(cap_rule rule, const cap_transition& last,
                          std::optional<tick> below_since);

  /// The value at a tick after the last one; billable connections, or this
  /// month's broadcasts so far.
  std::optional<cap_transition> fold(tick at, std::uint64_t value);

  /// An operator gives a grace until `deadline`, or ends the one that is.
  cap_transition grant(tick at, tick deadline);
  cap_transition revoke(tick at);

  /// Another tier: the deadline is forgotten, the state is found anew at the
  /// next fold. Nothing if the rule is the same.
  std::optional<cap_transition> change(tick at, cap_rule rule);

  cap_level level() const noexcept { return level_; }
  std::optional<tick> deadline() const noexcept { return deadline_; }
  const cap_rule& rule() const noexcept { return rule_; }
  std::uint64_t value() const noexcept { return value_; }
  const std::optional<cap_transition>& last_row() const noexcept {
    return last_row_;
  }
  std::optional<tick> below_since() const noexcept { return below_since_; }

private:
  cap_transition move(tick at, cap_level to, cap_cause cause);
  void apply(const cap_transition& row);
  std::optional<cap_transition> fold_above(tick at);
  bool deserves_another(tick at) const noexcept;

  cap_rule rule_;
  cap_level level_ = cap_level::ok;
  std::uint64_t value_ = 0;
  std::optional<tick> deadline_;
  // Since when it has been below the cap, while a deadline is kept.
  std::optional<tick> below_since_;
  std::optional<cap_transition> last_row_;
};

} // namespace tidewire::meter
