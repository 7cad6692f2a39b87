#include "tests/sim/sim_view.hpp"

#include "tests/sim/invariants.hpp"
#include "tests/sim/sim_node.hpp"

#include <utility>

namespace tidewire::sim {

namespace {

meter::cluster_clock clock_of(sim_node& home) {
  if (auto stated = home.around().disk_of(home.where()).stated)
    return {home.now_ns(), home.wall_ns(), *stated};
  return {home.now_ns(), home.wall_ns()};
}

// Stays of one view that the other one does not have.
template <class F>
void for_each_missing(const std::shared_ptr<const cluster::view>& of,
                      const std::shared_ptr<const cluster::view>& in, F&& f) {
  if (!of)
    return;
  for (auto& m : of->members) {
    auto at = in ? index_of(*in, m.who) : cluster::no_member;
    if (at == cluster::no_member || in->members[at].stay != m.stay)
      f(m.who);
  }
}

// Everybody's configuration names everybody.
std::vector<std::string> seeds_of(sim_node& home) {
  std::vector<std::string> result;
  for (host x = 0; x < home.around().hosts(); ++x)
    if (x != home.where())
      result.push_back(host_name(x));
  return result;
}

host host_at(const std::string& address) {
  return static_cast<host>(address[1] - '0');
}

} // namespace

sim_view::sim_view(sim_node& home)
    : home_(home),
      clock_(clock_of(home)),
      members_({}, {home.me(), host_name(home.where()), 1}, seeds_of(home),
               clock_, home.now_ns(), home.around().disk_of(home.where()).ended,
               home.around().disk_of(home.where()).known) {}

meter::cluster_ns sim_view::cluster_time() const {
  return clock_.at(home_.now_ns());
}

meter::cluster_ns sim_view::cluster_time_by(std::uint64_t number) const {
  return told_[number - 1].at(home_.now_ns());
}

std::uint64_t sim_view::last_of(process peer) const {
  auto at = heartbeats_.find(peer);
  return at == heartbeats_.end()
             ? 0
             : cluster::read_heartbeat(at->second)->row.number;
}

// -- what happens -------------------------------------------------------------

void sim_view::linked(process peer) {
  members_.linked(home_.life_of(peer),
                  host_name(home_.around().lives()[peer].where), home_.now_ns(),
                  effects_);
  act(effects_);
}

void sim_view::unlinked(process peer) {
  members_.unlinked(home_.life_of(peer), home_.now_ns(), effects_);
  act(effects_);
}

void sim_view::dial_over(host to, outcome how, process met) {
  auto result = how <= outcome::unwanted   ? cluster::dial_result::answered
                : how == outcome::yourself ? cluster::dial_result::yourself
                : how == outcome::refused  ? cluster::dial_result::refused
                                           : cluster::dial_result::failed;
  std::optional<cluster::life> answered;
  if (met != nobody)
    answered = home_.life_of(met);
  members_.dialled(host_name(to), result, answered, home_.now_ns(), effects_);
  act(effects_);
}

void sim_view::take(process from, cluster::record_kind kind,
                    std::string_view bytes) {
  if (!members_.receive(home_.life_of(from), kind, bytes, home_.now_ns(),
                        effects_))
    home_.around().fail("records", "a record of the view was refused");
  if (kind == cluster::heartbeat_kind)
    heartbeats_[from] = bytes;
  act(effects_);
}

bool sim_view::admits(process who) {
  auto life = home_.life_of(who);
  if (members_.admits(life, home_.now_ns()))
    return true;
  members_.met(life, home_.now_ns(), effects_);
  act(effects_);
  return members_.admits(life, home_.now_ns());
}

void sim_view::tick() {
  members_.tick(home_.now_ns(), effects_);
  act(effects_);
}

void sim_view::steer() {
  members_.time().steer(clock_, home_.now_ns(), home_.wall_ns());
  members_.clock_is(clock_);
  home_.around().disk_of(home_.where()).known = members_.known();
}

void sim_view::plan() {
  if (!std::exchange(touched_, false))
    return;
  home_.plan(view_timer,
             home_.around().at_steady(home_.where(), members_.wake_ns()));
}

void sim_view::drain() {
  members_.drain(true, home_.now_ns(), effects_);
  act(effects_);
}

void sim_view::leave() {
  members_.leave(home_.now_ns(), effects_);
  act(effects_);
}

void sim_view::forget(host x) {
  for (auto& peer : members_.peers(home_.now_ns()))
    if (peer.who.node == host_name(x))
      members_.forget(peer.who, home_.now_ns(), effects_);
  act(effects_);
}

// -- what is to be done -------------------------------------------------------

void sim_view::act(cluster::effects& what) {
  touched_ = true;
  for (auto& x : std::exchange(what, {}))
    std::visit([&](auto& y) { act(y); }, x);
}

void sim_view::act(const cluster::send_record& x) {
  if (x.kind == cluster::heartbeat_kind)
    told_.resize(members_.matrix().rows.at(home_.me()).number, clock_);
  home_.send(home_.process_of(x.to), x.kind, x.bytes);
}

void sim_view::act(const cluster::dial& x) {
  home_.dial(host_at(x.address));
}

void sim_view::act(const cluster::drop_link& x) {
  home_.around().tell(host_name(home_.where()), " drops its link to ",
                      x.who.node, ": ", x.why);
  home_.cut(home_.process_of(x.who));
}

void sim_view::act(const cluster::peer_changed& x) {
  home_.around().tell("  ", host_name(home_.where()), ": ", x.who.node, " is ",
                      word(x.is), ", was ", word(x.was));
  if (x.is == cluster::peer_state::alive)
    home_.heard(x.who);
}

void sim_view::act(const cluster::life_ended& x) {
  home_.around().tell("  ", host_name(home_.where()), ": ", x.what.who.node,
                      " ", x.what.who.incarnation % 10'000,
                      " has ended: ", word(x.what.how), ", found by ",
                      x.what.by);
  home_.around().disk_of(home_.where()).ended.push_back(x.what);
  proof_is_true(home_.around(), home_.self(), x.what);
  home_.over(x);
}

void sim_view::act(const cluster::view_changed& x) {
  std::string names;
  for (auto& m : x.now->members)
    names += " " + m.who.node + (m.stay > 1 ? "'" + std::to_string(m.stay) : "")
             + (m.draining ? "-" : "");
  home_.around().tell("  ", host_name(home_.where()), ": view", names, ", ",
                      word(x.as));
  view_is_sound(home_.around(), home_.self(), *x.now);
  auto& w = home_.around();
  for_each_missing(before_, x.now, [&](const cluster::life& who) {
    if (auto other = home_.process_of(who); other != nobody) {
      w.left_out(home_.self(), other);
      w.sees(home_.self(), other, false);
    }
  });
  for_each_missing(x.now, before_, [&](const cluster::life& who) {
    if (auto other = home_.process_of(who); other != nobody)
      w.sees(home_.self(), other, true);
  });
  before_ = x.now;
  home_.around().disk_of(home_.where()).known = members_.known();
  home_.view_is(x.now);
}

void sim_view::act(const cluster::paused& x) {
  home_.around().tell("  ", host_name(home_.where()),
                      " finds that it stood for ", x.gap_ns / ms, " ms");
}

void sim_view::act(const cluster::told_ended& x) {
  home_.around().tell("  ", host_name(home_.where()), " is told by ", x.by.node,
                      " that it has ended: ", word(x.what.how));
  disowned_ = true;
  not_disowned(home_.around(), home_.self(), x.what);
}

// A quick restart looks like that for a while.
void sim_view::act(const cluster::name_clash& x) {
  home_.around().tell("  ", host_name(home_.where()),
                      ": two processes call "
                      "themselves ",
                      x.known.node);
}

} // namespace tidewire::sim
