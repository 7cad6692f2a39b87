// The cap_book's beginnings: what the ledger remembers, what the plans say, and
// the months that are not known yet.
#include "actors/state/meter/cap_subject.hpp"

#include <algorithm>

namespace tidewire::meter {

cap_book::cap_book(std::span<const cap_row> rows) {
  restore(rows);
}

cap_book::~cap_book() = default;

void cap_book::restore(std::span<const cap_row> rows) {
  std::map<cap_subject, std::vector<cap_transition>> by_subject;
  for (auto& row : rows)
    by_subject[row.whose].push_back(row.what);
  for (auto& [whose, its] : by_subject) {
    auto& s = whose.of == cap_subject::scope::app ? of_app(whose.name)
                                                  : of_account(whose.name);
    s.cap(whose.kind) = cap_state::restore({}, its);
    if (auto until = s.cap(whose.kind).deadline())
      deadlines_.emplace(*until, s.index);
  }
}

cap_book::subject& cap_book::of_app(const std::string& id) {
  auto [at, is_new] = apps_.emplace(id, static_cast<number>(subjects_.size()));
  if (is_new)
    subjects_.emplace_back(cap_subject::scope::app, id, at->second);
  return subjects_[at->second];
}

cap_book::subject& cap_book::of_account(const std::string& name) {
  auto [at, is_new] =
      accounts_.emplace(name, static_cast<number>(subjects_.size()));
  if (is_new)
    subjects_.emplace_back(cap_subject::scope::account, name, at->second);
  return subjects_[at->second];
}

const cap_book::subject* cap_book::find(const cap_subject& whose) const {
  auto in = [&](auto& index) -> const subject* {
    auto at = index.find(whose.name);
    return at == index.end() ? nullptr : &subjects_[at->second];
  };
  return whose.of == cap_subject::scope::app ? in(apps_) : in(accounts_);
}

// -- plans --------------------------------------------------------------------

void cap_book::leave_plans() {
  for (auto& s : subjects_) {
    s.tier.clear();
    s.rules = {};
    s.known = false;
    s.account = nullptr;
    s.apps.clear();
    s.unknown_apps = 0;
    if (s.of == cap_subject::scope::account)
      s.in_use = {};
  }
}

void cap_book::give_tier(subject& s, const std::string& name,
                         const cap_plans& plans) {
  auto at = std::find_if(plans.tiers.begin(), plans.tiers.end(),
                         [&](auto& each) { return each.name == name; });
  if (name.empty() || at == plans.tiers.end())
    return;
  s.tier = name;
  s.over = at->over;
  for (auto kind : all_cap_kinds)
    s.rules[place_of(kind)] = cap_rule::of(*at, kind);
}

void cap_book::join(subject& app, subject& account) {
  app.account = &account;
  account.apps.push_back(&app);
  account.unknown_apps += app.month_known() ? 0 : 1;
  for (std::size_t i = 0; i < kinds; ++i)
    account.in_use[i] += app.in_use[i];
}

void cap_book::configure(tick at, const cap_plans& plans, cap_effects& out) {
  if (plans.time_zone != zone_) {
    zone_ = plans.time_zone;
    if (month_)
      recount(at);
  }
  leave_plans();
  for (auto& each : plans.accounts) {
    auto& s = of_account(each.name);
    s.known = true;
    give_tier(s, each.tier, plans);
  }
  for (auto& each : plans.apps) {
    auto& s = of_app(each.id);
    s.known = true;
    if (each.internal)
      continue;
    give_tier(s, each.tier, plans);
    if (auto home = accounts_.find(each.account);
        home != accounts_.end() && subjects_[home->second].known)
      join(s, subjects_[home->second]);
  }
  for (auto& s : subjects_)
    fix(s, at, out);
  for (auto& s : subjects_)
    if (s.of == cap_subject::scope::app) {
      want_month(s);
      auto stated = out.verdicts.size();
      judge_app(s, out);
      if (out.verdicts.size() == stated && s.verdict != cap_verdict{})
        out.verdicts.emplace_back(s.name, s.verdict);
    }
}

// What changed is found anew at once, not only when somebody comes or goes. Of
// a cap that was never met there is nothing to remember, so no row either.
void cap_book::fix(subject& s, tick at, cap_effects& out) {
  for (auto kind : all_cap_kinds) {
    auto& cap = s.cap(kind);
    auto& rule = s.rules[place_of(kind)];
    if (cap.level() == cap_level::ok && !cap.deadline())
      cap = cap_state{rule};
    else if (auto row = cap.change(at, rule))
      keep(s, kind, *row, out);
    if (month_)
      fold(s, kind, at, out);
  }
}

// -- months -------------------------------------------------------------------

// From the next minute on everything is counted anew, because the ledger keeps
// numbers by minutes; what was before is asked.
void cap_book::recount(tick at) {
  counted_from_ = minute_of(at).last() + 1;
  counted_from_start_ = false;
  begin_month(at);
}

void cap_book::want_month(subject& app) {
  auto caps = app.has(cap_kind::broadcasts)
              || (app.account && app.account->has(cap_kind::broadcasts));
  if (!month_ || !caps || app.broadcasts != subject::month::unknown)
    return;
  if (counted_from_ <= month_->first()) {
    learn_month(app, 0);
  } else {
    app.broadcasts = subject::month::asked;
    unasked_.push_back(app.index);
  }
}

void cap_book::learn_month(subject& app, std::uint64_t before) {
  if (app.month_known())
    return;
  app.broadcasts = subject::month::known;
  app.in_use[place_of(cap_kind::broadcasts)] += before;
  touch(app);
  if (auto* account = app.account) {
    touch(*account);
    account->in_use[place_of(cap_kind::broadcasts)] += before;
    --account->unknown_apps;
  }
}

window cap_book::asked_window() const {
  return {month_->from, counted_from_.number - 1};
}

std::optional<month_question> cap_book::next_question() {
  while (!unasked_.empty() && last_ >= counted_from_) {
    auto& app = subjects_[unasked_.front()];
    unasked_.pop_front();
    if (app.broadcasts == subject::month::asked)
      return month_question{app.name, asked_window(), counted_from_start_};
  }
  return std::nullopt;
}

void cap_book::answer(const month_question& asked, std::uint64_t broadcasts) {
  auto at = apps_.find(asked.app);
  if (at == apps_.end() || !month_ || asked.over != asked_window())
    return;
  learn_month(subjects_[at->second], broadcasts);
}

} // namespace tidewire::meter
