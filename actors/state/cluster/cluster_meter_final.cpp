// Which ticks are final, and what they come to.
#include "actors/state/cluster/cluster_meter.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace tidewire::cluster {

namespace {

constexpr tick for_ever{std::int64_t{1} << 40};

} // namespace

// The last tick up to which this life keeps nobody waiting.
tick cluster_meter::ready_through(const member& m) const {
  auto next = final_through_ + 1;
  if (m.settled || (m.end && m.end->last < next))
    return for_ever;
  auto from = std::max(next, m.first.value_or(m.heard));
  auto through = m.rows.covered().through(from);
  return m.end && m.end->last <= through ? for_ever : through;
}

void cluster_meter::advance(meter_effects& out) {
  auto until = newest_;
  for (auto& [who, m] : members_)
    until = std::min(until, ready_through(m));
  if (until <= final_through_ && !rebuild_)
    return;
  auto before = std::exchange(final_through_, std::max(until, final_through_));
  for (auto& [who, m] : members_)
    if (m.settled)
      m.unknown.add({std::max(before + 1, m.first.value_or(m.heard)), until});
  auto t = before + 1;
  if (final_through_ - before > settings_.kept_ticks) {
    // What was settled in between is counted at one go.
    rebuild_ = true;
    t = final_through_ + 1;
  }
  for (; t <= final_through_; t = t + 1) {
    for (auto& [who, m] : members_)
      rebuild_ |= !can_step(m, t);
    if (rebuild_)
      rebuild_ = !rebuild(t, out);
    else
      step(t, out);
  }
  if (rebuild_)
    rebuild_ = !rebuild(final_through_, out);
  out.became_final |= before < final_through_;
}

// -- sums ---------------------------------------------------------------------

bool cluster_meter::nobody_knows(const member& m, tick t) const {
  return m.rows.lapsed(t) || !m.rows.covered().has(t);
}

// Not if its part is on disk only, or one has to ask how it stood.
bool cluster_meter::can_step(const member& m, tick t) const {
  if (!should_have(m, t) || nobody_knows(m, t))
    return true;
  auto* row = m.rows.find(t);
  return (row && m.part.known && row->gap == 0) || m.rows.stands_at(t);
}

void cluster_meter::step(tick t, meter_effects& out) {
  final_.any = true;
  final_.at = t;
  final_.lives = final_.unknown = 0;
  final_.apps.resize(names_.size());
  for (auto& [who, m] : members_)
    step(m, t);
  tell_final(t, out);
}

// Of ticks that were passed over, what was taken in them counts with this one.
void cluster_meter::tell_final(tick t, meter_effects& out) {
  auto moved = std::exchange(moved_, {});
  if (!settings_.tell_finals || t <= finals_told_)
    return;
  std::map<app_number, std::uint64_t> taken;
  for (auto& [who, m] : members_) {
    auto& rows = m.rows.rows();
    for (auto row = rows.upper_bound(finals_told_);
         row != rows.end() && row->first <= t; ++row)
      for (auto& [app, count] : row->second.says.broadcasts)
        taken[app] += count;
  }
  for (auto& [app, count] : taken)
    moved.push_back(app);
  if (whole_)
    for (app_number i = 1; i < final_.apps.size(); ++i)
      if (final_.apps[i].billable() != 0)
        moved.push_back(i);
  std::sort(moved.begin(), moved.end());
  moved.erase(std::unique(moved.begin(), moved.end()), moved.end());
  final_tick told{t, std::exchange(whole_, false), {}};
  for (auto app : moved)
    if (app != 0) {
      auto count = taken.find(app);
      told.apps.push_back({names_.id(app).text, final_.of(app).billable(),
                           count == taken.end() ? 0 : count->second});
    }
  finals_told_ = t;
  out.finals.push_back(std::move(told));
}

// From the tick before to this one; costs what changed.
void cluster_meter::step(member& m, tick t) {
  if (!should_have(m, t))
    return drop_part(m);
  ++final_.lives;
  if (nobody_knows(m, t)) {
    ++final_.unknown;
    return drop_part(m);
  }
  auto* row = m.rows.find(t);
  if (!row || !m.part.known || row->says.restated) {
    drop_part(m);
    m.part = m.rows.at(t);
    return add_part(m);
  }
  for (auto& [app, now] : row->says.apps) {
    moved_.push_back(app);
    auto& sum = final_.apps[app];
    if (app < m.part.now.size()) {
      auto& was = m.part.now[app];
      sum.open -= was.open;
      sum.unbilled -= was.unbilled;
      sum.unauthorized -= was.unauthorized;
      sum.users -= was.users;
    }
    sum += now;
  }
  m.part.apply(row->says);
}

void cluster_meter::add_part(const member& m) {
  for (app_number i = 0; i < m.part.now.size(); ++i) {
    final_.apps[i] += m.part.now[i];
    moved_.push_back(i);
  }
}

void cluster_meter::drop_part(member& m) {
  for (app_number i = 0; i < m.part.now.size(); ++i) {
    moved_.push_back(i);
    auto& sum = final_.apps[i];
    auto& its = m.part.now[i];
    sum.open -= its.open;
    sum.unbilled -= its.unbilled;
    sum.unauthorized -= its.unauthorized;
    sum.users -= its.users;
  }
  m.part.forget();
}

// Everybody's part anew, if all that is needed for it is in memory.
bool cluster_meter::rebuild(tick t, meter_effects& out) {
  if (t <= begins_)
    return true;
  for (auto& [who, m] : members_)
    if (should_have(m, t) && !nobody_knows(m, t) && !m.rows.stands_at(t))
      return false;
  final_ = {true, t, app_levels(names_.size()), 0, 0};
  for (auto& [who, m] : members_) {
    m.part.forget();
    if (!should_have(m, t))
      continue;
    ++final_.lives;
    if (nobody_knows(m, t)) {
      ++final_.unknown;
      continue;
    }
    m.part = m.rows.at(t);
    add_part(m);
  }
  whole_ = true;
  tell_final(t, out);
  return true;
}

// What a life says of ticks has come, or is on disk. Of those that were final,
// it is told if that makes a difference; unknown is not zero, so that a part
// was nothing is news where it was not known.
void cluster_meter::mind_final(member& m, tick_run ticks) {
  ticks.first = std::max(ticks.first, begins_ + 1);
  ticks.last = std::min(ticks.last, final_through_);
  if (ticks.last < ticks.first)
    return;
  rebuild_ = true;
  auto its =
      ticks.first == ticks.last ? m.rows.at(ticks.first) : standing_apps{};
  auto nothing = its.known
                 && std::all_of(its.now.begin(), its.now.end(),
                                [](auto& x) { return x == meter::levels{}; });
  if (!nothing || m.unknown.has(ticks.first))
    m.late.add(ticks);
}

} // namespace tidewire::cluster
