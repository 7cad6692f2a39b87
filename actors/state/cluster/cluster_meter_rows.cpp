// Rows: what comes, what is asked for, and what is answered.
#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/meter/journal.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidewire::cluster {

namespace {

// A row from further in the future is a mistake.
constexpr std::int64_t most_ahead = 3600;

// Accounts of who died stay open for so long.
constexpr std::int64_t lately_ended = 600;

meter::tick_block block_of(tick at, const standing_apps& apps,
                           const app_names& names) {
  meter::tick_block out{at, true, {}};
  for (app_number i = 0; i < apps.now.size(); ++i)
    if (apps.now[i] != meter::levels{})
      out.apps.push_back({names.id(i), meter::tick_figures::idle(apps.now[i])});
  std::sort(out.apps.begin(), out.apps.end(),
            [](auto& a, auto& b) { return a.app < b.app; });
  return out;
}

} // namespace

// -- what is stated, and what comes -------------------------------------------

void cluster_meter::state(const meter::tick_block& block, meter_effects& out) {
  auto& m = members_.at(me_);
  if (m.end || (m.first && block.at <= said_))
    return;
  if (!m.first) {
    m.first = block.at;
    said_ = block.at - 1;
  }
  told_row row{static_cast<std::uint64_t>(block.at - said_ - 1),
               meter::encode(block)};
  said_ = block.at;
  put(me_, m, block.at, {row.gap, row.block, changes_of(block, names_)}, out);
  out.send.push_back(
      {std::nullopt, rows_kind,
       encode(rows_told{me_, *m.first, roster(), {std::move(row)}})});
  conclude(out);
  advance(out);
}

bool cluster_meter::take_rows(const life& from, std::string_view bytes,
                              meter_effects& out) {
  auto told = decode_rows(bytes);
  if (!told)
    return false;
  // Before its rows: whoever is named here is waited for.
  for (auto& x : told->roster)
    named(x, out);
  if (told->whose == me_)
    return true; // nobody tells me what I said
  auto& m = meet({told->whose, told->first});
  // What it may still say itself came too late for those who asked where it
  // ended; what another one has of it counts.
  if (from == told->whose && (m.closing || m.end))
    return true;
  auto good = true;
  auto covered = m.rows.covered();
  for (auto& x : told->rows)
    good &= take_row(told->whose, m, x, out);
  // Who had nothing new is not asked for more at once, nor first.
  if (m.asked == from && covered != m.rows.covered()) {
    m.asked.reset();
    m.turn = 0;
  }
  keep(told->whose, m, out);
  tell_ends(out);
  return good;
}

bool cluster_meter::take_row(const life& whose, member& m, const told_row& x,
                             meter_effects& out) {
  auto block = meter::decode_block(x.block);
  auto* said = std::get_if<meter::tick_block>(&block);
  if (!said || said->at < *m.first || now_ + most_ahead < said->at)
    return false;
  auto before = said->at - static_cast<std::int64_t>(x.gap) - 1;
  if (x.gap > 0 && (!said->restated || before < *m.first))
    return false;
  put(whose, m, said->at, {x.gap, x.block, changes_of(*said, names_)}, out);
  return true;
}

void cluster_meter::put(const life& whose, member& m, tick at, life_rows::row x,
                        meter_effects& out) {
  using outcome = life_rows::outcome;
  auto news = !m.rows.covered().has(at) || m.rows.lapsed(at);
  // How the apps stood then may have come before the row.
  auto kept_here = !news && m.rows.to_give().has(at);
  auto before = at - static_cast<std::int64_t>(x.gap) - 1;
  auto late = m.kept && at <= *m.kept;
  rows_to_keep kept{whose, m.first.value_or(at), {}};
  kept.rows.push_back({at, before, x.block});
  switch (m.rows.take(at, std::move(x))) {
  case outcome::had:
    return;
  case outcome::disputed:
    ++disputes_;
    return;
  case outcome::too_old:
    if (kept_here)
      return;
    m.rows.on_disk({before + 1, at});
    late = true;
    break;
  case outcome::fresh:
    newest_ = std::max(newest_, at);
    m.stood_anew = true;
    break;
  }
  if (late && whose != me_ && !kept_here)
    out.keep.push_back(std::move(kept));
  if (news)
    mind_final(m, {at, at});
  m.settled = false;
  if (m.end && m.end->last < at) {
    m.end->last = at;
    m.end_told = false;
    tell_held(std::nullopt, {whose}, false, out);
  }
}

// In order, with nothing left out that may still come.
void cluster_meter::keep(const life& whose, member& m, meter_effects& out) {
  if (!m.kept)
    m.kept = m.first.value_or(m.heard) - 1;
  rows_to_keep what{whose, m.first.value_or(m.heard), {}};
  auto& rows = m.rows.rows();
  for (auto it = rows.upper_bound(*m.kept); it != rows.end(); ++it) {
    auto before = it->first - static_cast<std::int64_t>(it->second.gap) - 1;
    auto waits = *m.kept < before && m.on_disk_only < before
                 && m.rows.covered().through(*m.kept + 1) < before;
    if (waits)
      break;
    what.rows.push_back({it->first, before, it->second.block});
    m.kept = it->first;
  }
  if (!what.rows.empty())
    out.keep.push_back(std::move(what));
}

// What came of it in between goes to the ledger as it is. Rows that are missing
// before it are left to the ledgers only when nobody has them in memory.
bool cluster_meter::take_standing(const life& from, std::string_view bytes,
                                  meter_effects& out) {
  auto told = decode_standing(bytes);
  if (!told)
    return false;
  auto block = meter::decode_block(told->block);
  auto* said = std::get_if<meter::tick_block>(&block);
  if (!said || !said->restated || said->at < told->first
      || now_ + most_ahead < said->at)
    return false;
  if (told->whose == me_)
    return true;
  auto& m = meet({told->whose, told->first});
  auto asked_from = m.asked_from.extract(from);
  if (said->at < begins_ || (m.end && m.end->last < said->at))
    return true;
  auto gap = m.rows.covered().first_gap({wanted_from(m), said->at - 1});
  if (gap) {
    // Who was asked from a later tick has said nothing of earlier ones: it is
    // asked for them.
    if (asked_from && asked_from.mapped() <= gap->first)
      m.begins_after[from] = said->at;
    if (m.asked == from)
      m.asked.reset();
    if (!who_may_have(told->whose, m, gap->first).empty())
      return true; // one of them is asked next
    m.on_disk_only = said->at - 1;
    keep(told->whose, m, out);
  }
  auto news = !m.rows.covered().has(said->at);
  if (m.rows.stand(said->at, changes_of(*said, names_))) {
    newest_ = std::max(newest_, said->at);
    m.stood_anew = true;
    if (gap || !m.kept)
      m.kept = std::max(m.kept.value_or(said->at), said->at);
    if (m.asked == from)
      m.asked.reset();
  } else {
    m.rows.told(said->at); // memory begins later
  }
  if (news)
    mind_final(m, {said->at, said->at});
  tell_ends(out);
  return true;
}

// -- asking -------------------------------------------------------------------

// While its first row is not known, that may be of a tick that is final here.
tick cluster_meter::wanted_from(const member& m) const {
  return std::max({m.first.value_or(begins_), begins_ + 1, m.on_disk_only + 1});
}

std::optional<rows_asked>
cluster_meter::wanted(const life& who, const member& m, tick now) const {
  auto from = wanted_from(m);
  auto to = from - 1;
  if (m.end) {
    to = m.end->last;
  } else {
    if (m.linked && !m.closing)
      to = now - 1; // that of `now` is on its way
    for (auto& [other, p] : peers_)
      if (auto its = p.has.find(who); its != p.has.end())
        to = std::max(to, its->second.covered.last().value_or(to));
  }
  auto ask = [&](const tick_run& gap) {
    return rows_asked{who, gap.first,
                      m.first != gap.first && !m.rows.stands_at(gap.first - 1)};
  };
  // What was left to the ledgers may be in the memory of one who is here now.
  // It comes first: at the other end something is missing every second.
  auto first = std::max(m.first.value_or(m.heard), begins_ + 1);
  if (auto gap = m.rows.covered().first_gap({first, from - 1});
      gap && !who_may_have(who, m, gap->first).empty())
    return rows_asked{who, gap->first, false};
  if (auto gap = m.rows.covered().first_gap({from, to}))
    return ask(*gap);
  // The rows are here, or on disk; but how did the apps stand?
  if (rebuild_ && should_have(m, final_through_)
      && !m.rows.stands_at(final_through_) && !m.rows.lapsed(final_through_))
    return rows_asked{who, final_through_, true};
  // Accounts have to know of the end, also if that was before this life.
  if (m.end && begins_ <= m.end->last && now - m.end->last < lately_ended
      && !m.rows.stands_at(m.end->last))
    return rows_asked{who, m.end->last, true};
  return std::nullopt;
}

// Linked, and not known to have rows of later ticks only in memory.
std::vector<life> cluster_meter::who_may_have(const life& who, const member& m,
                                              tick t) const {
  auto out = who_says_to_have(who, m, t);
  std::erase_if(out, [&](auto& x) {
    auto at = m.begins_after.find(x);
    return at != m.begins_after.end() && t <= at->second;
  });
  return out;
}

std::vector<life> cluster_meter::who_says_to_have(const life& who,
                                                  const member& m,
                                                  tick t) const {
  std::vector<life> out;
  if (m.linked && !m.closing && !m.end)
    out.push_back(who);
  for (auto& [other, p] : peers_)
    if (auto its = p.has.find(who);
        other != who && its != p.has.end() && its->second.covered.has(t))
      out.push_back(other);
  return out;
}

std::optional<life> cluster_meter::whom_to_ask(const life& who, member& m,
                                               const rows_asked& what) {
  auto candidates = who_may_have(who, m, what.from);
  if (candidates.empty()) // then how the apps stood later
    candidates = who_says_to_have(who, m, what.from);
  if (candidates.empty())
    return std::nullopt;
  return candidates[m.turn++ % candidates.size()];
}

void cluster_meter::fetch(tick now, std::int64_t now_ns, meter_effects& out) {
  for (auto& [who, m] : members_) {
    if (who == me_ || (m.asked && now_ns < m.asked_until_ns))
      continue;
    m.asked.reset();
    auto what = wanted(who, m, now);
    if (!what)
      continue;
    m.asked = whom_to_ask(who, m, *what);
    if (!m.asked)
      continue;
    m.asked_until_ns = now_ns + settings_.patience_ns;
    // Of two answers that are on their way, nobody knows which comes first.
    auto& from = m.asked_from.try_emplace(*m.asked, what->from).first->second;
    from = std::max(from, what->from);
    out.send.push_back({m.asked, ask_rows_kind, encode(*what)});
  }
}

// -- answering ----------------------------------------------------------------

// One answer of bounded size, and so many bytes in a second: who is not
// answered asks again, or somebody else.
bool cluster_meter::answer(const life& to, std::string_view bytes,
                           std::int64_t now_ns, meter_effects& out) {
  auto asked = decode_ask(bytes);
  if (!asked)
    return false;
  auto it = members_.find(asked->whose);
  if (it == members_.end() || !it->second.first)
    return true;
  auto& m = it->second;
  auto& p = peers_.at(to);
  auto most = static_cast<std::int64_t>(settings_.answers_per_s);
  auto since = std::min<std::int64_t>(now_ns - p.allowed_ns, 1'000'000'000);
  p.allowed = std::min(most, p.allowed + since * most / 1'000'000'000);
  p.allowed_ns = now_ns;
  if (p.allowed <= 0)
    return true;
  auto send = [&](record_kind kind, std::string what) {
    p.allowed -= static_cast<std::int64_t>(what.size());
    out.send.push_back({to, kind, std::move(what)});
  };
  auto from = asked->from;
  std::string afterwards;
  auto stood = [&](tick t) {
    auto apps = m.rows.at(t);
    if (!apps.known)
      return false;
    auto told = encode(standing_told{asked->whose, *m.first,
                                     meter::encode(block_of(t, apps, names_))});
    if (m.rows.find(t)) { // who has only heard of a row cannot pass it on
      from = t;
      afterwards = std::move(told);
    } else {
      from = t + 1;
      send(standing_kind, std::move(told));
    }
    return true;
  };
  auto& rows = m.rows.rows();
  auto next = rows.lower_bound(from);
  auto begins = [&](const auto& row) {
    return row->first - static_cast<std::int64_t>(row->second.gap);
  };
  auto says_all =
      next != rows.end() && next->first == from && next->second.says.restated;
  if (from <= m.rows.floor()) {
    stood(m.rows.floor());
  } else if (next != rows.end() && from < begins(next)) {
    // Nothing of it is in memory: what comes after it.
    if (!next->second.says.restated && !stood(next->first - 1))
      stood(next->first);
  } else if (asked->standing && !says_all && !stood(from - 1) && !stood(from)) {
    // As it stood before, so that the row itself comes, too: it counts when it
    // is asked where a life ended. Its author may be behind the asker's time:
    // then as it stood last.
    if (next == rows.begin() || !stood(std::prev(next)->first))
      stood(m.rows.floor());
  }
  rows_told told{asked->whose, *m.first, roster(), {}};
  std::size_t size = 0;
  for (auto row = rows.lower_bound(from);
       row != rows.end() && told.rows.size() < max_rows_at_once
       && (told.rows.empty() || size < settings_.answer_bytes);
       ++row) {
    told.rows.push_back({row->second.gap, row->second.block});
    size += row->second.block.size();
  }
  if (!told.rows.empty())
    send(rows_kind, encode(told));
  if (!afterwards.empty())
    send(standing_kind, std::move(afterwards));
  return true;
}

} // namespace tidewire::cluster
