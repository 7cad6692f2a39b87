// What a server has once per reactor, and its ports.
#pragma once

#include "actors/admin.hpp"
#include "actors/front.hpp"
#include "actors/registry.hpp"
#include "actors/shard.hpp"
#include "net/listener.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewire {

/// A reactor with what hangs on it: its shard, and its share of the public
/// ports. To be made and opened before the reactor starts, afterwards its
/// thread's.
struct reactor_unit {
  reactor_unit(caf::actor_system& system, const snapshot& first,
               deflate_audience& audience, node_limits& quotas,
               std::uint32_t index, std::uint32_t count,
               std::uint32_t incarnation);

  void turned_away() { home.note_refused(no_app, refuse_reason::descriptors); }

  /// Takes its part of `limits.accepts_per_second` from now on.
  void pace(const config::limit_settings& limits);

  void stop_accepting();

  net::reactor reactor;
  shard home;
  front api;
  net::http_server http;
  net::listener accepts;
  std::optional<net::listener> accepts_tls;
};

/// The admin port and the admin socket, on the first reactor.
struct admin_unit {
  admin_unit(reactor_unit& on, const config::settings& settings);

  void close();

  admin_front front;
  net::http_server http;
  net::http_server local; ///< over the socket, by the same user or root
  net::listener accepts;
  net::listener accepts_local;
};

using reactor_units = std::vector<std::unique_ptr<reactor_unit>>;

/// What `[limits]` says about HTTP, on every port.
net::http_limits http_limits_of(const config::limit_settings& limits);

/// `host` is an address or `localhost`.
boost::asio::ip::tcp::endpoint endpoint_of(const std::string& host,
                                           std::uint16_t port);

/// Opens one port on every reactor, so that the kernel spreads what comes in.
/// `which` is the listener of a unit. Throws `std::runtime_error` if the port
/// is taken.
void open_shared(reactor_units& units, boost::asio::ip::tcp::endpoint where,
                 std::uint32_t backlog,
                 const std::function<net::listener&(reactor_unit&)>& which);

} // namespace tidewire
