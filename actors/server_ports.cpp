// Where a server is reached, and with which certificate.
#include "actors/server_parts.hpp"
#include "net/log.hpp"
#include "net/tls_context.hpp"
#include "net/unix_socket.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <thread>
#include <variant>

namespace tidewire {

namespace {

std::uint32_t reactor_count(const config::settings& settings) {
  auto wanted = settings.server.reactors;
  return wanted != 0 ? wanted
                     : std::max(1u, std::thread::hardware_concurrency());
}

// The certificate, or why there is none.
std::variant<net::tls_context::ptr, std::string>
load(const config::tls_settings& tls) {
  return net::tls_context::load({tls.certificate, tls.key});
}

} // namespace

// The path of the settings the server started with: a new one needs a restart.
std::string server::parts::renew_certificate() {
  if (!settings.tls.on())
    return {};
  auto loaded = load(settings.tls);
  auto* wrong = std::get_if<std::string>(&loaded);
  auto trouble = wrong ? *wrong
                       : std::get<net::tls_context::ptr>(loaded)->out_of_date(
                           std::time(nullptr));
  if (!trouble.empty()) {
    trouble += " The certificate in use stays.";
    log_error("certificate_refused", "{}", trouble);
    return trouble;
  }
  auto certificate = std::get<net::tls_context::ptr>(loaded);
  std::lock_guard lock{handing_out};
  if (stopping)
    return {};
  for (auto& u : units)
    u->reactor.post([&part = *u, certificate] { part.http.use(certificate); });
  log_info("certificate_reloaded", "New TLS handshakes use {}.",
           certificate->summary());
  return {};
}

void server::parts::open_ports() {
  auto count = reactor_count(settings);
  std::random_device random;
  auto incarnation = (random() & 0xFFFFFFu) | 1u;
  if (settings.cluster.enabled && settings.meter.enabled)
    quotas.require_permits();
  for (std::uint32_t i = 0; i < count; ++i)
    units.push_back(std::make_unique<reactor_unit>(
        system, *known->now(), audience, quotas, i, count, incarnation));
  auto& host = settings.server.host;
  if (settings.tls.on()) {
    auto loaded = load(settings.tls);
    if (auto* no = std::get_if<std::string>(&loaded))
      throw std::runtime_error(*no);
    auto& certificate = std::get<net::tls_context::ptr>(loaded);
    if (auto late = certificate->out_of_date(std::time(nullptr)); !late.empty())
      log_warning("certificate_out_of_date", "{}", late);
    log_info("certificate_loaded", "TLS with {}", certificate->summary());
    for (auto& u : units)
      u->http.use(certificate);
  }
  open_shared(
      units, endpoint_of(host, settings.server.port), settings.server.backlog,
      [](auto& u) -> auto& { return u.accepts; });
  if (units[0]->accepts_tls)
    open_shared(
        units, endpoint_of(host, settings.tls.port), settings.server.backlog,
        [](auto& u) -> auto& { return *u.accepts_tls; });
  admin_port = std::make_unique<admin_unit>(*units[0], settings);
  admin_port->front.token_is(known->token);
  admin_port->accepts.open(
      endpoint_of(settings.admin.host, settings.admin.port), 128, false);
  open_socket();
}

// Whoever is the same user, or root, needs no token there. The folder is ours
// alone (its lock), so a socket that is in it belongs to nobody alive.
void server::parts::open_socket() {
  if (!folder->writable())
    return;
  std::error_code ignored;
  auto path =
      std::filesystem::absolute(folder->file("admin.sock"), ignored).string();
  auto made = net::listen_unix(path, 128);
  if (made.descriptor < 0) {
    log_warning("admin_socket_failed",
                "{} Until then tidewire ctl needs the admin port and the "
                "token.",
                made.trouble);
    return;
  }
  admin_port->accepts_local.open(made.descriptor);
  desk.socket = path;
}

} // namespace tidewire
