// A port whose WebSockets are actors.
#pragma once

#include "actors/socket_actor.hpp"
#include "net/http_session.hpp"
#include "net/listener.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

namespace tidewire {

/// One reactor with one port. Each WebSocket opened on a served path becomes
/// an actor of the type served there. Used by one thread that is not the
/// reactor; the actor system outlives it.
class socket_host final : private net::http_handler {
public:
  explicit socket_host(caf::actor_system& system);
  ~socket_host() override { stop(); }

  /// Sockets opened on `path` (without the query) become a `T`, a subclass of
  /// socket_actor built from `(caf::actor_config&, net::reactor&, args...)`.
  /// Before `start`.
  template <class T, class... Args>
  void serve(std::string path, Args... args) {
    paths_[std::move(path)] = [this,
                               args...](net::http_session& session,
                                        const net::http_request& request) {
      return open_socket<T>(reactor_, session, request, args...);
    };
  }

  /// Binds `address` and port (0: any) and serves. Throws std::exception with
  /// a sentence that names what cannot be bound.
  void start(const std::string& address, std::uint16_t port);

  /// Where it listens, after `start`: `127.0.0.1:8080`, `[::1]:8080`.
  std::string endpoint() const;

  /// Stops accepting, tells all sockets to shut down, waits for their actors
  /// to end, and joins the reactor.
  void stop();

private:
  using opener =
      std::function<caf::actor(net::http_session&, const net::http_request&)>;

  void on_request(const net::http_exchange& exchange,
                  const net::http_request& request) override;
  void on_upgrade(net::http_session& session,
                  const net::http_request& request) override;
  void on_abandoned(bool, bool) override {}

  std::map<std::string, opener, std::less<>> paths_;
  std::unordered_map<caf::actor_id, caf::actor> sockets_; // the reactor's
  net::reactor reactor_;
  net::http_server http_;
  net::listener accepts_;
  boost::asio::ip::tcp::endpoint where_;
  bool running_ = false;
};

} // namespace tidewire
