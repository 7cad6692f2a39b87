// The public port of one reactor: WebSocket handshakes and the HTTP API.
#pragma once

#include "net/http_session.hpp"
#include "net/pusher/api_request.hpp"
#include "net/pusher/api_route.hpp"

namespace tidewire {

struct shard;

/// Answers the requests of the public port. Handshakes become CONNECTIONs
/// (`actors/front.cpp`), API requests become records for CHANNELs
/// (`actors/api.cpp`).
class front final : public net::http_handler {
public:
  explicit front(shard& home) : home_(home) {}

  void on_request(const net::http_exchange& exchange,
                  const net::http_request& request) override;
  void on_upgrade(net::http_session& session,
                  const net::http_request& request) override;
  void on_abandoned(bool timed_out, bool malformed) override;

  /// Publishes without a signature; for the demo page of the admin port.
  void publish(const net::http_exchange& exchange, app_index app,
               pusher::publish_request request);

private:
  void accept(net::http_session& session, const net::http_request& request,
              app_index app);
  void answer(const net::http_exchange& exchange, app_index app,
              const pusher::route& route, const net::http_request& request);
  void answer_batch(const net::http_exchange& exchange, app_index app,
                    std::vector<pusher::publish_request> batch);
  void answer_channels(const net::http_exchange& exchange, app_index app,
                       const pusher::channels_route& route);
  void answer_channel(const net::http_exchange& exchange, app_index app,
                      const pusher::channel_route& route);
  void terminate(const net::http_exchange& exchange, app_index app,
                 const pusher::terminate_route& route);
  void answer_users(const net::http_exchange& exchange, app_index app,
                    const pusher::channel_users_route& route);

  shard& home_;
};

} // namespace tidewire
