// How a life ends: by its own word, or where those agree that were left.
#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/meter/bytes.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tidewire::cluster {

namespace {

// A new line is told of everybody; in between, of those who ended lately only.
constexpr std::int64_t lately = 600;

// The end of a life of which nobody has a row.
constexpr tick never{-meter::largest_tick};

} // namespace

// -- what is held, in words ---------------------------------------------------

held_life cluster_meter::held(const life& who, const member& m) const {
  return {name_of(who, m), m.rows.to_give(), m.end, m.closing};
}

void cluster_meter::tell_held(const std::optional<life>& to,
                              const std::vector<life>& about, bool answer,
                              meter_effects& out) const {
  held_told told{answer, {}};
  for (auto& who : about)
    if (auto it = members_.find(who); it != members_.end())
      told.lives.push_back(held(who, it->second));
  out.send.push_back({to, held_kind, encode(told)});
}

void cluster_meter::restate(const std::optional<life>& to,
                            meter_effects& out) const {
  std::vector<life> about;
  for (auto& [who, m] : members_)
    if (to || !m.end || newest_ - m.end->last < lately)
      about.push_back(who);
  tell_held(to, about, false, out);
}

bool cluster_meter::take_held(const life& from, std::string_view bytes,
                              meter_effects& out) {
  auto told = decode_held(bytes);
  if (!told)
    return false;
  std::vector<life> about, over;
  for (auto& x : told->lives) {
    auto& who = x.life.who;
    about.push_back(who);
    if (who == me_)
      continue; // what others think of me is theirs
    auto& m = named(x.life, out);
    peers_.at(from).has[who] = {x.covered, x.closing || x.end};
    m.rows.hope_for(x.covered);
    if (x.end)
      claim_end(who, *x.end, out);
    if (m.end && m.end != x.end)
      over.push_back(who); // it has not heard
    else if (x.closing)
      close(who, *x.closing, out);
  }
  if (told->answer)
    tell_held(from, about, false, out);
  else if (!over.empty())
    tell_held(from, over, false, out);
  return true;
}

// -- ends ---------------------------------------------------------------------

void cluster_meter::say_goodbye(meter_effects& out) {
  auto& m = members_.at(me_);
  if (m.end)
    return;
  m.end = life_end{end_kind::goodbye, m.first ? said_ : never};
  m.end_told = true;
  tell_held(std::nullopt, {me_}, false, out);
  advance(out);
}

// From here on nothing is taken from the life itself, so that what was said to
// be held of it stays true.
void cluster_meter::close(const life& who, end_kind how, meter_effects& out) {
  if (who == me_)
    return;
  auto& m = meet({who, std::nullopt});
  if (m.end || (m.closing && *m.closing <= how))
    return;
  auto is_new = !std::exchange(m.closing, how);
  if (!is_new)
    return;
  tell_held(std::nullopt, {who}, true, out);
  m.stood_anew = true;
}

// Others may know only the name of it. Who had this node's name before is dead:
// this life is the proof.
cluster_meter::member& cluster_meter::named(const named_life& who,
                                            meter_effects& out) {
  auto& m = meet(who);
  if (who.who.node == me_.node)
    close(who.who, end_kind::dead, out);
  return m;
}

// Rows held by whoever was there, all of them: one that was not asked may hold
// a higher one. How its apps stood at a tick is no row. Who is lost keeps it
// open; who is dead, or unknown for good, does not.
bool cluster_meter::everybody_answered(const life& about,
                                       tick_runs& all) const {
  all = members_.at(about).rows.to_give();
  for (auto& [who, m] : members_) {
    if (who == me_ || who == about || m.end || m.closing || m.settled)
      continue;
    auto p = peers_.find(who);
    if (p == peers_.end())
      return false;
    auto its = p->second.has.find(about);
    if (its == p->second.has.end() || !its->second.closed)
      return false;
    all.add(its->second.covered);
  }
  return true;
}

// The first tick of it that rows are looked for in memory.
tick cluster_meter::looked_for_from(const member& m) const {
  auto from = std::max(begins_, m.on_disk_only) + 1;
  return m.first ? std::max(from, *m.first) : from;
}

void cluster_meter::conclude(meter_effects& out) {
  for (auto& [who, m] : members_) {
    auto first = std::max(begins_ + 1, m.first.value_or(begins_ + 1));
    auto lacks = m.end && m.rows.covered().first_gap({first, m.end->last});
    tick_runs all;
    if (who == me_ || !(m.closing || lacks) || !everybody_answered(who, all))
      continue;
    auto from = looked_for_from(m);
    auto& covered = m.rows.covered();
    auto to_come =
        std::any_of(all.runs().begin(), all.runs().end(), [&](auto& run) {
          return covered.first_gap({std::max(run.first, from), run.last})
              .has_value();
        });
    if (to_come && !m.end)
      continue; // they are asked for
    auto end = m.end.value_or(life_end{m.closing.value_or(end_kind::dead),
                                       all.last().value_or(never)});
    lapse(m, {first, end.last}, all);
    if (m.end)
      continue;
    claim_end(who, end, out);
  }
  tell_ends(out);
}

// What nobody has any more is lost: unknown, never zero.
void cluster_meter::lapse(member& m, tick_run within, const tick_runs& all) {
  while (auto gap = m.rows.covered().first_gap(within)) {
    auto hole = all.first_gap(*gap);
    if (hole) {
      m.rows.lapse(*hole);
      if (!m.unknown.has(hole->first))
        mind_final(m, *hole); // it was final without this life
      m.unknown.add(*hole);
    } else {
      within.first = gap->last + 1;
    }
  }
}

// Claims meet in the same place, in whatever order they come: the lesser kind
// and the later tick, of which there may be rows here that others do not have.
void cluster_meter::claim_end(const life& who, life_end end,
                              meter_effects& out) {
  if (who == me_)
    return;
  auto& m = meet({who, std::nullopt});
  end.last = std::max(end.last, m.rows.to_give().last().value_or(end.last));
  if (m.end)
    end = {std::min(end.how, m.end->how), std::max(end.last, m.end->last)};
  m.closing.reset();
  m.settled = false;
  if (m.end == end)
    return;
  m.end = end;
  m.end_told = false;
  m.stood_anew = true;
  // At once: who has found it may not live to restate it.
  tell_held(std::nullopt, {who}, false, out);
  if (auto last = m.rows.covered().last(); last && end.last < *last)
    mind_final(m, {end.last + 1, *last}); // only told, and not so
  tell_ends(out);
}

// To the LEDGER, once all that there is of it has been handed over; to the
// accounts as soon as something is known.
void cluster_meter::tell_ends(meter_effects& out) {
  for (auto& [who, m] : members_) {
    if (m.end && !m.end_told
        && !m.rows.covered().first_gap({looked_for_from(m), m.end->last})) {
      keep(who, m, out);
      m.end_told = true;
      out.ended.push_back({who, *m.end});
    }
    if ((m.end || m.closing) && std::exchange(m.stood_anew, false))
      tell_last(who, m, out);
  }
}

// By what is here, before the end is agreed and after it: others may hold a
// higher row, and whoever's is highest counts. Who said goodbye had let all
// clients go, also if the row that says so has not come.
void cluster_meter::tell_last(const life& who, const member& m,
                              meter_effects& out) const {
  auto before = m.first.value_or(m.heard) - 1;
  last_reading said{who, before, false, {}};
  standing_apps its;
  if (m.end && m.end->how == end_kind::goodbye) {
    said.left = true;
    said.at = m.end->last;
  } else if (m.end && m.rows.stands_at(m.end->last)) {
    its = m.rows.at(m.end->last);
    said.at = m.end->last;
  } else {
    said.at = m.rows.last_standing(its).value_or(said.at);
  }
  std::map<app_number, std::pair<tick, std::uint64_t>> apps;
  for (app_number i = 1; i < its.now.size(); ++i)
    apps[i] = {said.at, its.now[i].open};
  // A row after one that is missing says how those stood that changed in it.
  auto& rows = m.rows.rows();
  for (auto row = rows.upper_bound(said.at); row != rows.end(); ++row)
    for (auto& [app, now] : row->second.says.apps)
      if (app != 0)
        apps[app] = {row->first, now.open};
  if (apps.empty() && said.at <= before)
    return; // nothing of it is known
  auto& own = members_.at(me_).rows;
  std::map<tick, standing_apps> here;
  for (auto& [app, stood] : apps) {
    auto [mine, is_new] = here.try_emplace(stood.first);
    if (is_new && !(mine->second = own.at(stood.first)).known)
      (void)own.last_standing(mine->second);
    auto& now = mine->second.now;
    said.apps.push_back({names_.id(app), stood.second,
                         app < now.size() ? now[app].open : 0, stood.first});
  }
  out.last.push_back(std::move(said));
}

} // namespace tidewire::cluster
