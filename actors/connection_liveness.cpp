// Whether a connection is accepted, and whether anybody is still there.
#include "actors/connection.hpp"
#include "actors/refusal.hpp"
#include "actors/shard.hpp"
#include "actors/state/cluster/episodes.hpp"
#include "actors/waiting_room.hpp"
#include "net/pusher/channel_name.hpp"
#include "net/pusher/server_event.hpp"
#include "net/socket.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

// Spreads the first checks of connections that open together evenly over the
// activity timeout: the multiples of the golden ratio are never far from even.
std::int64_t phase_of(socket_id id, std::int64_t period_ns) {
  auto fraction = (id.serial * 0x9E3779B97F4A7C15ull) >> 40; // 24 bits
  return 1 + (period_ns >> 12) * static_cast<std::int64_t>(fraction) / 4096;
}

} // namespace

// It counts from here on: opened now, however long it was pending.
void connection::enter() {
  opened_ns_ = host().now();
  state_ = state::open;
  home_.live[app()].insert(*this);
  ++home_.totals[app()].counted;
  home_.note(app(), lifecycle::kind::opened, 0);
}

// What was pending is authorized. False: its app takes no more, so it has to
// go, but not at once, because whoever calls is in the middle of something.
bool connection::accept() {
  if (waits_)
    return false;
  auto no =
      home_.waiting && home_.waiting->waits(app())
          ? refuse_reason::app_full
          : home_.quotas.count(app(), home_.apps[app()].max_connections, held_);
  if (no == refuse_reason::app_full && home_.waiting
      && home_.waiting->enter(*this)) {
    waits_ = true;
    return false;
  }
  if (no) {
    crowded_out_ = no;
    wake_at(host().now());
    return false;
  }
  home_.unauthorized[app()].erase(*this);
  enter();
  return true;
}

bool connection::may_count() {
  return !home_.quotas.count(app(), home_.apps[app()].max_connections, held_);
}

void connection::permit_came() {
  waits_ = false;
  home_.unauthorized[app()].erase(*this);
  enter();
  if (auto said = std::move(said_))
    on(*said);
}

void connection::no_permit(pusher::close_code code) {
  waits_ = false;
  crowded_out_ = refuse_reason::app_full;
  no_permit_ = code;
  wake_at(host().now());
}

// The first one counts: who is signed in, or shown in a presence channel.
void connection::known_as(std::string_view user) {
  if (!home_.waiting || user_key_ != 0 || !is_open())
    return;
  user_key_ = cluster::user_key(home_.apps[app()].id, user);
  home_.note_user({app(), true, user_key_, opened_ns_});
}

void connection::on_attached(std::string_view channel) {
  if (state_ != state::pending && !home_.waiting)
    return;
  auto kind = pusher::classify(channel);
  if (state_ == state::pending && kind && pusher::needs_auth(*kind))
    accept();
  if (home_.waiting && kind && pusher::is_presence(*kind))
    if (auto* user = home_.routes.user_of(*this, channel))
      known_as(*user);
}

void connection::watch_liveness() {
  wake_at(opened_ns_
          + phase_of(socket(), in_ns(home_.settings.limits.activity_timeout)));
}

// Silence of the other side is what counts; what we sent proves nothing.
void connection::on_timer() {
  auto now = host().now();
  auto& limits = home_.settings.limits;
  if (state_ == state::closing) {
    net::abort_on_close(descriptor_);
    end({});
    return;
  }
  // An app may have stopped demanding it meanwhile.
  if (state_ == state::pending && !home_.apps[app()].authorized_only)
    accept();
  if (crowded_out_) {
    close(no_permit_.value_or(code_of(*crowded_out_, home_.quotas.ruling(app()),
                                      home_.quotas.moving(app()))),
          close_reason::killed);
    return;
  }
  if (state_ == state::pending
      && now >= opened_ns_ + in_ns(limits.authorization_timeout)) {
    close(pusher::to_number(pusher::close_code::unauthorized),
          "Connection not authorized within timeout", close_reason::timeout);
    return;
  }
  auto due = last_inbound_ns_ + in_ns(limits.activity_timeout);
  auto answer_due = pinged_ns_ + in_ns(limits.pong_timeout);
  if (pinged_ns_ > last_inbound_ns_ && now < answer_due) {
    wake_at(answer_due); // woken for the end of a wait that is over
  } else if (pinged_ns_ > last_inbound_ns_) {
    close(pusher::close_code::pong_missing, close_reason::timeout);
  } else if (now >= due || std::exchange(first_check_, false)) {
    std::string text;
    pusher::render_ping(text);
    say(text);
    // A nanosecond later than anything heard so far, so that a message of this
    // same turn still counts as an answer only if it comes after the ping.
    pinged_ns_ = std::max(now, last_inbound_ns_ + 1);
    wake_at(now + in_ns(limits.pong_timeout));
  } else {
    wake_at(due);
  }
}

// While it is pending it is woken for the end of its patience as well, and at
// once if it has to go.
void connection::wake_at(std::int64_t when_ns) {
  if (crowded_out_)
    when_ns = host().now();
  else if (state_ == state::pending)
    when_ns = std::min(
        when_ns,
        opened_ns_ + in_ns(home_.settings.limits.authorization_timeout));
  host().wheel().arm(watch_, when_ns);
}

} // namespace tidewire
