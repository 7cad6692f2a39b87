#include "actors/state/meter/cap_book.hpp"

#include "actors/state/meter/cap_subject.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::meter {

// The month that a tick is in; of a zone that is not known here, in UTC.
window cap_book::month_of(tick at, const std::string& zone) {
  auto second = at.number - 1;
  for (auto& name : {zone, std::string{"UTC"}}) {
    auto when = local_time_of(second, name);
    auto month = month_window(when.year, when.month, name);
    if (auto* found = std::get_if<window>(&month))
      return *found;
  }
  return {second, second + 1};
}

// -- ticks --------------------------------------------------------------------

void cap_book::on_tick(tick at, std::span<const cap_use> uses, bool complete,
                       cap_effects& out) {
  last_ = at;
  if (!month_) {
    counted_from_ = at;
    begin_month(at);
    for (auto& s : subjects_)
      touch(s);
  } else if (at > month_->last()) {
    begin_month(at);
  }
  std::vector<subject*> listed;
  listed.reserve(uses.size());
  for (auto& x : uses) {
    listed.push_back(&of_app(std::string{x.app}));
    listed.back()->listed = true;
    auto counts = at >= counted_from_ || listed.back()->month_known();
    use(*listed.back(), x.connections, counts ? x.broadcasts : 0);
  }
  if (complete)
    for (auto& s : subjects_)
      if (s.of == cap_subject::scope::app && !s.listed)
        use(s, 0, 0);
  for (auto* s : listed)
    s->listed = false;
  auto touched = std::exchange(touched_, {});
  for (auto* s : touched)
    fold(*s, at, out);
  fold_due(at, out);
}

// Nothing was broadcast in it so far. What is asked about the last one does not
// matter any more.
void cap_book::begin_month(tick at) {
  month_ = month_of(at, zone_);
  unasked_.clear();
  auto i = place_of(cap_kind::broadcasts);
  for (auto& s : subjects_) {
    if (s.in_use[i] != 0 || !s.month_known())
      touch(s);
    s.in_use[i] = 0;
    s.unknown_apps = 0;
  }
  for (auto& s : subjects_)
    if (s.of == cap_subject::scope::app) {
      s.broadcasts = counted_from_ <= month_->first() ? subject::month::known
                                                      : subject::month::unknown;
      if (s.account && !s.month_known())
        ++s.account->unknown_apps;
      want_month(s);
    }
}

void cap_book::touch(subject& s) {
  if (!std::exchange(s.touched, true))
    touched_.push_back(&s);
}

void cap_book::use(subject& app, std::uint64_t connections,
                   std::uint64_t broadcasts) {
  auto before = app.in_use[place_of(cap_kind::connections)];
  if (before == connections && broadcasts == 0)
    return;
  touch(app);
  auto more = [&](subject& s) {
    s.in_use[place_of(cap_kind::connections)] += connections - before;
    s.in_use[place_of(cap_kind::broadcasts)] += broadcasts;
  };
  if (app.account) {
    touch(*app.account);
    more(*app.account);
  }
  more(app);
}

void cap_book::fold(subject& s, tick at, cap_effects& out) {
  s.touched = false;
  auto rows = out.rows.size();
  for (auto kind : all_cap_kinds)
    fold(s, kind, at, out);
  if (out.rows.size() != rows)
    judge(s, out);
}

void cap_book::fold(subject& s, cap_kind kind, tick at, cap_effects& out) {
  auto& cap = s.cap(kind);
  auto value = s.in_use[place_of(kind)];
  if (kind == cap_kind::broadcasts && !s.month_known()
      && value <= cap.rule().cap)
    return;
  if (auto row = cap.fold(at, value))
    keep(s, kind, *row, out);
}

void cap_book::keep(subject& s, cap_kind kind, const cap_transition& row,
                    cap_effects& out) {
  out.rows.push_back({{s.of, s.name, kind}, row});
  if (row.deadline && row.to == cap_level::grace)
    deadlines_.emplace(*row.deadline, s.index);
}

// A deadline that was moved meanwhile is in the set as well.
void cap_book::fold_due(tick at, cap_effects& out) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= at) {
    auto& s = subjects_[deadlines_.begin()->second];
    deadlines_.erase(deadlines_.begin());
    fold(s, at, out);
  }
}

// -- verdicts -----------------------------------------------------------------

void cap_book::judge(subject& s, cap_effects& out) {
  if (s.of == cap_subject::scope::app)
    judge_app(s, out);
  for (auto* app : s.apps)
    judge_app(*app, out);
}

// The outstanding ones of an open episode or drain, which are let in whatever
// the state, come with the cluster: `cap_views` has their place.
void cap_book::judge_app(subject& app, cap_effects& out) {
  auto* account = app.account;
  auto views = [&](cap_kind kind) {
    cap_views x{.app = app.view(kind), .account = {}};
    if (account)
      x.account = account->view(kind);
    return x;
  };
  cap_verdict now;
  for (auto kind : all_cap_kinds)
    for (auto* s : {&app, account})
      if (s && s->has(kind)) {
        now.capped = true;
        now.level = std::max(now.level, s->cap(kind).level());
      }
  now.newcomers = admit(views(cap_kind::connections)).close_code;
  auto events = views(cap_kind::broadcasts);
  now.broadcasts = may_broadcast(events);
  events.account.reset();
  now.by_account = !now.broadcasts && may_broadcast(events);
  if (now != std::exchange(app.verdict, now))
    out.verdicts.emplace_back(app.name, now);
}

cap_verdict cap_book::verdict(std::string_view app) const {
  auto at = apps_.find(std::string{app});
  return at == apps_.end() ? cap_verdict{} : subjects_[at->second].verdict;
}

std::string_view cap_book::tier_of(const cap_subject& whose) const {
  auto* found = find(whose);
  return found ? std::string_view{found->tier} : std::string_view{};
}

std::vector<cap_standing> cap_book::standings() const {
  std::vector<cap_standing> out;
  for (auto scope : {cap_subject::scope::app, cap_subject::scope::account})
    for (auto& s : subjects_)
      for (auto kind : all_cap_kinds)
        if (s.of == scope && s.has(kind))
          out.push_back(
              {.whose = {s.of, s.name, kind},
               .tier = s.tier,
               .over = s.over,
               .level = s.cap(kind).level(),
               .value = s.in_use[place_of(kind)],
               .value_known = kind == cap_kind::connections || s.month_known(),
               .cap = s.cap(kind).rule().cap,
               .deadline = s.cap(kind).deadline()});
  return out;
}

// -- operators ----------------------------------------------------------------

std::variant<cap_book::subject*, std::string>
cap_book::capped(const cap_subject& whose) {
  auto* found = find(whose);
  auto what = std::string{name_of(whose.of)} + ' ' + whose.name;
  if (!found || !found->known)
    return "There is no " + what + '.';
  if (!found->has(whose.kind))
    return "The " + what + " has no cap on " + std::string{name_of(whose.kind)}
           + ": give it a tier that has one.";
  return &subjects_[found->index];
}

std::optional<std::string> cap_book::grant(tick at, const cap_subject& whose,
                                           tick until, cap_effects& out) {
  auto found = capped(whose);
  if (auto* no = std::get_if<std::string>(&found))
    return *no;
  if (until <= at)
    return "A grace has to end in the future.";
  auto& s = *std::get<subject*>(found);
  keep(s, whose.kind, s.cap(whose.kind).grant(at, until), out);
  judge(s, out);
  return std::nullopt;
}

std::optional<std::string> cap_book::revoke(tick at, const cap_subject& whose,
                                            cap_effects& out) {
  auto found = capped(whose);
  if (auto* no = std::get_if<std::string>(&found))
    return *no;
  auto& s = *std::get<subject*>(found);
  auto& cap = s.cap(whose.kind);
  if (!cap.deadline() || *cap.deadline() <= at)
    return "No grace of the " + std::string{name_of(whose.of)} + ' '
           + whose.name + " for " + std::string{name_of(whose.kind)}
           + " is running.";
  keep(s, whose.kind, cap.revoke(at), out);
  judge(s, out);
  return std::nullopt;
}

} // namespace tidewire::meter
