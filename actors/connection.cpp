#include "actors/connection.hpp"

#include "actors/shard.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"
#include "net/pusher/channel_name.hpp"
#include "net/pusher/server_event.hpp"
#include "net/socket.hpp"
#include "net/tls_stream.hpp"

#include <caf/make_actor.hpp>
#include <caf/sec.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace tidewire {

namespace {

// How long a closing connection may take to say goodbye.
constexpr std::int64_t goodbye_ns = 2'000'000'000;

// Answers that wait for a client before it is not read any more.
constexpr std::size_t pause_reading_bytes = std::size_t{64} * 1024;

// Read by one connection at a time: a reactor is one thread.
thread_local std::array<char, std::size_t{64} * 1024> shared_buffer;

std::int64_t in_ns(config::duration d) {
  return std::chrono::nanoseconds{d}.count();
}

frame_ptr control_frame(net::ws_opcode code, std::string_view payload) {
  return frame::make(net::ws_frame(code, payload), {});
}

// What became of a connection that was never accepted.
refuse_reason refusal_of(close_reason why) {
  switch (why) {
  case close_reason::client:
  case close_reason::lost:
    return refuse_reason::abandoned;
  case close_reason::drain:
    return refuse_reason::draining;
  default:
    return refuse_reason::unauthorized;
  }
}

// Spreads the first checks of connections that open together evenly over the
// activity timeout: the multiples of the golden ratio are never far from even.
std::int64_t phase_of(socket_id id, std::int64_t period_ns) {
  auto fraction = (id.serial * 0x9E3779B97F4A7C15ull) >> 40; // 24 bits
  return 1 + (period_ns >> 12) * static_cast<std::int64_t>(fraction) / 4096;
}

} // namespace

connection::watch::watch(connection& c)
    : timer([](timer& t) { static_cast<watch&>(t).owner.on_timer(); }),
      owner(c) {}

connection::connection(caf::actor_config& cfg, shard& home, app_index app,
                       socket_id id)
    : lean_actor(cfg, home.host),
      subscriber(id, app),
      home_(home),
      decoder_(net::ws_role::server,
               static_cast<std::uint32_t>(home.settings.limits.max_message),
               false),
      watch_(*this) {}

connection::~connection() = default;

// -- opening ------------------------------------------------------------------

void connection::open(shard& home, app_index app, net::http_session& from,
                      const std::string& response,
                      const std::optional<net::ws_deflate_terms>& deflate) {
  auto& system = home.host.system();
  caf::actor_config cfg{&home.host};
  auto handle = caf::make_actor<connection, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, cfg, home, app,
      home.next_socket_id());
  auto* self = static_cast<connection*>(handle->get());
  handle.release(); // given up in `release`, a turn after the end
  if (deflate)
    self->window_bits_ = deflate->window_bits;
  self->start(from, response);
}

void connection::start(net::http_session& from, const std::string& response) {
  auto [rest, tls] = from.hand_over(*this);
  tls_ = std::move(tls);
  opened_ns_ = last_inbound_ns_ = host().now();
  if (home_.apps[app()].authorized_only) {
    state_ = state::pending;
    home_.unauthorized[app()].insert(*this);
  } else {
    accept();
  }
  queue(frame::make(response, {}));
  auto activity = home_.settings.limits.activity_timeout;
  std::string hello;
  pusher::render_connection_established(
      hello, to_string(socket()),
      static_cast<std::uint32_t>(
          std::max<std::int64_t>(1, (activity.count() + 999) / 1000)));
  say(hello);
  wake_at(opened_ns_ + phase_of(socket(), in_ns(activity)));
  if (!rest.empty())
    feed(rest.data(), rest.size());
  if (tls_ && tls_->ended() && alive()) {
    leave(close_reason::lost);
    end({});
  }
}

// It counts from here on: opened now, however long it was pending.
void connection::accept() {
  home_.unauthorized[app()].erase(*this);
  opened_ns_ = host().now();
  state_ = state::open;
  home_.live[app()].insert(*this);
  home_.note(app(), lifecycle::kind::opened, 0);
}

void connection::on_attached(std::string_view channel) {
  if (state_ != state::pending)
    return;
  auto kind = pusher::classify(channel);
  if (kind && pusher::needs_auth(*kind))
    accept();
}

void connection::on_terminated() {
  close(pusher::to_number(pusher::close_code::unauthorized),
        "The connections of this user were terminated",
        close_reason::terminated);
}

// -- in -----------------------------------------------------------------------

void connection::on_ready(std::uint32_t events) {
  if (events & EPOLLOUT)
    write();
  if (!ended() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
    read();
}

void connection::read() {
  auto count = net::receive(descriptor_, tls_.get(), shared_buffer);
  auto error = count < 0 ? errno : 0;
  if (tls_ && tls_->owed() != 0)
    host().mark_dirty(*this);
  if (count < 0 && net::would_block(error))
    return;
  if (count > 0) {
    feed(shared_buffer.data(), static_cast<std::size_t>(count));
    // TLS may have ended behind these bytes; a goodbye is still said then.
    if (!tls_ || !tls_->ended() || !alive())
      return;
  }
  if (alive())
    leave(close_reason::lost);
  end({});
}

void connection::feed(char* bytes, std::size_t size) {
  if (!alive())
    return; // what comes after the goodbye is not heard
  auto was_pinged = pinged_ns_ > last_inbound_ns_;
  last_inbound_ns_ = host().now();
  if (was_pinged) // answered: from now on it is silence that is measured
    wake_at(last_inbound_ns_ + in_ns(home_.settings.limits.activity_timeout));
  if (auto violation = decoder_.feed({bytes, size}, *this,
                                     packs() ? &home_.inflater : nullptr))
    close(violation->code, violation->reason, close_reason::protocol);
}

bool connection::on_message(net::ws_opcode, std::string_view payload) {
  std::visit([this](const auto& x) { on(x); },
             pusher::parse_client_message(payload, home_.settings.limits));
  return alive();
}

bool connection::on_ping(std::string_view payload) {
  queue(control_frame(net::ws_opcode::pong, payload));
  return true;
}

bool connection::on_pong(std::string_view) {
  return true;
}

// The client's code is echoed to it and decides nothing here.
bool connection::on_close(std::uint16_t code, std::string_view) {
  close(code == net::ws_no_status ? 1000 : code, {}, close_reason::client);
  return false;
}

// -- liveness -----------------------------------------------------------------

// Silence of the other side is what counts; what we sent proves nothing.
void connection::on_timer() {
  auto now = host().now();
  auto& limits = home_.settings.limits;
  if (state_ == state::closing) {
    net::abort_on_close(descriptor_);
    end({});
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

// While it is pending it is woken for the end of its patience as well.
void connection::wake_at(std::int64_t when_ns) {
  if (state_ == state::pending)
    when_ns = std::min(
        when_ns,
        opened_ns_ + in_ns(home_.settings.limits.authorization_timeout));
  host().wheel().arm(watch_, when_ns);
}

// -- out ----------------------------------------------------------------------

void connection::on_queued() {
  host().mark_dirty(*this);
}

frame_ptr connection::packed(const frame& plain) {
  return frame::share(home_.packer.form_of(plain, window_bits_));
}

void connection::written(const frame& what) noexcept {
  if (what.accepted_ns() == 0)
    return;
  ++home_.totals[app()].deliveries;
  home_.delivery.observe(host().flush_now() - what.accepted_ns());
}

// The bound is checked after the kernel was offered everything, so that a
// burst larger than the outbox does not end a client that reads.
void connection::on_flush() {
  announced_ = false;
  if (waits_to_write_)
    want_write(true); // what has gathered may be too much to read on
  else
    write();
  if (alive() && unsent() > home_.settings.limits.max_outbox)
    close(pusher::close_code::over_capacity, close_reason::slow_reader);
}

std::size_t connection::unsent() const noexcept {
  return outbox_.bytes() + (tls_ ? tls_->owed() : 0);
}

void connection::write() {
  auto outcome = outbox_.write_to(descriptor_, tls_.get(), *this);
  if (tls_ && state_ == state::closing
      && outcome == net::outbox::outcome::empty)
    outcome = tls_->say_goodbye(descriptor_);
  switch (outcome) {
  case net::outbox::outcome::failed:
    if (alive())
      leave(close_reason::lost);
    end({});
    return;
  case net::outbox::outcome::blocked:
    want_write(true);
    return;
  case net::outbox::outcome::empty:
    want_write(false);
    if (state_ == state::closing && !std::exchange(half_closed_, true))
      ::shutdown(descriptor_, SHUT_WR);
  }
}

// Whoever does not take our answers is not read either, so that a flood of
// requests waits in the client and not here.
void connection::want_write(bool wanted) {
  waits_to_write_ = wanted;
  auto reads = !wanted || unsent() < pause_reading_bytes;
  auto events = static_cast<std::uint8_t>((reads ? EPOLLIN : 0u)
                                          | (wanted ? EPOLLOUT : 0u));
  if (events != interest_)
    host().rewatch(*this, interest_ = events);
}

// -- closing ------------------------------------------------------------------

void connection::close(pusher::close_code code, close_reason why) {
  close(pusher::to_number(code), pusher::info_of(code).reason, why);
}

void connection::close(std::uint16_t code, std::string_view reason,
                       close_reason why) {
  if (!alive())
    return;
  leave(why);
  if (why == close_reason::slow_reader)
    outbox_.drop_unwritten();
  queue(control_frame(net::ws_opcode::close,
                      net::ws_close_payload(code, reason)));
  deaf_ = true;
  host().wheel().arm(watch_, host().now() + goodbye_ns);
}

// From here on it is not counted, and no event finds it.
void connection::leave(close_reason why) noexcept {
  if (state_ == state::pending) {
    home_.unauthorized[app()].erase(*this);
    home_.note_refused(app(), refusal_of(why));
  }
  state_ = state::closing;
  if (home_.live[app()].erase(*this))
    home_.note(app(), lifecycle::kind::closed, static_cast<std::uint8_t>(why),
               host().now() - opened_ns_);
  home_.routes.leave_all(*this);
  closing_place_ = static_cast<std::uint32_t>(home_.closing.size());
  home_.closing.push_back(this);
}

void connection::end(caf::error reason) {
  cleanup(std::move(reason), &host());
}

void connection::on_end(const caf::error& reason) noexcept {
  if (alive()) {
    // Nobody closed it: it failed or was told to exit. Said to the client if
    // that is possible without waiting.
    leave(reason == caf::sec::runtime_error ? close_reason::crash
                                            : close_reason::killed);
    if (unsent() == 0) {
      auto code = reason == caf::exit_reason::user_shutdown
                      ? pusher::close_code::reconnect_now
                      : pusher::close_code::internal_error;
      auto bytes =
          net::ws_frame(net::ws_opcode::close,
                        net::ws_close_payload(pusher::to_number(code),
                                              pusher::info_of(code).reason));
      (void)net::send(descriptor_, tls_.get(), bytes);
      if (tls_)
        tls_->say_goodbye(descriptor_);
    }
  }
  if (state_ == state::closing) {
    auto* last = home_.closing.back();
    home_.closing[closing_place_] = last;
    last->closing_place_ = closing_place_;
    home_.closing.pop_back();
  }
  deaf_ = true;
  outbox_.clear();
  watch_.cancel();
  host().close(*this);
  tls_.reset();
  host().release_later(*this);
}

void connection::on_failure(const char* what) noexcept {
  log_error("connection_failed", "connection {} failed: {}",
            to_string(socket()), what);
  end(caf::make_error(caf::sec::runtime_error));
}

void connection::release() noexcept {
  caf::intrusive_ptr_release(ctrl());
}

bool connection::handle(caf::mailbox_element& what) {
  if (what.content().match_elements<fail_now>())
    throw std::runtime_error("told to fail");
  return false;
}

} // namespace tidewire
