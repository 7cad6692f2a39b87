#include "tests/actors/state/meter/world.hpp"

#include "actors/state/meter/journal.hpp"

#include <algorithm>

namespace tidewire::meter::testing {

namespace {

constexpr std::int64_t ms = 1'000'000;

int app_of(app_index index) {
  return index == apps ? 0 : static_cast<int>(index);
}

} // namespace

world::world(std::string node) : node_(std::move(node)) {
  begin_life();
}

void world::begin_life() {
  for (auto& x : journals_)
    if (!x.empty())
      stored_before_ = std::max(stored_before_, x.back().first);
  clock_ = std::make_unique<cluster_clock>(mono_ns_, mono_ns_ + wall_offset_ns_,
                                           stored_before_);
  meter_ = std::make_unique<meter_state>(clock_->at(mono_ns_));
  for (app_index i = 0; i < apps; ++i)
    meter_->name(i, app_ids[i], i == apps - 1);
  meter_->name(apps, app_ids[0]);
  live_.clear();
  broadcasts_ = {};
  lives_.push_back({});
  life().who = {node_, lives_.size() * 0x9e3779b97f4a7c15};
  journals_.emplace_back();
}

void world::happen(std::uint32_t word) {
  auto p = word >> 4;
  wait(2 + (p & 1) * static_cast<std::int64_t>(p % 97) * ms);
  switch (word & 15) {
  case 0:
  case 1:
  case 2:
  case 3:
    return open(p);
  case 4:
  case 5:
  case 6:
    if (!live_.empty())
      close(p % live_.size(), p);
    return;
  case 7:
    return p & 1 ? refuse(p >> 1) : broadcast(p >> 1);
  case 8:
    return wait(p % 1500 * ms);
  case 9:
    return wait(p % 8000 * ms);
  case 10:
    return pause(p);
  case 11:
    return read_late(p);
  case 12:
    return p % 8 == 7 ? say_goodbye(p >> 3) : crash(p >> 3);
  case 13:
    return step_clock(p);
  case 14:
    disk_fails_ = !disk_fails_;
    if (!disk_fails_)
      meter_->restate();
    return;
  default:
    return p % 4 == 0 ? lose_reactor() : wait(p % 3000 * ms);
  }
}

// When something happens that a reactor tells now. What comes before its part
// of a late round belongs to that round.
moment world::now(std::uint32_t reactor) const {
  auto ns = clock_->at(mono_ns_);
  if (round_ && !frozen_[reactor])
    return {*round_, std::min(ns, round_->ends())};
  auto after = round_.value_or(meter_->last());
  return {std::max(tick_of(ns), after + 1), std::max(ns, after.ends())};
}

void world::note(std::uint32_t reactor, app_index app, lifecycle::kind what,
                 std::uint32_t reason, cluster_ns at) {
  if (!meter_->note(reactor,
                    {app, what, static_cast<std::uint8_t>(reason), 0, 0}, at))
    trouble_ = "a named app was not known";
}

void world::open(std::uint32_t p) {
  auto index = static_cast<app_index>(p % (apps + 1));
  auto reactor = p / 4 % reactors;
  live_.push_back({life().sockets.size(), index, reactor});
  life().sockets.push_back({app_of(index), now(reactor), {}});
  note(reactor, index, lifecycle::kind::opened, 0, clock_->at(mono_ns_));
}

void world::close(std::size_t i, std::uint32_t p, bool pending_at_waking) {
  auto x = live_[i];
  live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(i));
  auto when = now(x.reactor);
  auto stamp = clock_->at(mono_ns_);
  if (pending_at_waking) {
    auto& opened = life().sockets[x.socket].opened;
    stamp = std::max(meter_->last().ends(), opened.ns);
    when = {meter_->last() + 1, stamp};
  }
  life().sockets[x.socket].closed = when;
  note(x.reactor, x.index, lifecycle::kind::closed, p % close_reasons, stamp);
}

void world::refuse(std::uint32_t p) {
  auto reactor = p % reactors;
  auto named = p % 3 != 0;
  auto index = static_cast<app_index>(p % apps);
  life().refusals.push_back(
      {named ? std::optional{app_of(index)} : std::nullopt, now(reactor).at});
  note(reactor, named ? index : no_app, lifecycle::kind::refused,
       p % refuse_reasons, clock_->at(mono_ns_));
}

void world::broadcast(std::uint32_t p) {
  auto index = static_cast<app_index>(p % (apps + 1));
  broadcasts_[index] += 1 + p % 5;
  // Counters have no stamps: they belong to the next reading.
  life().broadcasts.push_back({app_of(index), meter_->last() + 1, 1 + p % 5});
}

// Lets time pass, with a reading at every tick.
void world::wait(std::int64_t ns) {
  auto until = mono_ns_ + ns;
  for (;;) {
    auto next = meter_->last() + 1;
    auto at = std::max(clock_->mono_of(next.ends()), mono_ns_);
    if (at > until)
      break;
    mono_ns_ = at;
    clock_->observe(mono_ns_, mono_ns_ + wall_offset_ns_);
    read(next);
  }
  mono_ns_ = until;
}

// Nothing runs for a while. Who ended meanwhile is found on waking, in the turn
// before the reading.
void world::pause(std::uint32_t p) {
  mono_ns_ += static_cast<std::int64_t>(1 + p % 20) * ns_per_second;
  for (auto i = live_.size(); i-- > 0;)
    if ((p >> (i % 16) & 3) == 3)
      close(i, p, true);
  clock_->observe(mono_ns_, mono_ns_ + wall_offset_ns_);
  auto at = tick{floor_div(clock_->at(mono_ns_), ns_per_second)};
  if (at > meter_->last())
    read(at);
}

// The first reactor states its part on time, the second somewhat later.
void world::read_late(std::uint32_t p) {
  auto next = meter_->last() + 1;
  auto at = std::max(clock_->mono_of(next.ends()), mono_ns_);
  mono_ns_ = at;
  clock_->observe(mono_ns_, mono_ns_ + wall_offset_ns_);
  round_ = next;
  freeze(0);
  for (auto n = p % 5; n > 0; --n) {
    mono_ns_ += 2 + (p >> n) % 50 * ms;
    if ((p >> n & 1) || live_.empty())
      open(p >> n);
    else
      close((p >> n) % live_.size(), p);
  }
  freeze(1);
  round_.reset();
  read(next);
  frozen_ = {};
}

void world::freeze(std::uint32_t reactor) {
  snapshot open{};
  for (auto& x : live_)
    if (x.reactor == reactor)
      ++open[x.index];
  frozen_[reactor] = open;
  meter_->freeze(reactor);
}

void world::read(tick at) {
  std::vector<app_now> reading;
  for (app_index i = 0; i <= apps; ++i) {
    app_now x{i, {}, broadcasts_[i], 0, 0};
    for (auto& part : frozen_)
      x.now.open += part ? (*part)[i] : 0;
    if (!frozen_[0])
      x.now.open = static_cast<std::uint64_t>(std::count_if(
          live_.begin(), live_.end(), [&](auto& y) { return y.index == i; }));
    reading.push_back(x);
  }
  for (auto& x : life().broadcasts)
    if (x.at > meter_->last())
      x.at = at;
  for (auto& block : meter_->read(at, reading)) {
    life().stated.push_back(block.at);
    if (block.at <= stored_before_)
      trouble_ = "a tick is there already, from an earlier life";
    if (disk_fails_)
      continue;
    life().stored.push_back(block.at);
    journals_.back().emplace_back(block.at, encode(block));
  }
  if (meter_->drift() != 0)
    trouble_ = "there is drift";
  if (!meter_->read(at, reading).empty())
    trouble_ = "a tick was stated twice";
}

// kill -9: the last seconds may not have reached the disk.
void world::crash(std::uint32_t p) {
  for (auto n = p % 3; n > 0 && !journals_.back().empty(); --n) {
    journals_.back().pop_back();
    life().stored.pop_back();
  }
  mono_ns_ += static_cast<std::int64_t>(p % 20'000) * ms;
  if (p % 5 == 0)
    step_clock(p);
  begin_life();
}

void world::say_goodbye(std::uint32_t p) {
  while (!live_.empty())
    close(live_.size() - 1, p);
  wait(ns_per_second + ns_per_second / 10);
  life().ended = !disk_fails_;
  mono_ns_ += static_cast<std::int64_t>(p % 20'000) * ms;
  begin_life();
}

void world::step_clock(std::uint32_t p) {
  constexpr std::int64_t hour = 3600 * ns_per_second;
  constexpr std::int64_t steps[] = {hour,           -hour,    ns_per_second,
                                    -ns_per_second, 700 * ms, -80 * ms};
  wall_offset_ns_ += steps[p % std::size(steps)];
}

void world::lose_reactor() {
  auto until = std::max(tick_of(clock_->at(mono_ns_)), meter_->last() + 1);
  for (auto& x : life().broadcasts)
    if (x.at > meter_->last())
      x.at = until + 1;
  meter_->lose(until);
}

void world::finish() {
  wait(2 * ns_per_second);
}

} // namespace tidewire::meter::testing
