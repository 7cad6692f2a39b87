// The cap_book among others: what it tells of itself, and what it takes over.
#include "actors/state/meter/cap_subject.hpp"

#include <algorithm>

namespace tidewire::meter {

cap_book::subject& cap_book::of(const cap_subject& whose) {
  return whose.of == cap_subject::scope::app ? of_app(whose.name)
                                             : of_account(whose.name);
}

book_memory cap_book::memory() const {
  book_memory out;
  out.at = last_;
  auto broadcasts = place_of(cap_kind::broadcasts);
  for (auto& s : subjects_) {
    for (auto kind : all_cap_kinds) {
      auto& cap = s.cap(kind);
      cap_subject whose{s.of, s.name, kind};
      if (cap.last_row() && (cap.level() != cap_level::ok || cap.deadline()))
        out.caps.push_back({{whose, *cap.last_row()}, cap.below_since()});
      if (kind == cap_kind::broadcasts && s.has(kind) && !s.month_known())
        out.unsure.push_back(whose);
    }
    auto wanted = s.has(cap_kind::broadcasts)
                  || (s.account && s.account->has(cap_kind::broadcasts));
    if (s.of == cap_subject::scope::app && wanted && s.month_known() && month_)
      out.broadcasts.emplace_back(s.name, s.in_use[broadcasts]);
  }
  std::sort(out.caps.begin(), out.caps.end(),
            [](auto& a, auto& b) { return a.row.whose < b.row.whose; });
  std::sort(out.unsure.begin(), out.unsure.end());
  std::sort(out.broadcasts.begin(), out.broadcasts.end());
  return out;
}

void cap_book::begin_among_others(tick at) {
  last_ = at;
  recount(at);
  for (auto& s : subjects_)
    touch(s);
}

void cap_book::adopt(const book_memory& from, cap_effects& out) {
  deadlines_.clear();
  for (auto& s : subjects_) {
    s.in_use = {};
    for (auto kind : all_cap_kinds)
      s.cap(kind) = cap_state{s.rules[place_of(kind)]};
  }
  begin_among_others(from.at);
  for (auto& each : from.caps)
    adopt(each, of(each.row.whose), out);
  for (auto& [app, count] : from.broadcasts)
    learn_month(of_app(app), count);
  for (auto& s : subjects_)
    if (s.of == cap_subject::scope::app)
      judge_app(s, out);
}

void cap_book::adopt(const cap_memory& from, cap_effects& out) {
  auto& s = of(from.row.whose);
  adopt(from, s, out);
  touch(s);
  judge(s, out);
}

// The plans may say another cap than they said there.
void cap_book::adopt(const cap_memory& from, subject& s, cap_effects& out) {
  auto kind = from.row.whose.kind;
  auto& cap = s.cap(kind);
  auto& rule = s.rules[place_of(kind)];
  cap = cap_state::recall(rule, from.row.what, from.below_since);
  if (auto until = cap.deadline())
    deadlines_.emplace(*until, s.index);
  if (auto row = cap.change(last_, rule))
    keep(s, kind, *row, out);
}

void cap_book::settle_on(tick at, const cap_memory& state, cap_effects& out) {
  auto& s = of(state.row.whose);
  auto kind = state.row.whose.kind;
  auto& cap = s.cap(kind);
  auto& theirs = state.row.what;
  cap_transition row{
      at,          cap.level(),    theirs.to,      cap_cause::agreed,
      cap.value(), cap.rule().cap, theirs.deadline};
  cap = cap_state::recall(cap.rule(), row, state.below_since);
  keep(s, kind, row, out);
  touch(s);
  judge(s, out);
}

} // namespace tidewire::meter
