#include "actors/state/meter/meter_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidewire::meter {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

std::int64_t ms_of(std::uint64_t connections) noexcept {
  return static_cast<std::int64_t>(connections) * 1000;
}

} // namespace

meter_state::meter_state(cluster_ns began)
    : last_{floor_div(began, ns_per_second)}, slots_(1) {}

void meter_state::name(app_index app, const app_id& id, bool internal) {
  if (app >= by_index_.size()) {
    by_index_.resize(app + 1);
    readings_.resize(app + 1);
  }
  auto [at, is_new] =
      by_id_.try_emplace(id, static_cast<std::uint32_t>(slots_.size()));
  if (is_new)
    slots_.emplace_back().app = id;
  by_index_[app] = at->second;
  slots_[at->second].internal = internal;
  changed_.push_back(at->second);
}

bool meter_state::note(std::uint32_t reactor, const lifecycle& told,
                       cluster_ns at) {
  std::uint32_t index = 0;
  if (told.app != no_app) {
    index = told.app < by_index_.size() ? by_index_[told.app] : 0;
    if (index == 0)
      return false;
  }
  auto later = reactor < frozen_.size() && frozen_[reactor];
  (later ? next_ : now_).push_back({at, index, told.what, told.reason});
  return true;
}

void meter_state::freeze(std::uint32_t reactor) {
  if (reactor >= frozen_.size())
    frozen_.resize(reactor + 1);
  frozen_[reactor] = true;
}

std::vector<tick_block> meter_state::read(tick at,
                                          std::span<const app_now> apps) {
  std::vector<tick_block> blocks;
  frozen_.assign(frozen_.size(), false);
  if (at <= last_) {
    now_.insert(now_.end(), next_.begin(), next_.end());
    next_.clear();
    return blocks;
  }
  auto facts = take_facts(at);
  take(apps);
  if (rebase_)
    rebase(facts);
  std::size_t done = 0;
  for (auto t = last_ + 1; t <= at; t = t + 1) {
    done = replay(facts, done, t);
    if (t == at)
      settle(t);
    blocks.push_back(emit(t));
  }
  last_ = at;
  return blocks;
}

void meter_state::lose(tick until) {
  if (until <= last_)
    return;
  last_ = until;
  restate_ = rebase_ = true;
  auto lost = [&](const fact& x) { return x.at <= until.ends(); };
  std::erase_if(now_, lost);
  std::erase_if(next_, lost);
}

// What the reading says, index by index, into the slots.
void meter_state::take(std::span<const app_now> apps) {
  for (auto& x : apps) {
    auto index = x.app < by_index_.size() ? by_index_[x.app] : 0;
    if (index == 0)
      continue;
    auto& old = readings_[x.app];
    if (old.now == x.now && old.broadcasts == x.broadcasts
        && old.deliveries == x.deliveries && old.bytes == x.bytes)
      continue;
    auto& s = slots_[index];
    s.read.open += x.now.open - old.now.open;
    s.read.unbilled += x.now.unbilled - old.now.unbilled;
    s.read.unauthorized += x.now.unauthorized - old.now.unauthorized;
    s.read.users += x.now.users - old.now.users;
    s.unstated.broadcasts += x.broadcasts - old.broadcasts;
    s.unstated.deliveries += x.deliveries - old.deliveries;
    s.unstated.bytes += x.bytes - old.bytes;
    old = x;
    changed_.push_back(index);
  }
}

// The facts of this reading in the order of their stamps, within its time.
std::vector<meter_state::fact> meter_state::take_facts(tick at) {
  auto facts = std::exchange(now_, std::exchange(next_, {}));
  for (auto& x : facts)
    x.at = std::clamp(x.at, last_.ends(), at.ends());
  std::stable_sort(facts.begin(), facts.end(),
                   [](auto& a, auto& b) { return a.at < b.at; });
  return facts;
}

// After a loss: where the levels must have been for the facts to lead to the
// reading.
void meter_state::rebase(const std::vector<fact>& facts) {
  rebase_ = false;
  std::vector<std::int64_t> grown(slots_.size());
  for (auto& x : facts)
    if (x.what != lifecycle::kind::refused)
      grown[x.slot] += x.what == lifecycle::kind::opened ? 1 : -1;
  levels all;
  for (std::size_t i = 1; i < slots_.size(); ++i) {
    auto& s = slots_[i];
    auto open = static_cast<std::int64_t>(s.read.open) - grown[i];
    s.now.open = static_cast<std::uint64_t>(std::max<std::int64_t>(open, 0));
    s.now.unbilled =
        s.internal ? s.now.open : std::min(s.now.unbilled, s.now.open);
    s.now.users = std::min(s.now.users, s.now.open);
    s.before = s.now;
    all += s.now;
  }
  slots_[0].now = slots_[0].before = all;
}

meter_state::slot& meter_state::touch(std::uint32_t index, tick at) {
  auto& s = slots_[index];
  if (!s.touched) {
    s.touched = true;
    s.figures = {};
    s.figures.lowest = s.figures.highest = s.now.open;
    s.since = (at - 1).ends();
    touched_.push_back(index);
    changed_.push_back(index);
  }
  return s;
}

// Applies the facts of one tick. What has the same stamp happened at once.
std::size_t meter_state::replay(const std::vector<fact>& facts,
                                std::size_t from, tick at) {
  auto see = [&](std::uint32_t index) {
    auto& s = slots_[index];
    s.figures.lowest = std::min(s.figures.lowest, s.now.open);
    s.figures.highest = std::max(s.figures.highest, s.now.open);
  };
  while (from < facts.size() && facts[from].at <= at.ends()) {
    auto end = from;
    touch(0, at);
    for (; end < facts.size() && facts[end].at == facts[from].at; ++end)
      apply(facts[end], at);
    for (; from < end; ++from)
      see(facts[from].slot);
    see(0);
  }
  return from;
}

void meter_state::apply(const fact& x, tick at) {
  auto& s = touch(x.slot, at);
  if (x.what == lifecycle::kind::refused) {
    ++s.figures.did.refused[x.reason];
    return;
  }
  s.carry_ns += static_cast<std::int64_t>(s.now.open) * (x.at - s.since);
  s.since = x.at;
  auto& all = slots_[0].now.open;
  if (x.what == lifecycle::kind::opened) {
    ++s.figures.did.opened;
    ++s.now.open;
    ++all;
  } else {
    ++s.figures.did.closed[x.reason];
    // Never below zero; the reading will say how many there are.
    all -= s.now.open > 0 ? 1 : 0;
    s.now.open -= s.now.open > 0 ? 1 : 0;
  }
}

// The reading of the last tick: it is the truth.
void meter_state::settle(tick at) {
  drift_ = 0;
  auto open_until = [&](slot& s) {
    s.carry_ns += static_cast<std::int64_t>(s.now.open) * (at.ends() - s.since);
    s.since = at.ends();
  };
  auto see = [](slot& s) {
    s.figures.lowest = std::min(s.figures.lowest, s.now.open);
    s.figures.highest = std::max(s.figures.highest, s.now.open);
  };
  for (auto index : std::exchange(changed_, {})) {
    auto& s = slots_[index];
    auto unbilled = s.internal ? s.read.open : s.read.unbilled;
    if (index == 0
        || (s.now.open == s.read.open && s.now.users == s.read.users
            && s.now.unauthorized == s.read.unauthorized
            && s.now.unbilled == unbilled && s.unstated == counts{}))
      continue;
    touch(0, at);
    touch(index, at);
    drift_ +=
        std::max(s.now.open, s.read.open) - std::min(s.now.open, s.read.open);
    open_until(s);
    slots_[0].now.open += s.read.open - s.now.open;
    s.now = s.read;
    s.figures.did += std::exchange(s.unstated, {});
    see(s);
  }
  if (slots_[0].touched)
    see(slots_[0]);
  changed_.clear();
}

// The end of a tick for an app in which something happened.
void meter_state::conclude(slot& s, tick at) {
  s.carry_ns += static_cast<std::int64_t>(s.now.open) * (at.ends() - s.since);
  s.now.unbilled =
      s.internal ? s.now.open : std::min(s.now.unbilled, s.now.open);
  s.now.users = std::min(s.now.users, s.now.open);
  s.figures.now = s.now;
  s.figures.connection_ms = s.carry_ns / ns_per_ms;
  s.carry_ns %= ns_per_ms;
  s.figures.unbilled_ms =
      s.internal ? s.figures.connection_ms
                 : std::min(s.figures.connection_ms, ms_of(s.now.unbilled));
}

tick_block meter_state::emit(tick at) {
  tick_block block{at, restate_ || at == day_of(at).first(), {}};
  restate_ = false;
  if (touched_.empty() && !block.restated)
    return block;
  auto& all = slots_[0];
  auto& sum = all.figures;
  if (!all.touched)
    sum = tick_figures::idle(all.now);
  auto idle_open = all.before.open;
  auto idle_unbilled = all.before.unbilled;
  all.now = all.before;
  sum.connection_ms = sum.unbilled_ms = 0;
  for (auto index : touched_) {
    if (index == 0)
      continue;
    auto& s = slots_[index];
    conclude(s, at);
    idle_open -= s.before.open;
    idle_unbilled -= s.before.unbilled;
    all.now.open += s.now.open - s.before.open;
    all.now.unbilled += s.now.unbilled - s.before.unbilled;
    all.now.unauthorized += s.now.unauthorized - s.before.unauthorized;
    all.now.users += s.now.users - s.before.users;
    sum.connection_ms += s.figures.connection_ms;
    sum.unbilled_ms += s.figures.unbilled_ms;
    sum.did += s.figures.did;
    block.apps.push_back({s.app, s.figures});
    s.before = s.now;
  }
  sum.connection_ms += ms_of(idle_open);
  sum.unbilled_ms += ms_of(idle_unbilled);
  sum.now = all.before = all.now;
  if (block.restated)
    for (std::size_t i = 1; i < slots_.size(); ++i)
      if (!slots_[i].touched && slots_[i].now != levels{})
        block.apps.push_back(
            {slots_[i].app, tick_figures::idle(slots_[i].now)});
  if (!block.apps.empty() || all.touched)
    block.apps.push_back({all_apps, sum});
  std::sort(block.apps.begin(), block.apps.end(),
            [](auto& a, auto& b) { return a.app < b.app; });
  for (auto index : touched_)
    slots_[index].touched = false;
  touched_.clear();
  return block;
}

} // namespace tidewire::meter
