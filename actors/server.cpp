#include "actors/server.hpp"

#include "actors/admin.hpp"
#include "actors/connection.hpp"
#include "actors/front.hpp"
#include "actors/gauge.hpp"
#include "actors/node.hpp"
#include "actors/router.hpp"
#include "actors/shard.hpp"
#include "actors/webhooks.hpp"
#include "net/kernel_sockets.hpp"
#include "net/listener.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <boost/asio/ip/address.hpp>

#include <future>
#include <random>
#include <stdexcept>
#include <thread>

namespace tidewire {

namespace {

namespace ip = boost::asio::ip;

// Threads for the control plane only; stealing would poll when idle.
struct system_settings : caf::actor_system_config {
  system_settings() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
  }
};

ip::tcp::endpoint endpoint(const std::string& host, std::uint16_t port) {
  return {ip::make_address(host == "localhost" ? "127.0.0.1" : host), port};
}

std::uint32_t reactor_count(const config::settings& settings) {
  auto wanted = settings.server.reactors;
  return wanted != 0 ? wanted
                     : std::max(1u, std::thread::hardware_concurrency());
}

net::http_limits http_limits_of(const config::limit_settings& limits) {
  net::http_limits out;
  out.max_header = static_cast<std::uint32_t>(limits.max_http_header);
  out.max_body = limits.max_http_body;
  out.request_timeout_ns =
      std::chrono::nanoseconds{limits.handshake_timeout}.count();
  return out;
}

// A reactor with what hangs on it.
struct unit {
  unit(caf::actor_system& system, const config::settings& settings,
       const app_table& apps, std::uint32_t index, std::uint32_t count,
       std::uint32_t incarnation)
      : reactor(system, index),
        home(reactor, settings, apps, count, incarnation),
        api(home),
        http(reactor, api, http_limits_of(settings.limits)),
        accepts(
            reactor, [this](int descriptor) { http.accept(descriptor); },
            [this] { home.note_refused(no_app, refuse_reason::descriptors); }) {
    home.http.push_back(&http);
  }

  net::reactor reactor;
  shard home;
  front api;
  net::http_server http;
  net::listener accepts;
};

// The admin port, on the first reactor.
struct admin_unit {
  admin_unit(unit& on, const config::settings& settings)
      : front(on.home, on.api, on.accepts.port()),
        http(on.reactor, front, http_limits_of(settings.limits)),
        accepts(
            on.reactor, [this](int descriptor) { http.accept(descriptor); },
            [] {}) {
    on.home.http.push_back(&http);
  }

  admin_front front;
  net::http_server http;
  net::listener accepts;
};

} // namespace

struct server::parts {
  explicit parts(config::settings s)
      : settings(std::move(s)), apps(settings.apps), system(system_config) {}

  const config::settings settings;
  const app_table apps;
  system_settings system_config;
  caf::actor_system system;
  std::vector<std::unique_ptr<unit>> units;
  std::unique_ptr<admin_unit> admin_port;
  std::unique_ptr<webhook_office> office;
  caf::actor node_actor;
  bool running = false;

  void open_ports();
  void spawn_actors();
};

server::server(config::settings settings)
    : parts_(std::make_unique<parts>(std::move(settings))) {}

server::~server() {
  stop();
}

void server::parts::open_ports() {
  auto count = reactor_count(settings);
  std::random_device random;
  auto incarnation = (random() & 0xFFFFFFu) | 1u;
  for (std::uint32_t i = 0; i < count; ++i)
    units.push_back(
        std::make_unique<unit>(system, settings, apps, i, count, incarnation));
  auto where = endpoint(settings.server.host, settings.server.port);
  if (count > 1 && where.port() != 0) {
    // Shared ports hide a second server on the same one: ask without sharing.
    net::listener probe(
        units[0]->reactor, [](int) {}, [] {});
    probe.open(where, 1, false);
    probe.close();
  }
  for (auto& u : units) {
    u->accepts.open(where, static_cast<int>(settings.server.backlog),
                    count > 1);
    where.port(u->accepts.port());
  }
  admin_port = std::make_unique<admin_unit>(*units[0], settings);
  admin_port->accepts.open(endpoint(settings.admin.host, settings.admin.port),
                           128, false);
}

void server::parts::spawn_actors() {
  node::crew crew;
  for (auto& u : units) {
    crew.shards.push_back(&u->home);
    crew.routers.push_back(spawn_on<router>(u->reactor, u->home, 1u));
    crew.directories.push_back(spawn_on<directory>(u->reactor, u->home));
  }
  auto& first = *units[0];
  crew.admin = spawn_on<admin>(first.reactor, first.home);
  auto ports = std::pair{first.accepts.port(), admin_port->accepts.port()};
  auto kernel = [ports]() -> std::optional<std::uint64_t> {
    auto open = net::kernel_sockets(ports.first);
    auto admin = net::kernel_sockets(ports.second);
    if (!open || !admin)
      return std::nullopt;
    return *open + *admin;
  };
  auto state = std::make_shared<gauge_state>(apps.size());
  auto new_gauge = [this, state,
                    kernel](const std::vector<caf::actor>& routers) {
    return caf::actor{system.spawn<gauge, caf::hidden>(state, routers, kernel)};
  };
  crew.gauge = new_gauge(crew.routers);
  office = std::make_unique<webhook_office>(
      system, static_cast<std::uint32_t>(units.size()), settings, apps);
  office->gauge = crew.gauge;
  auto new_webhooks = [this] {
    return spawn_on<webhooks>(office->host, *office);
  };
  crew.webhooks = new_webhooks();
  auto directories = crew.directories;
  auto the_gauge = crew.gauge;
  auto the_webhooks = crew.webhooks;
  node_actor =
      system.spawn<node, caf::hidden>(std::move(crew), new_gauge, new_webhooks);
  for (auto& u : units) {
    u->home.reports.reader_is(the_webhooks, {});
    u->home.gauge = the_gauge;
    u->home.node = node_actor;
    for (std::uint32_t i = 0; i < directories.size(); ++i)
      u->home.streams.directory_is(i, directories[i]);
  }
}

void server::start() {
  parts_->open_ports();
  parts_->spawn_actors();
  parts_->running = true;
  parts_->office->host.start();
  for (auto& u : parts_->units)
    u->reactor.start();
}

std::uint16_t server::port() const noexcept {
  return parts_->units.front()->accepts.port();
}

std::uint16_t server::admin_port() const noexcept {
  return parts_->admin_port->accepts.port();
}

void server::drain() {
  parts_->office->hold_departures();
  auto spread =
      std::chrono::nanoseconds{parts_->settings.drain.duration}.count();
  for (auto& u : parts_->units)
    u->reactor.post([&part = *u, spread] {
      part.accepts.close();
      part.http.drain();
      // The goodbyes of the last ones need a moment of the time as well.
      part.home.drain(spread * 9 / 10);
    });
}

bool server::drained() const noexcept {
  for (auto& u : parts_->units)
    if (u->home.busy.load(std::memory_order_relaxed) != 0)
      return false;
  return true;
}

void server::stop() {
  if (!std::exchange(parts_->running, false))
    return;
  parts_->office->hold_departures();
  for (auto& u : parts_->units)
    u->reactor.post([&part = *u, admin = parts_->admin_port.get(),
                     first = u == parts_->units.front()] {
      part.accepts.close();
      part.http.close_all();
      if (first) {
        admin->accepts.close();
        admin->http.close_all();
      }
      part.home.stop();
    });
  caf::anon_send_exit(parts_->node_actor, caf::exit_reason::user_shutdown);
  for (auto& u : parts_->units)
    u->reactor.stop_and_join();
  parts_->office->host.stop_and_join();
  parts_->node_actor = nullptr;
  parts_->admin_port.reset();
  parts_->units.clear();
  parts_->office.reset();
}

std::size_t server::reactors() const noexcept {
  return parts_->units.size();
}

void server::on_shard(std::size_t reactor,
                      const std::function<void(shard&)>& task) {
  std::promise<void> done;
  auto& part = *parts_->units[reactor];
  part.reactor.post([&] {
    task(part.home);
    done.set_value();
  });
  done.get_future().wait();
}

} // namespace tidewire
