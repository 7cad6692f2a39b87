#include "actors/front.hpp"

#include "actors/connection.hpp"
#include "actors/refusal.hpp"
#include "actors/shard.hpp"
#include "actors/waiting_room.hpp"
#include "net/http_text.hpp"
#include "net/pusher/handshake.hpp"
#include "net/pusher/server_event.hpp"
#include "net/ws_frame.hpp"

namespace tidewire {

namespace {

refuse_reason reason_of(pusher::close_code code) {
  switch (code) {
  case pusher::close_code::unknown_app:
    return refuse_reason::unknown_key;
  case pusher::close_code::app_disabled:
    return refuse_reason::app_disabled;
  case pusher::close_code::path_not_found:
    return refuse_reason::bad_path;
  case pusher::close_code::bad_version:
    return refuse_reason::bad_version;
  case pusher::close_code::unsupported_protocol:
    return refuse_reason::unsupported_protocol;
  case pusher::close_code::no_protocol:
    return refuse_reason::no_protocol;
  case pusher::close_code::unauthorized:
    return refuse_reason::origin;
  case pusher::close_code::tls_only:
    return refuse_reason::tls_only;
  default:
    return refuse_reason::draining;
  }
}

std::optional<net::ws_deflate_terms>
deflate_of(const net::http_request& request, const shard& home) {
  if (!home.settings.compression.enabled)
    return std::nullopt;
  return net::accept_ws_deflate(request.websocket_extensions);
}

} // namespace

// A browser cannot read an HTTP error. Protocols before 6 and those who did not
// say theirs hear it as an event first (protocol.md, 1).
std::string refusal_of_handshake(std::string_view key, pusher::close_code code,
                                 std::string_view message, int protocol) {
  auto out = net::switching_protocols(key);
  if (protocol < 6) {
    std::string text;
    pusher::render_error(text, pusher::to_number(code), message);
    out += net::ws_frame(net::ws_opcode::text, text);
  }
  out += net::ws_frame(net::ws_opcode::close,
                       net::ws_close_payload(pusher::to_number(code), message));
  return out;
}

newcomer front::newcomer_of(const net::http_session& session,
                            const net::http_request& request,
                            app_index app) const {
  newcomer who{app, {}, !home_.apps[app].authorized_only};
  if (home_.settings.limits.connections_per_address != 0)
    if (auto peer = session.peer())
      who.address = net::address_group(
          home_.proxies.client(*peer, request.forwarded_for));
  return who;
}

// A permit may come from another node. Those who wait already go first.
bool front::wait(net::http_session& session, const net::http_request& request,
                 const newcomer& who, int protocol) {
  return home_.waiting
         && home_.waiting->enter({net::held_handshake{session}, who,
                                  std::string{request.websocket_key},
                                  deflate_of(request, home_), protocol});
}

void front::on_upgrade(net::http_session& session,
                       const net::http_request& request) {
  auto app = no_app;
  auto refuse = [&](pusher::close_code code, std::string_view message,
                    int protocol, std::optional<refuse_reason> why = {}) {
    home_.note_refused(app, why.value_or(reason_of(code)));
    session.finish_with(
        refusal_of_handshake(request.websocket_key, code, message, protocol));
  };
  auto parsed = pusher::parse_handshake(request.target,
                                        home_.settings.server.path_prefix);
  if (auto* no = std::get_if<pusher::rejected>(&parsed)) {
    refuse(no->code, no->message, 7);
    return;
  }
  auto& wanted = std::get<pusher::accepted>(parsed);
  auto deny = [&](pusher::close_code code,
                  std::optional<refuse_reason> why = {}) {
    refuse(code, pusher::info_of(code).reason, wanted.protocol, why);
  };
  app = home_.apps.by_key(wanted.key);
  if (home_.settings.tls.required && !request.secure)
    deny(pusher::close_code::tls_only);
  else if (app == no_app)
    deny(pusher::close_code::unknown_app);
  else if (!home_.apps[app].enabled)
    deny(pusher::close_code::app_disabled);
  else if (!origin_allowed(home_.apps[app], request.origin))
    refuse(pusher::close_code::unauthorized,
           "Pages of this origin may not connect to this app", wanted.protocol);
  else if (home_.draining)
    deny(pusher::close_code::reconnect_now);
  else
    admit(session, request, app, wanted.protocol);
}

void front::admit(net::http_session& session, const net::http_request& request,
                  app_index app, int protocol) {
  auto who = newcomer_of(session, request, app);
  auto queue = home_.waiting && who.counts && home_.waiting->waits(app);
  std::variant<permit, refuse_reason> door = refuse_reason::app_full;
  if (!queue)
    door = home_.quotas.admit(who, home_.apps[app], home_.settings.limits,
                              home_.host.now());
  if (auto* held = std::get_if<permit>(&door)) {
    auto deflate = deflate_of(request, home_);
    connection::open(home_, app, session,
                     net::switching_protocols(request.websocket_key,
                                              deflate ? deflate->answer() : ""),
                     deflate, *held);
    return;
  }
  auto why = std::get<refuse_reason>(door);
  if (why == refuse_reason::app_full && who.counts
      && wait(session, request, who, protocol))
    return;
  // Without a permit nobody can say that the app is full for good.
  auto unsure = home_.waiting && why == refuse_reason::app_full;
  auto code = code_of(why, home_.quotas.ruling(app),
                      unsure || home_.quotas.moving(app));
  home_.note_refused(app, why);
  session.finish_with(refusal_of_handshake(
      request.websocket_key, code, pusher::info_of(code).reason, protocol));
}

void front::on_crowded() {
  home_.note_refused(no_app, refuse_reason::address_pending);
}

void front::on_abandoned(bool timed_out, bool malformed) {
  home_.note_refused(no_app, timed_out   ? refuse_reason::handshake_timeout
                             : malformed ? refuse_reason::bad_handshake
                                         : refuse_reason::abandoned);
}

} // namespace tidewire
