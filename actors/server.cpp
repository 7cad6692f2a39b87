#include "actors/server.hpp"

#include "actors/commands/machine.hpp"
#include "actors/server_parts.hpp"
#include "net/log.hpp"

#include <caf/send.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>

#include <unistd.h>

namespace tidewire {

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
