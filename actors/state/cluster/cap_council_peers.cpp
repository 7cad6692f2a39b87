// How nodes come to the same states of caps: what they ask, and which holds.
#include "actors/state/cluster/cap_council.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace tidewire::cluster {

namespace {

using meter::cap_cause;
using meter::cap_level;
using meter::cap_memory;

bool ordered(const cap_memory& x) {
  return x.row.what.cause == cap_cause::granted
         || x.row.what.cause == cap_cause::revoked;
}

// Nothing stands for a cap that was never met.
cap_level level_of(const cap_memory* x) {
  return x ? x->row.what.to : cap_level::ok;
}

tick deadline_of(const cap_memory* x, tick at) {
  auto none = at; // over, or never begun
  return x ? std::max(x->row.what.deadline.value_or(none), none) : none;
}

// An operator's order is newer than what was before it; else the more lenient
// state: below rather than above, and the longer grace.
bool holds_over(const cap_memory* a, const cap_memory* b, tick at) {
  auto order = [](const cap_memory* x) {
    return x && ordered(*x) ? x->row.what.at : tick{INT64_MIN};
  };
  auto last = [](const cap_memory* x) {
    return x ? x->row.what.at : tick{INT64_MIN};
  };
  if (order(a) > last(b) || order(b) > last(a))
    return order(a) > last(b);
  if (level_of(a) != level_of(b))
    return level_of(a) < level_of(b);
  return deadline_of(a, at) > deadline_of(b, at);
}

const cap_memory* find(const meter::book_memory& in,
                       const meter::cap_subject& whose) {
  auto at = std::lower_bound(
      in.caps.begin(), in.caps.end(), whose,
      [](auto& x, auto& subject) { return x.row.whose < subject; });
  return at != in.caps.end() && at->row.whose == whose ? &*at : nullptr;
}

bool is_sorted(const meter::book_memory& x) {
  return std::is_sorted(x.caps.begin(), x.caps.end(), [](auto& a, auto& b) {
    return a.row.whose < b.row.whose;
  });
}

} // namespace

// What was final before anybody was heard is not the sum of all.
void cap_council::linked(const life& who, council_effects& out) {
  peers_[who] = {};
  if (standing_)
    return;
  for (auto& x : std::exchange(waiting_, {})) {
    apply(x);
    waiting_after_ = x.at;
  }
  ask(who, out);
}

void cap_council::unlinked(const life& who) {
  peers_.erase(who);
}

bool cap_council::take(const life& from, record_kind kind,
                       std::string_view bytes, council_effects& out) {
  auto its = peers_.find(from);
  if (its == peers_.end())
    return true; // of a line that is gone
  if (kind == caps_said_kind) {
    auto said = decode_caps_said(bytes);
    if (!said)
      return false;
    its->second.said = *said;
    forget_told(from, *said);
    mind_line(from, said->founded, out);
    check(from, its->second, out);
    return true;
  }
  auto x = kind == caps_told_kind ? decode_caps_told(bytes) : std::nullopt;
  if (!x || !is_sorted(x->memory))
    return kind != caps_told_kind && kind != caps_said_kind;
  if (x->standing)
    mind_line(from, x->founded, out);
  if (standing_ && x->standing)
    compare(x->memory, out);
  else if (standing_)
    take_later(x->memory, founded_, out);
  else if (x->standing)
    adopt(*x, out);
  else {
    its->second.answered = true;
    take_later(x->memory, tick{INT64_MAX}, out);
  }
  if (x->asks)
    answer(from, *x, out);
  announce(out);
  return true;
}

// -- a node that does not know ------------------------------------------------

caps_told cap_council::told(bool asks) const {
  return {asks, standing_, founded_, newest_row_, book_.memory(), {}, {}};
}

void cap_council::ask(const life& who, council_effects& out) {
  out.send.push_back({who, caps_told_kind, encode(told(true))});
}

void cap_council::answer(const life& to, const caps_told& asked,
                         council_effects& out) {
  auto x = told(false);
  if (standing_) {
    for (auto& row : recent_)
      if (row.what.at > asked.newest_row)
        x.rows.push_back(row);
    x.untold = {untold_.begin(), untold_.end()};
  }
  out.send.push_back({to, caps_told_kind, encode(x)});
}

// Who began later, because it could not ask, takes over what was before.
void cap_council::mind_line(const life& from, tick founded,
                            council_effects& out) {
  if (!standing_ || founded_ <= founded)
    return;
  newest_row_ = std::min(newest_row_, founded_);
  lose_standing(through_);
  ask(from, out);
}

// Its ticks have to go on where the other one stands; until they do, what that
// says holds at the doors.
void cap_council::adopt(const caps_told& from, council_effects& out) {
  meter::cap_effects effects;
  book_.adopt(from.memory, effects);
  if (from.memory.at < waiting_after_) {
    lost_ns_ = now_ns_;
    out.caps.verdicts.insert(out.caps.verdicts.end(), effects.verdicts.begin(),
                             effects.verdicts.end());
    return;
  }
  later_.clear();
  add_rows(from, out);
  changed(std::move(effects), out);
  through_ = from.memory.at;
  founded_ = from.founded;
  catch_up(out);
}

// So that this ledger's last row of each cap is how it stands.
void cap_council::add_rows(const caps_told& from, council_effects& out) {
  auto add = [&](const meter::cap_row& row) {
    remember(row);
    out.caps.rows.push_back(row);
  };
  for (auto& row : from.rows)
    if (row.what.at > newest_row_
        || std::find(recent_.begin(), recent_.end(), row) == recent_.end())
      add(row);
  for (auto& each : from.memory.caps) {
    auto mine = last_rows_.find(each.row.whose);
    if (mine == last_rows_.end() || mine->second != each.row.what)
      add(each.row);
  }
  for (auto& [whose, row] : std::map{last_rows_})
    if (row.to != cap_level::ok && !find(from.memory, whose))
      add({whose,
           {from.memory.at,
            row.to,
            cap_level::ok,
            cap_cause::agreed,
            row.value,
            row.cap,
            {}}});
  for (auto& row : from.untold)
    if (std::find(untold_.begin(), untold_.end(), row) == untold_.end())
      untold_.push_back(row);
}

// From a time when nobody folded for all, what was written last holds. Who does
// not know either may still find somebody who does.
void cap_council::take_later(const meter::book_memory& from, tick until,
                             council_effects& out) {
  for (auto& each : from.caps) {
    auto& row = each.row;
    auto mine = last_rows_.find(row.whose);
    auto other = later_.find(row.whose);
    if (row.what.at > until
        || (mine != last_rows_.end() && mine->second.at >= row.what.at)
        || (other != later_.end() && other->second.what.at >= row.what.at))
      continue;
    meter::cap_effects effects;
    book_.adopt(each, effects);
    if (standing_) {
      remember(row);
      out.caps.rows.push_back(row);
      changed(std::move(effects), out);
    } else {
      later_[row.whose] = row;
    }
  }
}

// -- those who know -----------------------------------------------------------

const cap_council::snapshot* cap_council::at(tick t) const {
  auto found = std::find_if(snapshots_.begin(), snapshots_.end(),
                            [t](auto& x) { return x.memory.at == t; });
  return found == snapshots_.end() ? nullptr : &*found;
}

// An order may be under way to one of the two: twice in a row is a difference.
// Who has another configuration stands otherwise for good.
void cap_council::check(const life& who, peer& p, council_effects& out) {
  if (!standing_ || !p.said || p.said->at <= p.checked)
    return;
  auto* mine = at(p.said->at);
  if (!mine)
    return; // it is looked at again when that tick is folded
  auto same = mine->plans != p.said->plans || mine->hash == p.said->hash;
  p.checked = p.said->at;
  p.mismatches = same ? 0 : p.mismatches + 1;
  if (p.mismatches < 2)
    return;
  caps_told x{false, true, founded_, newest_row_, mine->memory, {}, {}};
  out.send.push_back({who, caps_told_kind, encode(x)});
}

// Both were told of the same tick, and both decide the same. What has moved on
// since is looked at the next time.
void cap_council::compare(const meter::book_memory& theirs,
                          council_effects& out) {
  auto* mine = at(theirs.at);
  if (!mine)
    return;
  std::set<meter::cap_subject> all;
  for (auto* side : {&mine->memory, &theirs})
    for (auto& each : side->caps)
      all.insert(each.row.whose);
  for (auto* side : {&mine->memory, &theirs})
    for (auto& whose : side->unsure)
      all.erase(whose);
  auto now = book_.memory();
  meter::cap_effects effects;
  for (auto& whose : all) {
    auto* a = find(theirs, whose);
    auto* b = find(mine->memory, whose);
    auto* present = find(now, whose);
    auto other_cap = a && b && a->row.what.cap != b->row.what.cap;
    auto moved =
        (b != nullptr) != (present != nullptr) || (b && *b != *present);
    if (other_cap || moved || !holds_over(a, b, theirs.at))
      continue;
    // Where they never met it, it is as if it had not been met here.
    cap_memory state{{whose, {}}, {}};
    if (a)
      state = *a;
    book_.settle_on(through_, state, effects);
  }
  changed(std::move(effects), out);
}

void cap_council::forget_told(const life& by, const caps_said& said) {
  if (!view_ || view_->hash != said.view)
    return;
  std::erase_if(untold_, [&](auto& row) {
    return row.what.at <= said.told && owner_of(row.whose) == by;
  });
}

} // namespace tidewire::cluster
