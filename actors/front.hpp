// The public port of one reactor: WebSocket handshakes and the HTTP API.
#pragma once

#include "actors/state/node_limits.hpp"
#include "net/http_session.hpp"
#include "net/pusher/api_request.hpp"
#include "net/pusher/api_route.hpp"
#include "net/pusher/close_code.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace tidewire {

struct shard;

/// What a browser can read of a refusal: the handshake is completed, and the
/// error is the close frame after it. `key` is its Sec-WebSocket-Key.
std::string refusal_of_handshake(std::string_view key, pusher::close_code code,
                                 std::string_view message, int protocol);

/// Answers the requests of the public port. Handshakes become CONNECTIONs
/// (`actors/front.cpp`), API requests become records for CHANNELs: what they
/// have in common is in `actors/api.cpp`, publishes in
/// `actors/api_publish.cpp`, questions in `actors/api_query.cpp`.
class front final : public net::http_handler {
public:
  explicit front(shard& home) : home_(home) {}

  void on_request(const net::http_exchange& exchange,
                  const net::http_request& request) override;
  void on_upgrade(net::http_session& session,
                  const net::http_request& request) override;
  void on_abandoned(bool timed_out, bool malformed) override;
  void on_crowded() override;

  /// Publishes without a signature or a rate; for the demo page of the admin
  /// port. `status` is that of success.
  void publish(const net::http_exchange& exchange, app_index app,
               pusher::publish_request request, unsigned status = 200);

private:
  /// One request to the API that may be answered.
  struct call {
    const net::http_exchange& exchange;
    const net::http_request& request;
    app_index app;
  };

  newcomer newcomer_of(const net::http_session& session,
                       const net::http_request& request, app_index app) const;
  bool wait(net::http_session& session, const net::http_request& request,
            const newcomer& who, int protocol);

  void admit(net::http_session& session, const net::http_request& request,
             app_index app, int protocol);

  // One for each endpoint.
  void answer(const call& on, const pusher::events_route& route);
  void answer(const call& on, const pusher::batch_events_route& route);
  void answer(const call& on, const pusher::channel_events_route& route);
  void answer(const call& on, const pusher::channels_route& route);
  void answer(const call& on, const pusher::channel_route& route);
  void answer(const call& on, const pusher::channel_users_route& route);
  void answer(const call& on, const pusher::channel_stats_route& route);
  void answer(const call& on, const pusher::terminate_route& route);
  void answer(const call& on, const pusher::connections_route& route);

  void refuse(const call& on, const pusher::api_error& no);
  bool may_broadcast(const call& on);
  bool may_publish(const call& on, std::size_t events);
  bool may_read(const call& on);
  void publish_batch(const call& on,
                     std::vector<pusher::publish_request> batch);

  shard& home_;
};

} // namespace tidewire
