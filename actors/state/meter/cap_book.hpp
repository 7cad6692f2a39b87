// The caps of all apps and accounts: who is near one, who is over it, and what
// that means at the door.
#pragma once

#include "actors/state/meter/admission.hpp"
#include "actors/state/meter/cap_row.hpp"
#include "actors/state/meter/cap_verdict.hpp"
#include "actors/state/meter/tier.hpp"
#include "actors/state/meter/window.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tidewire::meter {

/// What the configuration says of caps.
struct cap_plans {
  struct app {
    std::string id;
    std::string tier;      ///< by name; empty = none
    std::string account;   ///< by name; empty = none
    bool internal = false; ///< under no cap, and in no account's sum
  };

  std::vector<tier> tiers;
  std::vector<account> accounts; ///< whose `apps` are not looked at
  std::vector<app> apps;
  std::string time_zone = "UTC"; ///< of the months of broadcasts
};

/// What one app has used in a tick.
struct cap_use {
  std::string_view app;
  std::uint64_t connections = 0; ///< billable ones, at its end
  std::uint64_t broadcasts = 0;  ///< in it
};

/// What is to be done about it.
struct cap_effects {
  std::vector<cap_row> rows; ///< for the ledger, in order
  /// Apps of which something else holds from now on.
  std::vector<std::pair<std::string, cap_verdict>> verdicts;
};

/// How one cap stands.
struct cap_standing {
  cap_subject whose;
  std::string tier;
  when_over over = when_over::refuse_4100;
  cap_level level = cap_level::ok;
  std::uint64_t value = 0;
  bool value_known = true; ///< else the month's broadcasts are at least `value`
  std::uint64_t cap = 0;
  std::optional<tick> deadline;
};

/// Broadcasts of an app that were before this book began to count.
struct month_question {
  std::string app;
  window over; ///< from the month's begin
  /// What lives of nodes before this one stated in it; else what anybody did,
  /// and then the window is one of whole minutes.
  bool earlier_lives = true;

  friend bool operator==(const month_question&,
                         const month_question&) = default;
};

/// Folds what apps use into the states of their caps, and those of their
/// accounts. Pure; one thread at a time. A tick costs in proportion to the apps
/// that changed in it and the deadlines that are due.
///
/// Broadcasts are counted from the book's first tick on; what the month had
/// before is asked for where there is a cap on it. Until the answer comes they
/// are unknown, and only count against the cap if they exceed it by themselves.
class cap_book {
public:
  /// Goes on where these rows end: all of the ledger, in their order.
  explicit cap_book(std::span<const cap_row> rows = {});
  ~cap_book();
  cap_book(const cap_book&) = delete;
  cap_book& operator=(const cap_book&) = delete;

  /// From now on these are the plans; `at` is the last tick. States every
  /// verdict that is not the default.
  void configure(tick at, const cap_plans& plans, cap_effects& out);

  /// The next tick. Apps that are not among `uses` are as they were, or, if
  /// `complete`, have no connections. An unknown tick is left out.
  void on_tick(tick at, std::span<const cap_use> uses, bool complete,
               cap_effects& out);

  /// What to ask the ledger next, each once; nothing if all is known.
  std::optional<month_question> next_question();

  /// The answer, which the next tick goes by. Of a question that does not
  /// matter any more: nothing happens.
  void answer(const month_question& asked, std::uint64_t broadcasts);

  /// An operator gives a grace that ends at `until`, or ends the one there is.
  /// Returns a sentence if that cannot be.
  std::optional<std::string> grant(tick at, const cap_subject& whose,
                                   tick until, cap_effects& out);
  std::optional<std::string> revoke(tick at, const cap_subject& whose,
                                    cap_effects& out);

  // -- among other books that fold the same ticks -----------------------------

  /// How everything stands after the last tick.
  book_memory memory() const;

  /// Goes on where another book stood; the next tick has to be complete. What
  /// that did not know of a month is asked for, of all nodes' lives.
  void adopt(const book_memory& from, cap_effects& out);

  /// The same of one cap.
  void adopt(const cap_memory& from, cap_effects& out);

  /// A cap is moved to that state, with a row that says so.
  void settle_on(tick at, const cap_memory& state, cap_effects& out);

  /// Begins with the tick after that one, which has to be complete; what the
  /// month had before is asked for, of all nodes' lives.
  void begin_among_others(tick at);

  cap_verdict verdict(std::string_view app) const;

  /// The name of the tier; empty if it has none.
  std::string_view tier_of(const cap_subject& whose) const;

  /// Every cap, apps first, each in the order in which they became known.
  std::vector<cap_standing> standings() const;

private:
  struct subject;
  using number = std::uint32_t; // of a subject

  static constexpr std::size_t kinds = 2;

  subject& of_app(const std::string& id);
  subject& of_account(const std::string& name);
  const subject* find(const cap_subject& whose) const;
  void restore(std::span<const cap_row> rows);

  void leave_plans();
  void give_tier(subject& s, const std::string& name, const cap_plans& plans);
  void join(subject& app, subject& account);
  void fix(subject& s, tick at, cap_effects& out);
  static window month_of(tick at, const std::string& zone);
  void recount(tick at);
  void adopt(const cap_memory& from, subject& s, cap_effects& out);
  subject& of(const cap_subject& whose);
  void want_month(subject& app);
  void learn_month(subject& app, std::uint64_t before);
  window asked_window() const;

  void begin_month(tick at);
  void touch(subject& s);
  void use(subject& app, std::uint64_t connections, std::uint64_t broadcasts);
  void fold(subject& s, tick at, cap_effects& out);
  void fold(subject& s, cap_kind kind, tick at, cap_effects& out);
  void keep(subject& s, cap_kind kind, const cap_transition& row,
            cap_effects& out);
  void fold_due(tick at, cap_effects& out);
  void judge(subject& s, cap_effects& out);
  void judge_app(subject& app, cap_effects& out);
  std::variant<subject*, std::string> capped(const cap_subject& whose);

  std::deque<subject> subjects_;
  std::unordered_map<std::string, number> apps_;
  std::map<std::string, number> accounts_;
  std::set<std::pair<tick, number>> deadlines_;
  std::vector<subject*> touched_; // in this tick
  std::deque<number> unasked_;
  std::string zone_ = "UTC";
  std::optional<window> month_; // none before the first tick
  tick last_;
  tick counted_from_; // broadcasts before it are asked for
  bool counted_from_start_ = true;
};

} // namespace tidewire::meter
