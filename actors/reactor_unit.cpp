#include "actors/reactor_unit.hpp"

#include "actors/connection.hpp"
#include "net/unix_socket.hpp"

#include <boost/asio/ip/address.hpp>

#include <unistd.h>

namespace tidewire {

namespace {

// What browsers ask for before a page may use the HTTP API; the lists are those
// that other servers of this protocol send.
std::string cors_headers(const std::string& origin) {
  if (origin.empty())
    return {};
  return "Access-Control-Allow-Origin: " + origin
         + "\r\nAccess-Control-Allow-Methods: GET, POST, PUT, DELETE, OPTIONS"
           "\r\nAccess-Control-Allow-Headers: Origin, Content-Type, "
           "X-Auth-Token, X-Requested-With, Accept, Authorization, "
           "X-CSRF-TOKEN, XSRF-TOKEN, X-Socket-Id\r\n";
}

// The mode of the socket says so already; a folder on a strange file system
// may not.
bool may_enter(int descriptor) {
  auto who = net::peer_user(descriptor);
  return who && (*who == 0 || *who == ::geteuid());
}

} // namespace

net::http_limits http_limits_of(const config::limit_settings& limits) {
  net::http_limits out;
  out.max_header = static_cast<std::uint32_t>(limits.max_http_header);
  out.max_body = limits.max_http_body;
  out.request_timeout_ns =
      std::chrono::nanoseconds{limits.handshake_timeout}.count();
  out.pending_per_address = limits.pending_per_address;
  return out;
}

reactor_unit::reactor_unit(caf::actor_system& system, const snapshot& first,
                           deflate_audience& audience, node_limits& quotas,
                           std::uint32_t index, std::uint32_t count,
                           std::uint32_t incarnation)
    : reactor(system, index),
      home(reactor, first.settings, first.apps, audience, quotas, count,
           incarnation),
      api(home),
      http(reactor, api, http_limits_of(first.settings.limits)),
      accepts(
          reactor,
          [this, kind = first.settings.tls.on() && first.settings.tls.same_port
                            ? net::port_kind::either
                            : net::port_kind::plain](int descriptor) {
            http.accept(descriptor, kind);
          },
          [this] { turned_away(); }) {
  home.http.push_back(&http);
  http.headers(cors_headers(first.settings.server.cors_origin));
  http.guard(quotas.pending(), home.proxies);
  if (first.settings.tls.on() && !first.settings.tls.same_port)
    accepts_tls.emplace(
        reactor,
        [this](int descriptor) {
          http.accept(descriptor, net::port_kind::tls);
        },
        [this] { turned_away(); });
  pace(first.settings.limits);
}

void reactor_unit::pace(const config::limit_settings& limits) {
  auto part = (limits.accepts_per_second + home.reactors - 1) / home.reactors;
  accepts.pace(part);
  if (accepts_tls)
    accepts_tls->pace(part);
}

void reactor_unit::stop_accepting() {
  accepts.close();
  if (accepts_tls)
    accepts_tls->close();
}

admin_unit::admin_unit(reactor_unit& on, const config::settings& settings)
    : front(on.home, on.api, on.accepts.port()),
      http(on.reactor, front, http_limits_of(settings.limits)),
      local(on.reactor, front.local(), http_limits_of(settings.limits)),
      accepts(
          on.reactor, [this](int descriptor) { http.accept(descriptor); },
          [] {}),
      accepts_local(
          on.reactor,
          [this](int descriptor) {
            if (may_enter(descriptor))
              local.accept(descriptor);
            else
              ::close(descriptor);
          },
          [] {}) {
  on.home.http.push_back(&http);
  on.home.http.push_back(&local);
}

void admin_unit::close() {
  accepts.close();
  accepts_local.close();
  http.close_all();
  local.close_all();
}

boost::asio::ip::tcp::endpoint endpoint_of(const std::string& host,
                                           std::uint16_t port) {
  namespace ip = boost::asio::ip;
  return {ip::make_address(host == "localhost" ? "127.0.0.1" : host), port};
}

void open_shared(reactor_units& units, boost::asio::ip::tcp::endpoint where,
                 std::uint32_t backlog,
                 const std::function<net::listener&(reactor_unit&)>& which) {
  auto shared = units.size() > 1;
  if (shared && where.port() != 0) {
    // Shared ports hide a second server on the same one: ask without sharing.
    net::listener probe(
        units[0]->reactor, [](int) {}, [] {});
    probe.open(where, 1, false);
    probe.close();
  }
  for (auto& u : units) {
    auto& accepts = which(*u);
    accepts.open(where, static_cast<int>(backlog), shared);
    where.port(accepts.port());
  }
}

} // namespace tidewire
