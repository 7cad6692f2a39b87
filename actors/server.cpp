#include "actors/server.hpp"

#include "actors/admin.hpp"
#include "actors/commands/machine.hpp"
#include "actors/commands/request.hpp"
#include "actors/control_plane.hpp"
#include "actors/data_dir.hpp"
#include "actors/link_config.hpp"
#include "actors/reactor_unit.hpp"
#include "actors/registry.hpp"
#include "net/log.hpp"
#include "net/tls_context.hpp"
#include "net/unix_socket.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <filesystem>
#include <future>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace tidewire {

namespace {

// Threads for the control plane only; stealing would poll when idle.
struct system_settings : caf::actor_system_config {
  explicit system_settings(const config::settings& settings) {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
    if (settings.cluster.enabled)
      load_middleman(*this);
  }
};

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

struct server::parts {
  parts(config::settings s, load_again a, std::function<void()> told)
      : settings(std::move(s)),
        again(std::move(a)),
        name(name_of_node(settings)),
        told_to_drain(std::move(told)),
        drain(settings.drain.duration),
        system_config(settings),
        system(system_config) {}

  const config::settings settings; // as it was started with
  const load_again again;
  const std::string name;
  const std::function<void()> told_to_drain;
  std::atomic<std::chrono::milliseconds> drain;
  std::atomic<bool> leaving{false};
  std::atomic<bool> life_is_over{false};
  std::unique_ptr<data_dir> folder;
  std::shared_ptr<registry_state> known;

  // Between the REGISTRY, which hands out snapshots, and whoever stops the
  // reactors; the actor system waits for the one, so it ends before these. No
  // reactor ever takes it.
  std::mutex handing_out;
  bool stopping = false;

  deflate_audience audience;
  node_limits quotas;
  commands::desk desk; // until the last of those who answer commands is gone
  system_settings system_config;
  caf::actor_system system;
  reactor_units units;
  std::unique_ptr<admin_unit> admin_port;
  std::unique_ptr<control_plane> control;
  bool running = false;

  void open_folder();
  void open_ports();
  void open_socket();
  void lay_desk(const std::function<void()>& drain);
  void spawn_actors();
  void end_of_life();
  void hand_out(const std::shared_ptr<const snapshot>& what,
                const std::function<void()>& done);
  std::string renew_certificate();
};

std::string name_of_node(const config::settings& settings) {
  if (!settings.server.node.empty())
    return settings.server.node;
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unnamed";
}

server::server(config::settings settings, load_again again,
               std::function<void()> told_to_drain)
    : parts_(std::make_unique<parts>(std::move(settings), std::move(again),
                                     std::move(told_to_drain))) {}

server::~server() {
  stop();
}

void server::parts::open_folder() {
  folder = std::make_unique<data_dir>(settings.data_dir);
  known = std::make_shared<registry_state>(settings, *folder);
  known->load = again;
  known->publish = [this](auto what, auto done) { hand_out(what, done); };
  known->renew_certificate = [this] {
    auto of_clients = renew_certificate();
    auto of_nodes = control->renew_certificate();
    return of_clients + (of_clients.empty() ? "" : " ") + of_nodes;
  };
}

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

// Every reactor changes over between two of its handlers, and so does WEBHOOKS.
void server::parts::hand_out(const std::shared_ptr<const snapshot>& what,
                             const std::function<void()>& done) {
  std::lock_guard lock{handing_out};
  if (stopping)
    return;
  drain = what->settings.drain.duration;
  control->apps_are(*what);
  auto missing = std::make_shared<std::atomic<std::size_t>>(units.size() + 1);
  auto one_more = [missing, done] {
    if (missing->fetch_sub(1) == 1)
      done();
  };
  for (auto& u : units)
    u->reactor.post([this, &part = *u, what, one_more] {
      auto limits = http_limits_of(what->settings.limits);
      part.home.configure(what->apps, what->settings);
      part.http.limits(limits);
      part.pace(what->settings.limits);
      if (&part == units.front().get()) {
        admin_port->front.token_is(what->token);
        admin_port->http.limits(limits);
        admin_port->local.limits(limits);
      }
      one_more();
    });
  operator_hook hook{what->settings.meter.webhook_url,
                     what->settings.meter.webhook_secret};
  control->office().configure(what->apps, hook, [this, one_more](auto changed) {
    if (!changed.empty())
      for (auto& u : units)
        u->reactor.post([&part = *u, changed] {
          part.home.directory.state_reports(changed);
        });
    one_more();
  });
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

void server::parts::lay_desk(const std::function<void()>& drain_all) {
  desk.version = TIDEWIRE_VERSION;
  desk.node = name;
  desk.data_dir = folder->path();
  if (settings.meter.enabled)
    desk.ledger_file = folder->file("ledger.db");
  desk.started_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
  auto& first = *units.front();
  auto& host = settings.server.host;
  desk.ports.push_back({"ws", host, first.accepts.port()});
  if (first.accepts_tls)
    desk.ports.push_back({"wss", host, first.accepts_tls->port()});
  else if (settings.tls.on())
    desk.ports.push_back({"wss", host, first.accepts.port()});
  desk.ports.push_back(
      {"admin", settings.admin.host, admin_port->accepts.port()});
  for (auto& u : units)
    desk.shards.push_back(&u->home);
  desk.drain = told_to_drain ? told_to_drain : drain_all;
  desk.last_reload = [state = known] { return state->reloads.last(); };
  first.home.desk = &desk;
}

void server::parts::spawn_actors() {
  auto& first = *units[0];
  std::vector ports{first.accepts.port(), admin_port->accepts.port()};
  if (first.accepts_tls)
    ports.push_back(first.accepts_tls->port());
  control = std::make_unique<control_plane>(control_plane::site{
      system, units, settings, *folder, known, name, std::move(ports),
      desk.socket, [this] { end_of_life(); }});
}

void server::parts::end_of_life() {
  life_is_over = true;
  if (!leaving)
    desk.drain();
}

void server::start() {
  parts_->open_folder();
  parts_->open_ports();
  parts_->lay_desk([this] { drain(); });
  parts_->spawn_actors();
  parts_->running = true;
  parts_->desk.memory_at_start = commands::own_memory();
  parts_->control->start();
  for (auto& u : parts_->units)
    u->reactor.start();
}

const std::string& server::name() const noexcept {
  return parts_->name;
}

std::uint16_t server::port() const noexcept {
  return parts_->units.front()->accepts.port();
}

std::uint16_t server::admin_port() const noexcept {
  return parts_->admin_port->accepts.port();
}

std::uint16_t server::tls_port() const noexcept {
  auto& first = *parts_->units.front();
  if (first.accepts_tls)
    return first.accepts_tls->port();
  return parts_->settings.tls.on() ? first.accepts.port() : 0;
}

void server::reload() {
  caf::anon_send(parts_->control->node(), reload_now{});
}

std::chrono::milliseconds server::drain_duration() const noexcept {
  constexpr std::chrono::milliseconds at_once{1000};
  auto usual = parts_->drain.load();
  return parts_->life_is_over ? std::min(usual, at_once) : usual;
}

bool server::life_is_over() const noexcept {
  return parts_->life_is_over;
}

void server::drain() {
  parts_->leaving = true;
  parts_->control->prepare_to_leave();
  parts_->control->office().hold_departures();
  auto spread = std::chrono::nanoseconds{drain_duration()}.count();
  for (auto& u : parts_->units)
    u->reactor.post([&part = *u, spread] {
      part.stop_accepting();
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
  parts_->control->office().hold_departures();
  parts_->desk.hands->stop();
  {
    std::lock_guard lock{parts_->handing_out};
    parts_->stopping = true;
  }
  for (auto& u : parts_->units)
    u->reactor.post([&part = *u, admin = parts_->admin_port.get(),
                     first = u == parts_->units.front()] {
      part.stop_accepting();
      part.http.close_all();
      if (first) {
        admin->close();
      }
      part.home.stop();
    });
  parts_->control->end();
  for (auto& u : parts_->units)
    u->reactor.stop_and_join();
  parts_->control->join();
  parts_->admin_port.reset();
  parts_->units.clear();
  parts_->control.reset();
  if (auto& socket = parts_->desk.socket; !socket.empty())
    ::unlink(socket.c_str());
}

std::size_t server::reactors() const noexcept {
  return parts_->units.size();
}

webhook_office& server::office() noexcept {
  return parts_->control->office();
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
