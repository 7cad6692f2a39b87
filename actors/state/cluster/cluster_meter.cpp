#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/meter/journal.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

cluster_meter::cluster_meter(life me, tick begins,
                             cluster_meter_settings settings)
    : me_(std::move(me)),
      begins_(begins),
      settings_(settings),
      now_(begins),
      newest_(begins),
      final_through_(begins),
      finals_told_(begins),
      restated_(begins),
      said_(begins) {
  meet({me_, std::nullopt});
}

// -- the roster ---------------------------------------------------------------

cluster_meter::member& cluster_meter::meet(const named_life& who) {
  auto [it, is_new] = members_.try_emplace(who.who);
  auto& m = it->second;
  if (is_new) {
    m.heard = final_through_ + 1;
    m.on_disk_only = begins_;
    m.linked = peers_.contains(who.who);
  }
  if (!m.first)
    m.first = who.first;
  return m;
}

named_life cluster_meter::name_of(const life& who, const member& m) const {
  return {who, m.first};
}

std::vector<named_life> cluster_meter::roster() const {
  std::vector<named_life> out;
  for (auto& [who, m] : members_)
    if (!m.end)
      out.push_back(name_of(who, m));
  return out;
}

bool cluster_meter::should_have(const member& m, tick t) const noexcept {
  return m.end ? m.first && *m.first <= t && t <= m.end->last
               : m.first.value_or(m.heard) <= t;
}

// -- from the LEDGER ----------------------------------------------------------

// An earlier life of this node is dead: this one is the proof.
void cluster_meter::restore(const named_life& who, const tick_runs& known,
                            const std::vector<rows_to_keep::row>& last) {
  if (who.who == me_)
    return;
  auto& m = meet(who);
  for (auto& run : known.runs())
    m.rows.on_disk(run);
  for (auto& x : last) {
    auto block = meter::decode_block(x.block);
    if (auto* it = std::get_if<meter::tick_block>(&block))
      m.rows.take(it->at, {static_cast<std::uint64_t>(x.at - x.before - 1),
                           x.block, changes_of(*it, names_)});
  }
  m.kept = known.last();
  if (who.who.node == me_.node)
    m.closing = end_kind::dead;
  m.stood_anew = true;
}

void cluster_meter::known(const named_life& whose, tick_run rows,
                          meter_effects& out) {
  // Of whom nobody here has heard yet: its rows are not told again.
  if (!members_.contains(whose.who) && rows.last <= begins_)
    return;
  auto& m = meet(whose);
  // What was taken for lost is not, after all.
  auto lost = m.rows.lapses().runs();
  for (auto& run : lost)
    if (tick_run both{std::max(run.first, rows.first),
                      std::min(run.last, rows.last)};
        both.first <= both.last) {
      m.rows.on_disk(both);
      mind_final(m, both);
    }
  for (auto gap = m.rows.covered().first_gap(rows); gap;
       gap = m.rows.covered().first_gap(rows)) {
    m.rows.on_disk(*gap);
    mind_final(m, *gap);
  }
  advance(out);
  tell_ends(out);
}

void cluster_meter::ended(const life& whose, life_end end, meter_effects& out) {
  claim_end(whose, end, out);
  advance(out);
}

// -- from NODE ----------------------------------------------------------------

void cluster_meter::heard(const life& who) {
  meet({who, std::nullopt});
}

// The peer learns at once what is known here, before any row of this line.
void cluster_meter::linked(const life& who, meter_effects& out) {
  if (who == me_)
    return;
  peers_[who] = {};
  meet({who, std::nullopt}).linked = true;
  restate(who, out);
}

void cluster_meter::unlinked(const life& who) {
  peers_.erase(who);
  for (auto& [other, m] : members_) {
    if (other == who)
      m.linked = false;
    if (m.asked == who)
      m.asked.reset();
    m.asked_from.erase(who);
  }
}

void cluster_meter::proved_dead(const life& who, meter_effects& out) {
  close(who, end_kind::dead, out);
  conclude(out);
}

void cluster_meter::forget(const life& who, meter_effects& out) {
  close(who, end_kind::forgotten, out);
  conclude(out);
}

// -- every turn ---------------------------------------------------------------

void cluster_meter::turn(tick now, std::int64_t now_ns, meter_effects& out) {
  now_ = std::max(now_, now);
  for (auto& [who, m] : members_) {
    // Those that waited for one before them are in no ledger yet.
    for (auto& [at, row] :
         m.rows.trim(settings_.kept_ticks, settings_.kept_bytes))
      if (who != me_ && m.kept && *m.kept < at)
        out.keep.push_back({who,
                            m.first.value_or(at),
                            {{at, at - static_cast<std::int64_t>(row.gap) - 1,
                              std::move(row.block)}}});
    auto last = m.rows.covered().last().value_or(m.first.value_or(m.heard) - 1);
    if (!m.end && !m.settled && who != me_ && now - last > settings_.settle_s) {
      m.settled = true;
      out.settled.push_back(who);
    }
    if (m.late.empty())
      continue;
    for (auto& run : m.late.runs()) {
      ++corrections_;
      out.corrections.push_back(
          {who, run, "its rows came after the sum was final"});
    }
    m.late = {};
  }
  if (now - restated_ >= settings_.restate_ticks) {
    restated_ = now;
    restate(std::nullopt, out);
  }
  conclude(out);
  fetch(now, now_ns, out);
  advance(out);
}

bool cluster_meter::take(const life& from, record_kind kind,
                         std::string_view bytes, std::int64_t now_ns,
                         meter_effects& out) {
  auto good = false;
  if (peers_.contains(from))
    switch (kind) {
    case rows_kind:
      good = take_rows(from, bytes, out);
      break;
    case ask_rows_kind:
      good = answer(from, bytes, now_ns, out);
      break;
    case standing_kind:
      good = take_standing(from, bytes, out);
      break;
    case held_kind:
      good = take_held(from, bytes, out);
      break;
    default:
      break; // of a newer version
    }
  if (!good)
    ++malformed_;
  conclude(out);
  advance(out);
  fetch(now_, now_ns, out); // who was answered asks for more
  return good;
}

// -- the gauge ----------------------------------------------------------------

gauge_range cluster_meter::at(tick t) const {
  gauge_range out;
  out.at = t;
  auto add = [](app_levels& to, const app_levels& from) {
    if (to.size() < from.size())
      to.resize(from.size());
    for (std::size_t i = 0; i < from.size(); ++i)
      to[i] += from[i];
  };
  for (auto& [who, m] : members_) {
    if (!should_have(m, t))
      continue;
    ++out.lives;
    if (auto its = m.rows.at(t); its.known) {
      ++out.answered;
      add(out.least, its.now);
      add(out.most, its.now);
      continue;
    }
    out.missing.push_back(who);
    standing_apps last;
    if (m.rows.last_standing(last))
      add(out.most, last.now);
    else
      out.open_ended = true;
  }
  return out;
}

std::vector<life_standing> cluster_meter::lives() const {
  std::vector<life_standing> out;
  for (auto& [who, m] : members_) {
    life_standing x;
    x.who = who;
    x.first = m.first;
    x.last = m.rows.covered().last();
    x.end = m.end;
    if (auto through = ready_through(m); through < newest_)
      x.lacks = through + 1;
    x.closing = m.closing.has_value();
    x.settled = m.settled;
    x.linked = m.linked;
    out.push_back(std::move(x));
  }
  return out;
}

std::vector<node_load> cluster_meter::loads() const {
  std::vector<node_load> out;
  for (auto& [who, m] : members_) {
    standing_apps last;
    if (!m.end && !m.closing && m.rows.last_standing(last))
      out.push_back({who, last.now.empty() ? 0 : last.now[0].open});
  }
  return out;
}

} // namespace tidewire::cluster
