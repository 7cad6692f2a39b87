#include "actors/socket_actor.hpp"

#include "net/log.hpp"
#include "net/socket.hpp"
#include "net/tls_stream.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <array>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace tidewire {

namespace {

// How long a closing socket may stand still.
constexpr std::int64_t goodbye_ns = 2'000'000'000;

// Bytes of messages not handled, or of answers not written, above which the
// peer is not read.
constexpr std::size_t read_ahead = std::size_t{64} * 1024;

// What a message costs in the mailbox, roughly.
std::int64_t cost_of(std::string_view payload) {
  return static_cast<std::int64_t>(payload.size()) + 128;
}

// Read by one socket at a time: a reactor is one thread.
thread_local std::array<char, std::size_t{64} * 1024> http_buffer;

frame_ptr encode(net::ws_opcode kind, std::string_view payload) {
  std::array<char, net::ws_max_header> head;
  auto* end = net::write_ws_header(head.data(), kind, payload.size());
  return frame::make({head.data(), end}, payload);
}

} // namespace

/// To itself: what its own handlers need not know of, in line with messages.
struct socket_event {
  enum class kind : std::uint8_t { pinged, to_be_closed, gone };

  kind what;
  std::string payload; // of the frame that answers it
  caf::error why;      // it has gone
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::socket_event)

namespace tidewire {

socket_actor::deadline::deadline(socket_actor& a)
    : timer([](timer& t) { static_cast<deadline&>(t).owner.on_timer(); }),
      owner(a) {}

socket_actor::socket_actor(caf::actor_config& cfg, net::reactor& where,
                           const socket_limits& limits)
    : pinned_actor(cfg, where),
      limits_(limits),
      decoder_(net::ws_role::server, limits.max_message, limits.allow_binary),
      deadline_(*this) {}

socket_actor::~socket_actor() = default;

void socket_actor::take_over(net::http_session& from, std::string_view answer) {
  auto [rest, tls] = from.hand_over(*this);
  tls_ = std::move(tls);
  interest_ = EPOLLIN;
  state_ = state::open;
  caf::intrusive_ptr_add_ref(ctrl()); // given up in `release`
  say(frame::make(answer, ""));
  feed(rest);
  if (tls_ && tls_->ended() && state_ == state::open)
    lose({});
}

// -- in -----------------------------------------------------------------------

void socket_actor::on_ready(std::uint32_t events) {
  if (events & EPOLLOUT)
    write();
  if (descriptor_ >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
    read();
}

void socket_actor::read() {
  auto count = net::receive(descriptor_, tls_.get(), http_buffer);
  auto error = count < 0 ? errno : 0;
  if (tls_ && tls_->owed() != 0)
    host().mark_dirty(*this);
  if (count < 0 && net::would_block(error))
    return;
  if (count > 0) {
    feed({http_buffer.data(), static_cast<std::size_t>(count)});
    watch_events();
    // TLS may have ended behind these bytes; a goodbye is still said then.
    if (!tls_ || !tls_->ended() || state_ != state::open)
      return;
  }
  lose({});
}

std::size_t socket_actor::unsent() const noexcept {
  return outbox_.bytes() + (tls_ ? tls_->owed() : 0);
}

// What comes after the goodbye is not heard.
void socket_actor::feed(std::span<char> bytes) {
  if (state_ != state::open)
    return;
  if (auto no = decoder_.feed(bytes, *this))
    send(this, socket_event{socket_event::kind::to_be_closed,
                            net::ws_close_payload(no->code, no->reason),
                            {}});
}

bool socket_actor::on_message(net::ws_opcode kind, std::string_view payload) {
  unhandled_ += cost_of(payload);
  send(this, ws_received{kind, std::string{payload}});
  return true;
}

bool socket_actor::on_ping(std::string_view payload) {
  unhandled_ += cost_of(payload);
  send(this,
       socket_event{socket_event::kind::pinged, std::string{payload}, {}});
  return true;
}

// The peer's code is echoed to it and decides nothing here.
bool socket_actor::on_close(std::uint16_t code, std::string_view) {
  send(this, socket_event{
                 socket_event::kind::to_be_closed,
                 net::ws_close_payload(code == net::ws_no_status ? 1000 : code),
                 {}});
  return false;
}

// All that came in passes here, so that answers leave in the order of what
// they answer.
caf::invoke_message_result socket_actor::consume(caf::mailbox_element& x) {
  auto& content = x.content();
  if (content.match_elements<socket_event>()) {
    auto& event = content.get_mutable_as<socket_event>(0);
    switch (event.what) {
    case socket_event::kind::pinged:
      unhandled_ -= cost_of(event.payload);
      say(net::ws_opcode::pong, event.payload);
      break;
    case socket_event::kind::to_be_closed:
      leave(event.payload);
      break;
    case socket_event::kind::gone:
      quit(std::move(event.why));
    }
    watch_events();
    return caf::invoke_message_result::consumed;
  }
  if (!content.match_elements<ws_received>())
    return pinned_actor::consume(x);
  if (state_ == state::closing)
    return caf::invoke_message_result::consumed;
  auto cost = cost_of(content.get_as<ws_received>(0).payload);
  auto result = pinned_actor::consume(x);
  if (result != caf::invoke_message_result::skipped) {
    unhandled_ -= cost;
    watch_events();
  }
  return result;
}

// -- out ----------------------------------------------------------------------

void socket_actor::say(net::ws_opcode kind, std::string_view payload) {
  if (state_ == state::open)
    say(encode(kind, payload));
}

void socket_actor::say(const frame_ptr& encoded) {
  if (state_ != state::open)
    return;
  outbox_.push(encoded);
  host().mark_dirty(*this);
}

// The bound is checked after the kernel was offered everything, so that a
// burst larger than the outbox does not end a peer that reads.
void socket_actor::on_flush() {
  if (!waits_to_write_)
    write();
  if (state_ == state::open && unsent() > limits_.max_outbox)
    show_out();
}

void socket_actor::write() {
  auto had = unsent();
  auto outcome = outbox_.write_to(descriptor_, tls_.get(), *this);
  if (tls_ && state_ == state::closing
      && outcome == net::outbox::outcome::empty)
    outcome = tls_->say_goodbye(descriptor_);
  switch (outcome) {
  case net::outbox::outcome::failed:
    lose({});
    return;
  case net::outbox::outcome::blocked:
    waits_to_write_ = true;
    if (unsent() != had || !deadline_.armed())
      patience(state_ == state::open ? limits_.patience_ns : goodbye_ns);
    break;
  case net::outbox::outcome::empty:
    waits_to_write_ = false;
    if (state_ == state::open) {
      deadline_.cancel();
    } else if (!std::exchange(half_closed_, true)) {
      ::shutdown(descriptor_, SHUT_WR);
      patience(goodbye_ns);
    }
  }
  watch_events();
}

// To whom we owe answers is read again when they have taken them. A closing
// socket is read for its end.
void socket_actor::watch_events() {
  if (descriptor_ < 0)
    return;
  auto reads = state_ != state::open
               || (unhandled_ < static_cast<std::int64_t>(read_ahead)
                   && unsent() < read_ahead);
  auto wanted = (reads ? EPOLLIN : 0u) | (waits_to_write_ ? EPOLLOUT : 0u);
  if (wanted != std::exchange(interest_, wanted))
    host().rewatch(*this, wanted);
}

// -- the end ------------------------------------------------------------------

void socket_actor::close(std::uint16_t code, std::string_view reason) {
  leave(net::ws_close_payload(code, reason));
}

void socket_actor::leave(std::string_view close_payload) {
  if (state_ != state::open)
    return;
  say(net::ws_opcode::close, close_payload);
  state_ = state::closing;
  patience(goodbye_ns);
  watch_events();
}

void socket_actor::show_out() {
  outbox_.drop_unwritten();
  close(limits_.slow_reader, "too slow to read what is sent");
}

void socket_actor::patience(std::int64_t delay_ns) {
  host().wheel().arm(deadline_, host().now() + delay_ns);
}

void socket_actor::on_timer() {
  if (state_ == state::open) {
    show_out();
    return;
  }
  net::abort_on_close(descriptor_);
  lose({});
}

// The socket is no more; the actor learns of it after what came before.
void socket_actor::lose(caf::error why) {
  state_ = state::gone;
  deadline_.cancel();
  outbox_.clear();
  host().close(*this);
  send(this, socket_event{socket_event::kind::gone, {}, std::move(why)});
}

void socket_actor::on_failure(const char* what) noexcept {
  log_error("socket_failed", "{} {} failed: {}", name(), id(), what);
  lose(caf::make_error(caf::sec::runtime_error));
}

bool socket_actor::cleanup(caf::error&& reason, caf::execution_unit* unit) {
  if (state_ == state::open) {
    // A last word, if it can be said without waiting.
    std::uint16_t code = !reason                                     ? 1000
                         : reason == caf::exit_reason::user_shutdown ? 1001
                                                                     : 1011;
    say(net::ws_opcode::close, net::ws_close_payload(code));
    if (outbox_.write_to(descriptor_, tls_.get(), *this)
            == net::outbox::outcome::empty
        && tls_)
      tls_->say_goodbye(descriptor_);
  }
  if (state_ != state::fresh && state_ != state::ended) {
    state_ = state::ended;
    deadline_.cancel();
    outbox_.clear();
    host().close(*this);
    host().release_later(*this);
  }
  return pinned_actor::cleanup(std::move(reason), unit);
}

void socket_actor::release() noexcept {
  caf::intrusive_ptr_release(ctrl());
}

} // namespace tidewire
