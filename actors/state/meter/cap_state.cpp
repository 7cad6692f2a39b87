#include "actors/state/meter/cap_state.hpp"

#include <algorithm>

namespace tidewire::meter {

namespace {

// Rounded up.
std::uint64_t percent_of(std::uint64_t x, std::uint64_t percent) noexcept {
  return x / 100 * percent + (x % 100 * percent + 99) / 100;
}

bool is_above(cap_level level) noexcept {
  return level == cap_level::grace || level == cap_level::over;
}

} // namespace

std::string_view name_of(cap_level level) noexcept {
  constexpr std::string_view names[] = {"ok", "near", "grace", "over"};
  return names[static_cast<std::size_t>(level)];
}

std::string_view name_of(cap_kind kind) noexcept {
  constexpr std::string_view names[] = {"connections", "broadcasts"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(cap_cause cause) noexcept {
  constexpr std::string_view names[] = {"rose",    "fell",    "deadline",
                                        "granted", "revoked", "tier_changed",
                                        "agreed"};
  return names[static_cast<std::size_t>(cause)];
}

cap_rule cap_rule::of(const tier& t, cap_kind kind) noexcept {
  return {.cap = kind == cap_kind::connections ? t.connections : t.broadcasts,
          .grace_seconds = t.grace_seconds,
          .near_percent = t.near_percent,
          .hysteresis_percent = t.hysteresis_percent};
}

std::uint64_t cap_rule::near_line() const noexcept {
  return percent_of(cap, near_percent);
}

std::uint64_t cap_rule::slack() const noexcept {
  return percent_of(cap, hysteresis_percent);
}

cap_state cap_state::restore(cap_rule rule,
                             std::span<const cap_transition> rows) {
  cap_state s{rule};
  for (auto& row : rows)
    s.apply(row);
  if (!rows.empty())
    s.rule_.cap = rows.back().cap;
  return s;
}

cap_state cap_state::recall(cap_rule rule, const cap_transition& last,
                            std::optional<tick> below_since) {
  auto s = restore(rule, {&last, 1});
  s.below_since_ = below_since;
  return s;
}

std::optional<cap_transition> cap_state::fold(tick at, std::uint64_t value) {
  value_ = value;
  if (rule_.cap == 0)
    return std::nullopt;
  if (value > rule_.cap)
    return fold_above(at);
  auto raised =
      value + rule_.slack(); // what is below by the hysteresis stays so
  switch (level_) {
  case cap_level::grace:
  case cap_level::over:
    if (raised > rule_.cap)
      return std::nullopt;
    return move(at,
                raised >= rule_.near_line() ? cap_level::near : cap_level::ok,
                cap_cause::fell);
  case cap_level::near:
    if (raised >= rule_.near_line())
      return std::nullopt;
    return move(at, cap_level::ok, cap_cause::fell);
  case cap_level::ok:
    if (value < rule_.near_line())
      return std::nullopt;
    return move(at, cap_level::near, cap_cause::rose);
  }
  return std::nullopt;
}

std::optional<cap_transition> cap_state::fold_above(tick at) {
  if (level_ == cap_level::over)
    return std::nullopt;
  if (level_ == cap_level::grace) {
    if (at < *deadline_)
      return std::nullopt;
    return move(at, cap_level::over, cap_cause::deadline);
  }
  if (deserves_another(at))
    deadline_ = at + rule_.grace_seconds;
  return move(at, at < *deadline_ ? cap_level::grace : cap_level::over,
              cap_cause::rose);
}

bool cap_state::deserves_another(tick at) const noexcept {
  return !deadline_
         || (at >= *deadline_ && below_since_
             && at - *below_since_ >= rule_.grace_seconds);
}

cap_transition cap_state::grant(tick at, tick deadline) {
  deadline_ = deadline;
  return move(at, level_ == cap_level::over ? cap_level::grace : level_,
              cap_cause::granted);
}

cap_transition cap_state::revoke(tick at) {
  deadline_ = at;
  auto ends = level_ == cap_level::grace && value_ > rule_.cap;
  return move(at, ends ? cap_level::over : level_, cap_cause::revoked);
}

std::optional<cap_transition> cap_state::change(tick at, cap_rule rule) {
  auto same = rule.cap == rule_.cap;
  rule_ = rule;
  if (same)
    return std::nullopt;
  deadline_.reset();
  return move(at, cap_level::ok, cap_cause::tier_changed);
}

cap_transition cap_state::move(tick at, cap_level to, cap_cause cause) {
  cap_transition row{at, level_, to, cause, value_, rule_.cap, deadline_};
  apply(row);
  return row;
}

// All that a state remembers, other than the rule, is set here, so that rows
// restore it.
void cap_state::apply(const cap_transition& row) {
  auto by_operator =
      row.cause == cap_cause::granted || row.cause == cap_cause::revoked;
  if (is_above(row.to) || !row.deadline)
    below_since_.reset();
  else if (is_above(row.from) || by_operator)
    below_since_ = row.at;
  level_ = row.to;
  value_ = row.value;
  deadline_ = row.deadline;
  last_row_ = row;
}

} // namespace tidewire::meter
