#include "tests/sim/sim_rights.hpp"

#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

sim_rights::sim_rights(sim_node& home)
    : home_(home), app_(app_names[limited_app]), permits_(home.me(), *this) {
  permits_.limit_is(app_, home.around().what().limit);
}

// -- the door -----------------------------------------------------------------

std::uint32_t sim_rights::used(const std::string&) {
  return used_;
}

std::uint32_t sim_rights::hold(const std::string&, std::uint32_t permits) {
  held_ = std::max(permits, used_);
  return held_;
}

void sim_rights::free(const std::string&) {
  held_ = UINT32_MAX;
}

void sim_rights::knock(visit v) {
  if (used_ < held_ && waiters_.empty()) {
    ++used_;
    permits_.moved(app_);
    return home_.admit(v);
  }
  waiters_.push_back({v, home_.now_ns()});
  waiting();
}

void sim_rights::closed() {
  --used_;
  permits_.moved(app_);
  let_in();
}

void sim_rights::gave_up(visit v) {
  std::erase_if(waiters_, [&](auto& x) { return x.who == v; });
  waiting();
}

void sim_rights::let_in() {
  while (used_ < held_ && !waiters_.empty()) {
    auto v = waiters_.front().who;
    waiters_.pop_front();
    ++used_;
    home_.admit(v);
  }
  permits_.moved(app_);
  waiting();
}

void sim_rights::refuse_before(std::int64_t asked_ns) {
  while (!waiters_.empty() && waiters_.front().since_ns < asked_ns) {
    auto v = waiters_.front().who;
    waiters_.pop_front();
    home_.around().refused(v);
  }
  waiting();
}

void sim_rights::waiting() {
  permits_.waiting(app_, static_cast<std::uint32_t>(waiters_.size()));
}

// -- from others --------------------------------------------------------------

void sim_rights::view_is(std::shared_ptr<const cluster::view> now) {
  permits_.view_is(std::move(now));
}

void sim_rights::gone(const cluster::life& who) {
  permits_.gone(who);
}

void sim_rights::may_found(bool yes) {
  permits_.may_found(yes);
}

void sim_rights::take(process from, cluster::record_kind kind,
                      std::string_view bytes) {
  permits_.take(home_.life_of(from), kind, bytes);
}

cluster::permit_standing sim_rights::standing() {
  return permits_.standing(app_);
}

// -- turns --------------------------------------------------------------------

void sim_rights::timer() {
  if (home_.around().now() < planned_)
    return;
  planned_ = never;
  refuse_before(home_.now_ns() - patience_ns);
}

void sim_rights::end_turn() {
  // Letting somebody in may be something to say again.
  for (auto more = true; more;) {
    permits_.turn(home_.now_ns(), effects_);
    auto done = std::exchange(effects_, {});
    for (auto& x : done.send)
      home_.send(home_.process_of(x.to), x.kind, x.bytes);
    for (auto& x : done.refused)
      refuse_before(x.asked_before_ns);
    more = !done.more.empty();
    if (more)
      let_in();
  }
  auto due = permits_.due_ns();
  if (!waiters_.empty())
    due = std::min(due, waiters_.front().since_ns + patience_ns + 1);
  auto& w = home_.around();
  if (auto at = w.at_steady(home_.where(), due); at < planned_) {
    planned_ = at;
    w.plan_timer(home_.self(), at, rights_timer);
  }
}

} // namespace tidewire::sim
