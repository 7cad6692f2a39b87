#include "tests/sim/world.hpp"

#include "tests/sim/invariants.hpp"
#include "tests/sim/world_turn.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tidewire::sim {

namespace {

constexpr std::int64_t million = 1'000'000;

} // namespace

world::world(const scenario& what, story* told)
    : what_(what),
      told_(told),
      chance_(what.seed ^ 0x7469646577697265u),
      net_(what.seed + 1, what.hosts, what.round_trip_us * us, plans_, *this),
      running_(what.hosts, nobody),
      stopped_(what.hosts, false),
      pauses_(what.hosts, 0),
      inbox_(what.hosts),
      disks_(what.hosts),
      clients_(std::max(what.clients, 1u)) {
  went_on_.assign(what.hosts, 0);
  for (host x = 0; x < what.hosts; ++x) {
    auto ppm = static_cast<std::int64_t>(what.drift_ppm);
    auto skew = static_cast<std::int64_t>(what.skew_ms);
    steady_offset_.push_back(chance_.between(1, 1'000'000) * second);
    drift_ppm_.push_back(chance_.between(-ppm, ppm));
    wall_offset_.push_back(chance_.between(-skew, skew) * ms);
  }
}

world::~world() = default;

// -- clocks -------------------------------------------------------------------

std::int64_t world::steady_ns(host x) const noexcept {
  return steady_offset_[x] + now_ + now_ / million * drift_ppm_[x];
}

std::int64_t world::wall_ns(host x) const noexcept {
  return epoch_s * second + wall_offset_[x] + now_
         + now_ / million * drift_ppm_[x];
}

instant world::at_steady(host x, std::int64_t steady) const noexcept {
  constexpr std::int64_t far = 1'000'000 * second;
  auto length = steady - steady_ns(x);
  if (length > far)
    return never;
  return std::max(now_ + 1,
                  now_ + length - length / million * drift_ppm_[x] + us);
}

// -- what the oracle notes ----------------------------------------------------

world::book& world::disk::book_of(const cluster::life& whose) {
  for (auto& x : books)
    if (x.whose == whose)
      return x;
  books.push_back({whose, {}, {}, {}, {}});
  return books.back();
}

void world::stated(process who, meter::tick at, std::int64_t steady) {
  auto x = lives_[who].where;
  auto length = steady - steady_ns(x);
  readings_[who].push_back(
      {at, now_ + length - length / million * drift_ppm_[x], now_});
}

void world::corrected(process who, const cluster::correction& what) {
  tell("  ", host_name(host_of(who)), " corrects ticks ",
       what.ticks.first.number - epoch_s, " to ",
       what.ticks.last.number - epoch_s, ": ", what.why);
  corrected_.push_back(what.ticks);
}

void world::note_gaps() {
  for (auto who : running_) {
    if (who == nobody)
      continue;
    auto& x = nodes_[who]->who_is_there();
    auto oldest = nodes_[who]->process_of(x.now().oldest().who);
    if (oldest != nobody && oldest != who && alive(oldest))
      gaps_[who] = std::llabs(nodes_[oldest]->who_is_there().cluster_time()
                              - x.cluster_time());
  }
}

std::optional<std::int64_t> world::clock_gap(process x) const {
  auto at = gaps_.find(x);
  return at == gaps_.end() ? std::nullopt : std::optional{at->second};
}

bool world::was_corrected(meter::tick at) const noexcept {
  return std::any_of(corrected_.begin(), corrected_.end(),
                     [&](auto& x) { return x.first <= at && at <= x.last; });
}

// -- processes ----------------------------------------------------------------

void world::start(host x) {
  if (running_[x] != nobody)
    return;
  auto who = static_cast<process>(lives_.size());
  auto incarnation = chance_.next() | 1u;
  lives_.push_back({x, incarnation, now_});
  readings_.emplace_back();
  running_[x] = who;
  stopped_[x] = false;
  inbox_[x].clear();
  tell(host_name(x), " starts, incarnation ", incarnation % 10'000);
  nodes_.push_back(std::make_unique<sim_node>(*this, who));
  nodes_.back()->begin();
}

bool world::others_live(process than) const {
  return std::any_of(running_.begin(), running_.end(),
                     [&](process x) { return x != nobody && x != than; });
}

// From somebody who lives, by what either sees or by a path that is cut; or
// nobody else does.
bool world::is_apart(process who) const {
  auto sees = [&](process one, process other) {
    return index_of(nodes_[one]->who_is_there().now(), nodes_[other]->me())
           != cluster::no_member;
  };
  auto x = host_of(who);
  if (!others_live(who))
    return true;
  return std::any_of(running_.begin(), running_.end(), [&](process other) {
    if (other == nobody || other == who)
      return false;
    auto y = host_of(other);
    return !sees(who, other) || !sees(other, who) || !net_.open(x, y)
           || !net_.open(y, x) || stopped_[x] || stopped_[y];
  });
}

void world::crash(host x) {
  auto who = running_[x];
  if (who == nobody)
    return;
  auto told = told_at_.find(who);
  ended_apart_ =
      ended_apart_ || is_apart(who)
      || (told != told_at_.end() && now_ < told->second + 2 * second);
  tell(host_name(x), " is killed with ", truth_.open(all, who), " connections");
  lives_[who].ended = now_;
  two_ended_together_ = two_ended_together_ || now_ < last_end_ + 12 * second;
  last_end_ = now_;
  running_[x] = nobody;
  stopped_[x] = false;
  inbox_[x].clear();
  net_.end(who, now_);
  truth_.died(who, now_);
  for (visit v = 0; v < visits_.size(); ++v)
    if (visits_[v].server == who)
      listening_.closed(v);
  for (std::uint32_t i = 0; i < clients_.size(); ++i)
    if (clients_[i].at != no_visit && visits_[clients_[i].at].server == who) {
      visits_[clients_[i].at].is = visit_record::standing::over;
      clients_[i].at = no_visit;
      if (chance_.chance(800))
        come_back(i);
    }
}

void world::stop_for(host x, instant length) {
  if (running_[x] == nobody || stopped_[x])
    return;
  tell(host_name(x), " is stopped for ", length / ms, " ms");
  stopped_[x] = true;
  went_on_[x] = now_;
  plans_.plan(now_ + length, kind::wake, x, ++pauses_[x]);
}

void world::go_on(host x) {
  if (!stopped_[x])
    return;
  tell(host_name(x), " goes on");
  stopped_[x] = false;
  went_on_[x] = now_;
  ++pauses_[x];
  auto who = running_[x];
  nodes_[who]->waking();
  for (auto& what : std::exchange(inbox_[x], {}))
    what();
  to(who, [](sim_node& n) { n.woke(); });
}

process world::listening(host at, bool& stopped) const {
  stopped = stopped_[at];
  return running_[at];
}

bool world::admits(process at, process who) {
  return nodes_[at]->admits(who);
}

void world::link_up(process who, link l, process peer, bool dialled) {
  to(who, [=, this](sim_node& n) {
    if (auto at = stays_.find({who, peer}); at != stays_.end())
      at->second.since = now_;
    n.link_up(l, peer, dialled);
  });
}

void world::link_down(process who, link l, process peer) {
  to(who, [=](sim_node& n) { n.link_down(l, peer); });
}

void world::dial_over(process who, host to_host, outcome how, process met) {
  to(who, [=](sim_node& n) { n.dial_over(to_host, how, met); });
}

void world::arrived(process who, link l, process from, std::string bytes) {
  to(who, [=, this, bytes = std::move(bytes),
           sent = net_.heard(from, who)](sim_node& n) {
    if (n.arrived(l, from, bytes))
      was_read(from, who, sent);
  });
}

// -- the run ------------------------------------------------------------------

void world::fail(std::string_view invariant, std::string sentence) {
  if (finding_)
    return;
  tell("*** ", invariant, ": ", sentence);
  finding_ = finding{std::string{invariant}, std::move(sentence), now_, step_};
}

void world::handle(const event& e) {
  switch (e.what) {
  case kind::packet:
  case kind::flush:
  case kind::dial:
  case kind::proved:
  case kind::dialled:
    return net_.handle(e);
  case kind::timer: // a stopped process misses it
    if (alive(e.a) && !stopped_[lives_[e.a].where])
      to(e.a, [which = e.b](sim_node& n) { n.timer(which); });
    return;
  case kind::wake:
    if (pauses_[e.a] == e.b)
      go_on(e.a);
    return;
  case kind::client:
    if (clients_[e.a].plan == e.b)
      come_back_now(e.a);
    return;
  case kind::again:
    return ask_again(e.a, e.b);
  case kind::sample:
    check_now(*this);
    plans_.plan(now_ + second, kind::sample);
    return;
  case kind::finish:
    if (alive(e.a)) {
      tell(host_name(lives_[e.a].where), " has left");
      lives_[e.a].left = true;
      crash(lives_[e.a].where);
    }
    return;
  case kind::step:
    return;
  }
}

void world::run_until(instant at) {
  while (!finding_ && !plans_.empty() && plans_.next() <= at) {
    auto e = plans_.take();
    now_ = e.at;
    handle(e);
  }
  now_ = std::max(now_, at);
}

std::optional<finding> world::run() {
  for (host x = 0; x < what_.hosts; ++x) {
    run_until(x * 20 * ms);
    start(x);
  }
  plans_.plan(second / 3, kind::sample);
  run_until(3 * second);
  for (auto& s : what_.steps) {
    run_until(now_ + s.wait_ms * ms);
    if (finding_)
      return finding_;
    ++step_;
    happen(s);
    check_step(*this);
  }
  heal();
  run_until(now_ + quiet_time / 2);
  note_gaps();
  run_until(healed_at_ + quiet_time);
  if (!finding_)
    check_healed(*this);
  after_the_quiet();
  return finding_;
}

} // namespace tidewire::sim
