#include "tests/sim/sim_rights.hpp"

#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

sim_rights::sim_rights(sim_node& home)
    : home_(home), app_(app_names[limited_app]), keeper_(home.me(), *this) {
  std::vector<cluster::app_right> rights;
  for (std::uint32_t i = 0; i < apps; ++i)
    rights.push_back(
        {app_names[i], i == limited_app ? home.around().what().limit : 0});
  keeper_.apps_are(rights);
}

cluster::moment sim_rights::now() const {
  return {home_.now_ns(), home_.who_is_there().cluster_time()};
}

// A client is signed in as himself as soon as he is connected.
std::uint64_t sim_rights::user_of(visit v) const {
  auto& x = home_.around().visits()[v];
  return cluster::user_key(app_names[x.app],
                           "user-" + std::to_string(x.client));
}

// -- the door -----------------------------------------------------------------

std::uint32_t sim_rights::used(const std::string&) {
  return used_;
}

std::uint32_t sim_rights::hold(const std::string&, std::uint32_t permits) {
  held_ = std::max(permits, used_);
  return held_;
}

void sim_rights::lift(const std::string&) {
  held_ = UINT32_MAX;
}

void sim_rights::knock(visit v) {
  if (used_ < held_ && waiters_.empty()) {
    ++used_;
    return home_.admit(v);
  }
  waiters_.push_back({v, home_.now_ns()});
  waiting();
}

void sim_rights::gave_up(visit v) {
  if (std::erase_if(waiters_, [&](auto& x) { return x.who == v; }) != 0)
    waiting();
}

void sim_rights::opened(visit v, std::uint64_t open_here) {
  std::string app = app_names[home_.around().visits()[v].app];
  keeper_.opened(app, open_here, now());
  keeper_.user_came(app, user_of(v), 0, now());
  touched_ = true;
}

void sim_rights::closed(visit v) {
  auto app = home_.around().visits()[v].app;
  // The reactors have counted when the GAUGE hears of it.
  if (app == limited_app)
    --used_;
  keeper_.user_left(app_names[app], user_of(v));
  keeper_.closed(app_names[app]);
  touched_ = true;
  if (app == limited_app)
    let_in();
}

// After a stop the ticks that were missed are stated first; who drains lets
// nobody in.
void sim_rights::let_in() {
  if (waiters_.empty() || home_.is_waking() || home_.draining())
    return;
  while (used_ < held_ && !waiters_.empty()) {
    auto v = waiters_.front().who;
    waiters_.pop_front();
    ++used_;
    home_.admit(v);
  }
  waiting();
}

void sim_rights::refuse_before(std::int64_t asked_ns) {
  if (waiters_.empty() || waiters_.front().since_ns >= asked_ns)
    return;
  while (!waiters_.empty() && waiters_.front().since_ns < asked_ns) {
    auto v = waiters_.front().who;
    waiters_.pop_front();
    home_.around().refused(v);
  }
  waiting();
}

void sim_rights::waiting() {
  keeper_.waiting(0, app_, static_cast<std::uint32_t>(waiters_.size()));
  touched_ = true;
}

// -- from others --------------------------------------------------------------

void sim_rights::view_is(std::shared_ptr<const cluster::view> now) {
  keeper_.view_is(std::move(now));
  may_found_.reset();
  touched_ = true;
}

void sim_rights::over(const cluster::life_ended& x) {
  auto& what = x.what;
  keeper_.gone(what.who, x.ahead_ns);
  if (what.how != cluster::ending::left)
    keeper_.died(what.who, what.at, now());
  touched_ = true;
}

// NODE tells it when it changes, and with each view.
void sim_rights::may_found(bool yes) {
  if (std::exchange(may_found_, yes) != yes)
    keeper_.may_found(yes);
}

void sim_rights::stood(const cluster::last_reading& how) {
  keeper_.stood(how, now());
  touched_ = true;
}

void sim_rights::sent_away(std::uint32_t app, std::uint64_t more) {
  keeper_.sent_away(app_names[app], more, now());
  touched_ = true;
}

void sim_rights::take(process from, cluster::record_kind kind,
                      std::string_view bytes) {
  keeper_.take(home_.life_of(from), kind, bytes, now());
  touched_ = true;
}

std::vector<cluster::episode_summary> sim_rights::failovers() const {
  return keeper_.failovers(now());
}

// -- turns --------------------------------------------------------------------

void sim_rights::tick() {
  refuse_before(home_.now_ns() - patience_ns);
  touched_ = true;
  auto& w = home_.around();
  home_.plan(rights_timer,
             w.at_steady(home_.where(), home_.now_ns() + turn_ns));
}

void sim_rights::end_turn() {
  if (!std::exchange(touched_, false))
    return;
  // Letting somebody in may be something to say again.
  for (auto more = true; more;) {
    keeper_.turn(now(), effects_);
    auto done = std::exchange(effects_, {});
    for (auto& x : done.send)
      home_.send(home_.process_of(x.to), x.kind, x.bytes);
    for (auto& x : done.refused)
      refuse_before(x.asked_before_ns);
    more = !done.more.empty();
    if (more)
      let_in();
  }
  touched_ = false;
}

} // namespace tidewire::sim
