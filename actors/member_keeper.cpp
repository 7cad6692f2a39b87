#include "actors/member_keeper.hpp"

#include "actors/links.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <variant>

namespace tidewire {

namespace {

// Who has not answered by then is not waited for.
constexpr std::int64_t joining_ns = 2'000'000'000;
constexpr std::int64_t hesitating_ns = 8'000'000'000; // more, if it hears some
constexpr std::int64_t steer_pause_ns = 1'000'000'000;

// Of those who were refused, for `tidewire ctl cluster`.
constexpr std::size_t refusals_remembered = 50;

std::int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

cluster::dial_result result_of(dial_outcome x) {
  using enum dial_outcome;
  switch (x) {
  case linked:
  case already_linked:
    return cluster::dial_result::answered;
  case yourself:
    return cluster::dial_result::yourself;
  case no_listener:
    return cluster::dial_result::refused;
  case refused:
  case unreachable:
  case silent:
  case broke_off:
    break;
  }
  return cluster::dial_result::failed;
}

} // namespace

member_keeper::member_keeper(const cluster::membership_settings& settings,
                             cluster::membership_self self,
                             std::vector<std::string> seeds,
                             cluster_store store, links& all)
    : links_(all),
      store_(std::move(store)),
      kept_(store_.known()),
      clock_(net::steady_ns(), wall_ns()),
      state_(settings, self, std::move(seeds), clock_, net::steady_ns(),
             store_.ended(), kept_),
      orders_([this](auto& to, auto bytes) { send_order(to, bytes); }),
      address_(std::move(self.address)) {}

void member_keeper::listen(listeners who) {
  listeners_ = std::move(who);
  joining_until_ns_ = net::steady_ns() + joining_ns;
  for (auto& x : state_.peers(net::steady_ns()))
    if (x.silent_ns)
      listeners_.heard(x.who);
  for (auto& x : state_.ended().list())
    listeners_.over({x});
  listeners_.view(state_.now(), state_.stands());
}

// -- what happened ------------------------------------------------------------

void member_keeper::tick() {
  auto now = net::steady_ns();
  cluster::effects out;
  state_.tick(now, out);
  act(out);
  orders_.tick(now);
  tell_rights();
  tell_joined(now);
  if (now >= steered_ns_ + steer_pause_ns) {
    steer(now);
    keep_known();
  }
}

void member_keeper::tell_rights() {
  auto found = state_.nobody_else();
  if (!listeners_.rights
      || (rights_view_ == state_.now() && rights_found_ == found))
    return;
  rights_view_ = state_.now();
  rights_found_ = found;
  listeners_.rights(rights_view_, found);
}

// Who is heard will be in one view with this node; whoever is not may be gone.
void member_keeper::tell_joined(std::int64_t now_ns) {
  if (joining_until_ns_ == 0)
    return;
  if (!state_.nobody_else()) {
    auto all = state_.peers(now_ns);
    auto heard = std::any_of(all.begin(), all.end(),
                             [](auto& x) { return x.silent_ns.has_value(); });
    auto alone = state_.now()->members.size() < 2;
    if (now_ns < joining_until_ns_ + (heard && alone ? hesitating_ns : 0))
      return;
  }
  joining_until_ns_ = 0;
  if (listeners_.joined)
    listeners_.joined();
}

void member_keeper::clock_is(const meter::cluster_clock& now) {
  clock_is_ours_ = false;
  clock_ = now;
  state_.clock_is(clock_);
}

// A clock that follows the oldest member's, as fast as clocks may be slewed.
void member_keeper::steer(std::int64_t now_ns) {
  steered_ns_ = now_ns;
  auto wall = wall_ns();
  if (clock_is_ours_) {
    state_.time().steer(clock_, now_ns, wall);
    state_.clock_is(clock_);
  }
  if (listeners_.time)
    listeners_.time(std::make_shared<cluster::cluster_time>(state_.time()));
  auto alarm = state_.time().error_of(clock_, now_ns, wall).alarm();
  if (std::exchange(time_alarm_, alarm) == alarm)
    return;
  auto error = state_.time().error_of(clock_, now_ns, wall);
  if (alarm)
    log_error("cluster_time_off",
              "this node's cluster time is {} ms (± {} ms) off that of the "
              "oldest member; ticks are a little longer or shorter until they "
              "meet: let all machines follow one time server",
              error.offset_ns / 1'000'000, error.bound_ns / 1'000'000);
  else
    log_info("cluster_time_good", "cluster time agrees with the oldest member");
}

void member_keeper::on(const linked& x) {
  cluster::effects out;
  auto& peer = x.line->peer();
  log_info("node_linked", "linked with node {} ({}) at {}", peer.who.node,
           fmt::format("{:016x}", peer.who.incarnation), peer.address);
  state_.linked(peer.who, peer.address, net::steady_ns(), out);
  act(out);
}

void member_keeper::on(const unlinked& x) {
  log_warning("node_unlinked", "the link with node {} ended: {}", x.who.node,
              x.why);
  cluster::effects out;
  state_.unlinked(x.who, net::steady_ns(), out);
  act(out);
}

void member_keeper::on(const dialled& x) {
  // Whoever proved to live there has answered, willing or not.
  auto result = x.answered && x.outcome == dial_outcome::refused
                    ? cluster::dial_result::answered
                    : result_of(x.outcome);
  if (result == cluster::dial_result::answered
      || result == cluster::dial_result::yourself) {
    failing_.erase(x.address);
  } else {
    auto [at, is_new] = failing_.try_emplace(
        x.address, cluster_standing::failing{x.address, wall_ns() / 1'000'000,
                                             x.sentence});
    // A refusal has been logged as one (join_refused).
    if ((is_new || at->second.sentence != x.sentence)
        && x.outcome != dial_outcome::refused)
      log_warning("node_not_linked", "there is no link with the node at {}: {}",
                  x.address, x.sentence);
    at->second.sentence = x.sentence;
  }
  cluster::effects out;
  state_.dialled(x.address, result, x.answered, net::steady_ns(), out);
  act(out);
}

void member_keeper::on(const turned_away& x) {
  // Who tries again and again stands there once, and pushes out nobody else.
  cluster_standing::refused fresh{wall_ns() / 1'000'000, x.from, x.node,
                                  std::string{word(x.code)}, x.sentence};
  std::erase_if(turned_away_, [&](auto& old) {
    return old.node == fresh.node && old.code == fresh.code
           && old.sentence == fresh.sentence
           && host_of(old.from) == host_of(fresh.from);
  });
  turned_away_.push_back(std::move(fresh));
  if (turned_away_.size() > refusals_remembered)
    turned_away_.pop_front();
}

std::optional<cluster::order> member_keeper::receive(const cluster::life& from,
                                                     cluster::record_kind kind,
                                                     std::string_view bytes) {
  std::optional<cluster::order> result;
  auto good = true;
  if (kind == cluster::order_kind) {
    result = cluster::read_order(bytes);
    good = result.has_value();
  } else if (kind == cluster::order_answer_kind) {
    auto said = cluster::read_order_answer(bytes);
    good = said.has_value();
    if (said)
      orders_.answered(from, std::move(*said));
  } else {
    cluster::effects out;
    good = state_.receive(from, kind, bytes, net::steady_ns(), out);
    act(out);
  }
  if (!good)
    log_warning("record_malformed",
                "node {} sent a record (kind {}) that cannot be read",
                from.node, static_cast<unsigned>(kind));
  return result;
}

// -- orders -------------------------------------------------------------------

void member_keeper::give(const std::vector<node_order>& orders,
                         const order_desk::then& what) {
  orders_.ask(orders, net::steady_ns(), what);
}

// Each on its own: no later one takes the place of one that waits.
void member_keeper::send_order(const cluster::life& to,
                               const std::string& bytes) {
  if (to != state_.self())
    links_.send(to, link_order{.kind = cluster::order_kind, .bytes = bytes});
  else if (auto what = cluster::read_order(bytes); what && listeners_.order)
    listeners_.order(*what);
}

void member_keeper::answer(const cluster::life& to,
                           cluster::order_answer said) {
  if (to == state_.self())
    orders_.answered(to, std::move(said));
  else
    links_.send(to, link_order{.kind = cluster::order_answer_kind,
                               .bytes = bytes_of(said)});
}

// -- what is wanted -----------------------------------------------------------

void member_keeper::drain(bool on) {
  cluster::effects out;
  state_.drain(on, net::steady_ns(), out);
  act(out);
}

void member_keeper::leave() {
  cluster::effects out;
  state_.leave(net::steady_ns(), out);
  act(out);
}

cluster::forget_answer member_keeper::forget(const cluster::life& who) {
  cluster::effects out;
  auto answer = state_.forget(who, net::steady_ns(), out);
  act(out);
  return answer;
}

cluster_standing member_keeper::now() const {
  auto now = net::steady_ns();
  cluster_standing out;
  out.me = state_.self();
  out.address = address_;
  out.stay = state_.stay();
  out.stands = state_.stands();
  out.view = state_.now();
  out.peers = state_.peers(now);
  out.ended = state_.ended().list();
  out.hindrances = state_.hindrances();
  out.time = state_.time().error_of(clock_, now, wall_ns());
  out.draining = state_.draining();
  out.told_ended = told_ended_;
  out.turned_away.assign(turned_away_.begin(), turned_away_.end());
  for (auto& [address, x] : failing_)
    out.dials.push_back(x);
  return out;
}

} // namespace tidewire
