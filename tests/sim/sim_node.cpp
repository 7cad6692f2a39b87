#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

sim_node::sim_node(world& w, process self)
    : world_(w),
      self_(self),
      where_(w.lives()[self].where),
      me_(life_of(self)),
      view_(std::make_unique<sim_view>(*this)) {
  auto about = w.what().about;
  // The accounts of dead nodes need both; what the ledger knows of ends is told
  // at once.
  if (about == focus::permits || about == focus::everything)
    rights_ = std::make_unique<sim_rights>(*this);
  if (about == focus::meter || about == focus::everything)
    meter_ = std::make_unique<sim_meter>(*this);
  if (about == focus::channels || about == focus::everything)
    channels_ = std::make_unique<sim_channels>(*this);
}

sim_node::~sim_node() = default;

cluster::life sim_node::life_of(process x) const {
  auto& life = world_.lives()[x];
  return {host_name(life.where), life.incarnation};
}

process sim_node::process_of(const cluster::life& x) const noexcept {
  auto& lives = world_.lives();
  for (process i = 0; i < lives.size(); ++i)
    if (lives[i].incarnation == x.incarnation)
      return i;
  return nobody;
}

// -- links --------------------------------------------------------------------

void sim_node::link_up(link l, process peer, bool) {
  world_.tell("  ", host_name(where_), ": linked with ",
              host_name(world_.host_of(peer)));
  lines_.push_back({l, peer, {}, {}});
  if (channels_)
    channels_->linked(peer);
  view_->linked(peer);
  if (meter_)
    meter_->linked(peer);
}

void sim_node::link_down(link l, process peer) {
  if (std::erase_if(lines_, [&](auto& x) { return x.number == l; }) != 0)
    lost_line(peer);
}

void sim_node::lost_line(process peer) {
  world_.tell("  ", host_name(where_), ": its link with ",
              host_name(world_.host_of(peer)), " has ended");
  if (channels_)
    channels_->unlinked(peer);
  view_->unlinked(peer);
  if (meter_)
    meter_->unlinked(peer);
}

void sim_node::dial_over(host to, outcome how, process met) {
  constexpr const char* words[] = {"is linked",    "was linked before",
                                   "is unwilling", "is itself",
                                   "refuses",      "is silent"};
  world_.tell("  ", host_name(where_), " dialled ", host_name(to), ", which ",
              words[static_cast<std::size_t>(how)]);
  if (met != nobody)
    world_.reached(self_, met);
  view_->dial_over(to, how, met);
}

bool sim_node::admits(process who) {
  return view_->admits(who);
}

void sim_node::dial(host to) {
  world_.net().dial(self_, to, world_.now());
}

void sim_node::cut(process peer) {
  for (auto& x : lines_)
    if (x.peer == peer) {
      world_.net().close(self_, x.number, world_.now());
      cut_.push_back(peer);
    }
  std::erase_if(lines_, [&](auto& x) { return x.peer == peer; });
}

// Only what is restated may get lost on a link that stands: the rows.
void sim_node::put(line& to, cluster::record_kind kind,
                   std::string_view bytes) {
  if (world_.loss() != 0 && cluster::row_kinds.has(kind)
      && world_.chance().chance(world_.loss())) {
    auto fate = world_.chance().below(3);
    if (fate == 0)
      return;
    cluster::append_record(fate == 1 ? to.late : to.waiting, kind, bytes);
    if (fate == 1)
      return;
  }
  cluster::append_record(to.waiting, kind, bytes);
}

void sim_node::send(process to, cluster::record_kind kind,
                    std::string_view bytes) {
  for (auto& x : lines_)
    if (x.peer == to)
      return put(x, kind, bytes);
}

void sim_node::send_all(cluster::record_kind kind, std::string_view bytes) {
  for (auto& x : lines_)
    put(x, kind, bytes);
}

void sim_node::end_turn() {
  for (auto peer : std::exchange(cut_, {}))
    lost_line(peer);
  if (rights_) {
    rights_->may_found(view_->members().nobody_else());
    rights_->end_turn();
  }
  if (channels_)
    channels_->end_turn();
  view_->plan();
  flush();
  last_turn_ns_ = now_ns();
}

void sim_node::flush() {
  for (auto& x : lines_) {
    if (x.waiting.empty())
      continue;
    // What was late comes behind what was said after it.
    auto late = std::exchange(x.late, {});
    world_.net().send(self_, x.number, std::exchange(x.waiting, {}),
                      world_.now());
    if (!late.empty())
      world_.net().send(self_, x.number, std::move(late), world_.now());
  }
}

// -- NODE to the others -------------------------------------------------------

void sim_node::view_is(std::shared_ptr<const cluster::view> now) {
  if (meter_)
    for (auto& m : now->members)
      if (m.who != me_)
        meter_->heard(m.who);
  if (channels_)
    channels_->view_is(now);
  if (rights_)
    rights_->view_is(std::move(now));
}

void sim_node::heard(const cluster::life& who) {
  if (meter_)
    meter_->heard(who);
}

void sim_node::over(const cluster::life_ended& x) {
  auto& what = x.what;
  // Who leaves has closed all that it had before.
  if (rights_)
    rights_->over(x);
  if (channels_)
    channels_->over(process_of(what.who));
  if (meter_)
    meter_->over(what.who, what.how == cluster::ending::forgotten);
}

// -- time ---------------------------------------------------------------------

// NODE tells its listeners at once what it knows from before.
void sim_node::begin() {
  for (auto& x : view_->members().ended().list())
    over({x});
  view_is(view_->members().now());
  for (auto which : {clock_timer, view_timer, turn_timer, rights_timer})
    act(which);
  end_turn();
}

void sim_node::plan(std::uint32_t which, instant at) {
  if (at == never || at >= planned_[which])
    return;
  planned_[which] = at;
  world_.plan_timer(self_, at, which);
}

void sim_node::timer(std::uint32_t which) {
  if (world_.now() < planned_[which])
    return; // it was set for an earlier time since
  act(which);
}

// The clock is slewed when a tick has been read: about once per second.
void sim_node::act(std::uint32_t which) {
  planned_[which] = never;
  switch (which) {
  case view_timer:
    return view_->tick();
  case rights_timer:
    return rights_ ? rights_->tick() : void();
  case channels_timer:
    return channels_ ? channels_->tick() : void();
  case turn_timer:
    if (meter_)
      meter_->turn();
    return plan(turn_timer, world_.now() + 250 * ms);
  case clock_timer:
    if (meter_)
      meter_->read();
    view_->steer();
    return plan(clock_timer, next_tick());
  }
}

instant sim_node::next_tick() const {
  auto& clock = view_->clock();
  auto next = meter::tick_of(clock.at(now_ns()) + 1);
  if (meter_)
    next = std::max(next, meter_->next());
  return world_.at_steady(where_, clock.mono_of(next.ends()));
}

void sim_node::waking() {
  found_ns_ = last_turn_ns_;
  waking_ = true;
}

void sim_node::woke() {
  waking_ = false;
  for (auto which : {clock_timer, view_timer, turn_timer, rights_timer})
    act(which);
  if (channels_)
    channels_->tick();
  if (rights_)
    rights_->let_in();
  for (auto v : std::exchange(late_, {}))
    knock(v, world_.visits()[v].app);
}

// -- records ------------------------------------------------------------------

void sim_node::take(process from, cluster::record_kind kind,
                    std::string_view bytes) {
  if (cluster::view_kinds.has(kind))
    view_->take(from, kind, bytes);
  else if (cluster::row_kinds.has(kind) && meter_)
    meter_->take(from, kind, bytes);
  else if (cluster::right_kinds.has(kind) && rights_)
    rights_->take(from, kind, bytes);
  else if (cluster::channel_kinds.has(kind) && channels_)
    channels_->take(from, kind, bytes);
}

// What a stopped process finds may be of a link that it drops before it reads
// it.
bool sim_node::arrived(link l, process from, std::string_view bytes) {
  if (std::none_of(lines_.begin(), lines_.end(),
                   [&](auto& x) { return x.number == l; }))
    return false;
  if (!cluster::for_each_record(
          bytes, [&](auto kind, auto record) { take(from, kind, record); }))
    world_.fail("records", "a batch was cut");
  return true;
}

} // namespace tidewire::sim
