// How a connection ends: by the server, by its client, or by a failure.
#include "actors/connection.hpp"
#include "actors/shard.hpp"
#include "actors/waiting_room.hpp"
#include "net/log.hpp"
#include "net/socket.hpp"
#include "net/tls_stream.hpp"
#include "net/ws_frame.hpp"

#include <caf/sec.hpp>

namespace tidewire {

namespace {

// How long a closing connection may take to say goodbye.
constexpr std::int64_t close_ns = 2'000'000'000;

// What became of a connection that was never accepted.
refuse_reason refusal_of(close_reason why) {
  switch (why) {
  case close_reason::client:
  case close_reason::lost:
    return refuse_reason::abandoned;
  case close_reason::drain:
    return refuse_reason::draining;
  case close_reason::app_disabled:
    return refuse_reason::app_disabled;
  default:
    return refuse_reason::unauthorized;
  }
}

} // namespace

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
  queue(frame::make(
      net::ws_frame(net::ws_opcode::close, net::ws_close_payload(code, reason)),
      {}));
  deaf_ = true;
  host().wheel().arm(watch_, host().now() + close_ns);
}

// From here on it is not counted, and no event finds it.
void connection::leave(close_reason why) noexcept {
  if (state_ == state::pending) {
    home_.unauthorized[app()].erase(*this);
    home_.note_refused(app(), crowded_out_.value_or(refusal_of(why)));
  }
  if (waits_)
    home_.waiting->leave(*this);
  if (user_key_ != 0)
    home_.note_user({app(), false, user_key_, opened_ns_});
  state_ = state::closing;
  // Not in one with the live set: the audit compares the two.
  if (held_.of_app == permit::share::counted)
    --home_.totals[app()].counted;
  if (home_.live[app()].erase(*this)) {
    home_.note(app(), lifecycle::kind::closed, static_cast<std::uint8_t>(why),
               host().now() - opened_ns_);
  }
  home_.quotas.leave(app(), held_);
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

void connection::on_terminated() {
  close(pusher::to_number(pusher::close_code::unauthorized),
        "The connections of this user were terminated",
        close_reason::terminated);
}

} // namespace tidewire
