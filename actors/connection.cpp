#include "actors/connection.hpp"

#include "actors/shard.hpp"
#include "messages/node_messages.hpp"
#include "net/pusher/server_event.hpp"
#include "net/socket.hpp"
#include "net/tls_stream.hpp"

#include <caf/make_actor.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <stdexcept>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace tidewire {

namespace {

// Answers that wait for a client before it is not read any more.
constexpr std::size_t pause_reading_bytes = std::size_t{64} * 1024;

// What one socket may say per turn: 16 KiB of the smallest pings cost the
// others of its reactor about half a millisecond, four times that would be
// felt.
constexpr std::size_t bytes_per_turn = std::size_t{16} * 1024;

// Read by one connection at a time: a reactor is one thread. TLS wants room for
// a record that began in an earlier turn.
thread_local std::array<char, 2 * bytes_per_turn> shared_buffer;

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
               static_cast<std::uint32_t>(home.limits(app).max_message), false),
      watch_(*this) {}

connection::~connection() = default;

// -- opening ------------------------------------------------------------------

void connection::open(shard& home, app_index app, net::http_session& from,
                      const std::string& response,
                      const std::optional<net::ws_deflate_terms>& deflate,
                      const permit& held) {
  auto& system = home.host.system();
  caf::actor_config cfg{&home.host};
  auto handle = caf::make_actor<connection, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, cfg, home, app,
      home.next_socket_id());
  auto* self = static_cast<connection*>(handle->get());
  handle.release(); // given up in `release`, a turn after the end
  self->held_ = held;
  if (deflate)
    self->window_bits_ = deflate->window_bits;
  self->start(from, response);
}

void connection::start(net::http_session& from, const std::string& response) {
  auto [rest, tls] = from.hand_over(*this);
  tls_ = std::move(tls);
  opened_ns_ = last_inbound_ns_ = host().now();
  if (held_.of_app == permit::share::counted) {
    enter();
  } else {
    state_ = state::pending;
    home_.unauthorized[app()].insert(*this);
  }
  queue(frame::make(response, {}));
  auto activity = home_.settings.limits.activity_timeout;
  std::string hello;
  pusher::render_connection_established(
      hello, to_string(socket()),
      static_cast<std::uint32_t>(
          std::max<std::int64_t>(1, (activity.count() + 999) / 1000)));
  say(hello);
  watch_liveness();
  if (!rest.empty())
    feed(rest.data(), rest.size());
  if (tls_ && tls_->ended() && alive()) {
    leave(close_reason::lost);
    end({});
  }
}

// -- in -----------------------------------------------------------------------

void connection::on_ready(std::uint32_t events) {
  if (events & EPOLLOUT)
    write();
  if (!ended() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
    read();
}

void connection::read() {
  auto count = net::receive(descriptor_, tls_.get(),
                            std::span{shared_buffer}.first(
                                tls_ ? shared_buffer.size() : bytes_per_turn));
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
             pusher::parse_client_message(payload, home_.limits(app())));
  return alive();
}

bool connection::on_ping(std::string_view payload) {
  queue(frame::make(net::ws_frame(net::ws_opcode::pong, payload), {}));
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

// -- out ----------------------------------------------------------------------

void connection::on_queued() {
  host().mark_dirty(*this);
}

frame_ptr connection::packed(const frame& plain) {
  return frame::share(home_.packer.form_of(plain, window_bits_));
}

void connection::written(const frame& what) noexcept {
  auto& totals = home_.totals[app()];
  totals.bytes += what.bytes().size();
  if (what.accepted_ns() == 0)
    return;
  ++totals.deliveries;
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

std::string connection::address() const {
  auto from = net::peer_of(descriptor_);
  return from ? net::text_of(*from) : std::string{};
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

bool connection::handle(caf::mailbox_element& what) {
  if (what.content().match_elements<fail_now>())
    throw std::runtime_error("told to fail");
  return false;
}

} // namespace tidewire
