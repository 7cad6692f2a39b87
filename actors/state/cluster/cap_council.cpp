#include "actors/state/cluster/cap_council.hpp"

#include "actors/state/cluster/ownership.hpp"
#include "actors/state/cluster/stable_hash.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

namespace {

constexpr std::size_t most_snapshots = 4;
constexpr std::size_t most_untold = 10'000;

} // namespace

cap_council::cap_council(life me, meter::cap_book& book, tick begins,
                         std::span<const meter::cap_row> rows,
                         cap_council_settings settings)
    : me_(std::move(me)),
      book_(book),
      settings_(settings),
      through_(begins),
      waiting_after_(begins) {
  for (auto& row : rows)
    remember(row);
}

// -- rows ---------------------------------------------------------------------

void cap_council::remember(const meter::cap_row& row) {
  last_rows_[row.whose] = row.what;
  newest_row_ = std::max(newest_row_, row.what.at);
  recent_.push_back(row);
  if (recent_.size() > settings_.kept_rows)
    recent_.pop_front();
}

// What its owner has told already is not kept. Where both nodes stay as they
// were there is nothing to tell.
void cap_council::note(const meter::cap_row& row) {
  remember(row);
  if (row.what.cause == meter::cap_cause::agreed
      && row.what.from == row.what.to)
    return;
  auto owner = owner_of(row.whose);
  if (auto its = owner ? peers_.find(*owner) : peers_.end();
      its != peers_.end() && its->second.said
      && its->second.said->view == view_->hash
      && row.what.at <= its->second.said->told)
    return;
  untold_.push_back(row);
  if (untold_.size() > most_untold)
    untold_.pop_front();
}

void cap_council::changed(meter::cap_effects what, council_effects& out) {
  for (auto& row : what.rows) {
    note(row);
    out.caps.rows.push_back(std::move(row));
  }
  for (auto& each : what.verdicts)
    out.caps.verdicts.push_back(std::move(each));
}

// -- ticks --------------------------------------------------------------------

void cap_council::apply(const final_tick& x) {
  if (x.whole)
    open_.clear();
  for (auto& use : x.apps)
    if (use.billable != 0)
      open_[use.app] = use.billable;
    else
      open_.erase(use.app);
}

void cap_council::final(const final_tick& x, council_effects& out) {
  auto last = waiting_.empty() ? std::max(through_, waiting_after_)
                               : waiting_.back().at;
  if (x.at - last > settings_.missed_ticks || (!standing_ && x.at - last > 1))
    lose_standing(x.at - 1);
  if (standing_) {
    fold(x, out);
    announce(out);
    return;
  }
  waiting_.push_back(x);
  if (waiting_.size() > settings_.waiting_ticks) {
    apply(waiting_.front());
    waiting_after_ = waiting_.front().at;
    waiting_.pop_front();
  }
}

void cap_council::lose_standing(tick after) {
  standing_ = false;
  for (auto& each : std::exchange(waiting_, {}))
    apply(each);
  waiting_after_ = after;
  lost_ns_.reset();
  for (auto& [who, p] : peers_)
    p.answered = false;
}

void cap_council::fold(const final_tick& x, council_effects& out) {
  apply(x);
  if (x.at <= through_)
    return;
  std::map<std::string_view, meter::cap_use> uses;
  auto whole = std::exchange(fresh_, false) || x.whole;
  if (whole)
    for (auto& [app, open] : open_)
      uses[app] = {app, open, 0};
  for (auto& use : x.apps)
    uses[use.app] = {use.app, use.billable, use.broadcasts};
  std::vector<meter::cap_use> all;
  all.reserve(uses.size());
  for (auto& [app, use] : uses)
    all.push_back(use);
  through_ = x.at;
  meter::cap_effects effects;
  book_.on_tick(x.at, all, whole, effects);
  changed(std::move(effects), out);
  if (x.at.number % settings_.compare_ticks == 0)
    take_snapshot(out);
}

void cap_council::take_snapshot(council_effects& out) {
  auto& now = snapshots_.emplace_back();
  now.memory = book_.memory();
  for (auto& each : book_.standings())
    now.plans += stable_hash(path_of(each.whose), each.cap);
  auto hash = stable_hash("caps");
  for (auto& each : now.memory.caps) {
    auto& row = each.row;
    // When a grace ended makes no difference any more.
    auto runs = row.what.deadline && through_ < *row.what.deadline;
    if (row.what.to == meter::cap_level::ok && !runs)
      continue;
    hash = stable_hash(
        path_of(row.whose) + ' ' + std::string{name_of(row.what.to)} + ' '
            + std::to_string(runs ? row.what.deadline->number : 0),
        hash);
  }
  now.hash = hash;
  if (snapshots_.size() > most_snapshots)
    snapshots_.pop_front();
  tell_said(out);
  for (auto& [who, p] : peers_)
    check(who, p, out);
}

// -- who knows how caps stand -------------------------------------------------

void cap_council::turn(std::int64_t now_ns, council_effects& out) {
  now_ns_ = now_ns;
  if (standing_) {
    announce(out);
    return;
  }
  if (!lost_ns_) {
    lost_ns_ = now_ns;
    asked_ns_ = now_ns - settings_.ask_ns;
  }
  auto unanswered = std::any_of(peers_.begin(), peers_.end(),
                                [](auto& x) { return !x.second.answered; });
  auto all_linked =
      view_
      && std::all_of(
          view_->members.begin(), view_->members.end(),
          [&](auto& x) { return x.who == me_ || peers_.contains(x.who); });
  if ((alone_ && all_linked && !unanswered)
      || now_ns - *lost_ns_ >= settings_.patience_ns) {
    found(out);
    return;
  }
  if (now_ns - asked_ns_ < settings_.ask_ns)
    return;
  asked_ns_ = now_ns;
  for (auto& [who, p] : peers_)
    ask(who, out);
}

void cap_council::found(council_effects& out) {
  through_ = std::max(through_, waiting_after_);
  founded_ = through_;
  for (auto& [whose, row] : std::exchange(later_, {})) {
    remember(row);
    out.caps.rows.push_back(row);
  }
  book_.begin_among_others(through_);
  catch_up(out);
}

void cap_council::catch_up(council_effects& out) {
  standing_ = fresh_ = true;
  lost_ns_.reset();
  snapshots_.clear();
  auto waiting = std::exchange(waiting_, {});
  for (auto& x : waiting)
    fold(x, out);
  waiting_after_ = through_;
  announce(out);
}

// -- telling the operator -----------------------------------------------------

std::optional<life>
cap_council::owner_of(const meter::cap_subject& whose) const {
  if (!view_)
    return std::nullopt;
  auto at = cluster::owner_of(*view_, caps_app, path_of(whose));
  return view_->members[at.member].who;
}

bool cap_council::is_mine(const meter::cap_row& row) const {
  return owner_of(row.whose) == me_;
}

void cap_council::view_is(std::shared_ptr<const view> now, bool alone,
                          std::int64_t now_ns) {
  now_ns_ = now_ns;
  alone_ = alone;
  if (view_ && view_->hash == now->hash)
    return;
  view_ = std::move(now);
  view_ns_ = now_ns;
  for (auto& [who, p] : peers_)
    if (p.said)
      forget_told(who, *p.said);
}

void cap_council::announce(council_effects& out) {
  if (!standing_ || !view_ || now_ns_ - view_ns_ < settings_.calm_ns)
    return;
  auto before = untold_.size();
  std::erase_if(untold_, [&](auto& row) {
    if (!is_mine(row))
      return false;
    out.announce.push_back(row);
    return true;
  });
  if (untold_.size() != before)
    tell_said(out);
}

// Of the last snapshot, so that others have one of the same tick.
void cap_council::tell_said(council_effects& out) {
  if (!view_)
    return;
  caps_said x{founded_, {}, 0, 0, view_->hash, through_};
  if (!snapshots_.empty()) {
    x.at = snapshots_.back().memory.at;
    x.plans = snapshots_.back().plans;
    x.hash = snapshots_.back().hash;
  }
  for (auto& row : untold_)
    if (is_mine(row))
      x.told = std::min(x.told, row.what.at - 1);
  out.send.push_back({std::nullopt, caps_said_kind, encode(x)});
}

} // namespace tidewire::cluster
