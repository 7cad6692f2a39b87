#include "actors/control_plane.hpp"

#include "actors/admin.hpp"
#include "actors/cluster_office.hpp"
#include "actors/cluster_port.hpp"
#include "actors/data_dir.hpp"
#include "actors/gauge.hpp"
#include "actors/node.hpp"
#include "actors/registry.hpp"
#include "actors/router.hpp"
#include "net/kernel_sockets.hpp"
#include "net/log.hpp"
#include "net/unix_socket.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <optional>
#include <random>
#include <thread>

namespace tidewire {

namespace {

// What the kernel holds on these ports and this Unix socket, or nothing if it
// does not say.
gauge::kernel_count count_on(std::vector<std::uint16_t> ports,
                             std::string local) {
  return [ports = std::move(ports),
          local = std::move(local)]() -> std::optional<std::uint64_t> {
    std::uint64_t total = 0;
    if (!local.empty()) {
      auto held = net::kernel_unix_sockets(local);
      if (!held)
        return std::nullopt;
      total += *held;
    }
    for (auto port : ports) {
      auto held = net::kernel_sockets(port);
      if (!held)
        return std::nullopt;
      total += *held;
    }
    return total;
  };
}

// The second in which a node ended was stated whole by the life before, so the
// next one begins after it. A clock that was set back by more is not waited
// for: then cluster time goes on from there (cluster_clock).
void wait_for_end_of(std::optional<meter::tick> stated) {
  if (!stated)
    return;
  constexpr std::int64_t most_ns = 1'100'000'000;
  auto left = stated->ends() - metering::clocks_now().wall_ns;
  if (left > 0 && left <= most_ns)
    std::this_thread::sleep_for(std::chrono::nanoseconds{left});
}

std::uint64_t new_incarnation() {
  std::random_device random;
  return std::uint64_t{random()} << 32u | random();
}

} // namespace

control_plane::control_plane(const site& at)
    : system_(at.system),
      life_is_over_(at.life_is_over),
      me_{at.node_name, new_incarnation()} {
  open_cluster(at);
  at.known->joins(me_, cluster_ ? cluster_->shared() : nullptr);
  if (cluster_)
    at.known->grant = cluster_->graces();
  open_books(at);
  tidewire::node::crew crew;
  for (auto& u : at.units) {
    crew.shards.push_back(&u->home);
    crew.routers.push_back(spawn_on<router>(u->reactor, u->home, 1u));
    crew.directories.push_back(spawn_on<directory>(u->reactor, u->home));
  }
  auto& first = *at.units[0];
  crew.admin = first.home.admin = spawn_on<admin>(first.reactor, first.home);
  auto memory = std::make_shared<gauge_memory>(gauge_memory{
      gauge_state{at.known->table.size()}, nullptr, nullptr, {}, {}});
  if (books_) {
    auto stated = books_->store.last_stated();
    wait_for_end_of(stated);
    memory->meter = std::make_unique<metering>(metering::clocks_now(), stated,
                                               at.units.size());
    memory->meter->apps_are(at.known->table);
    open_caps(*memory, at);
    if (cluster_)
      open_rows(*memory, at);
    memory->windows = std::make_shared<window_board>();
    windows_ = std::make_unique<window_clerk>(books_->file, books_->settings,
                                              memory->windows);
  }
  tidewire::node::nursery successors;
  successors.ledger = [this] {
    return spawn_on<ledger_keeper>(books_->host, *books_);
  };
  successors.gauge = [this, memory, kernel = count_on(at.ports, at.socket)](
                         const std::vector<caf::actor>& routers,
                         const caf::actor& ledger) {
    caf::actor fresh = system_.spawn<tidewire::gauge, caf::hidden>(
        memory, routers, ledger, kernel);
    if (cluster_)
      cluster_->gauge_is(fresh);
    return fresh;
  };
  successors.webhooks = [this] {
    return spawn_on<webhooks>(office_->host, *office_);
  };
  successors.registry = [this, known = at.known] {
    caf::actor fresh =
        system_.spawn<registry, caf::detached + caf::hidden>(known);
    if (cluster_)
      cluster_->registry_is(fresh);
    return fresh;
  };
  if (books_)
    crew.ledger = successors.ledger();
  crew.gauge = gauge_ = successors.gauge(crew.routers, crew.ledger);
  office_ = std::make_unique<webhook_office>(
      system_, static_cast<std::uint32_t>(at.units.size()),
      at.settings.webhooks, at.folder.file("webhooks.db"), at.known->table,
      operator_hook{at.settings.meter.webhook_url,
                    at.settings.meter.webhook_secret});
  office_->gauge = gauge_;
  office_->clustered = cluster_ != nullptr;
  if (port_)
    port_->office_is(*office_);
  crew.webhooks = memory->webhooks = successors.webhooks();
  crew.registry = first.home.registry = successors.registry();
  node_ = system_.spawn<tidewire::node, caf::hidden>(
      crew, std::move(successors), cluster_ ? cluster_->members() : nullptr);
  for (auto& u : at.units) {
    u->home.reports.reader_is(crew.webhooks, {});
    u->home.gauge = gauge_;
    u->home.node = node_;
    for (std::uint32_t i = 0; i < crew.directories.size(); ++i)
      u->home.streams.directory_is(i, crew.directories[i]);
  }
}

// A file that a newer version wrote is the end; any other trouble is an alarm,
// and connections are served.
void control_plane::open_books(const site& at) {
  if (!at.settings.meter.enabled)
    return;
  books_ = std::make_unique<ledger_office>(
      system_, static_cast<std::uint32_t>(at.units.size()) + 1,
      at.folder.file("ledger.db"), me_, meter_settings_of(at.settings.meter),
      cluster_ != nullptr);
}

// Lives that ended longer ago are nobody's doubt any more.
void control_plane::open_rows(gauge_memory& memory, const site& at) {
  auto began = memory.meter->last();
  cluster::cluster_meter_settings settings;
  settings.settle_s =
      std::chrono::duration_cast<std::chrono::seconds>(at.settings.meter.settle)
          .count();
  settings.tell_finals = true;
  memory.rows =
      std::make_unique<rows_keeper>(me_, began, cluster_->rows(), settings);
  for (auto& x : books_->store.unfinished(began - 2 * settings.settle_s))
    memory.rows->restore(x);
  memory.tell_clock = cluster_->clock_for_node();
  memory.rights =
      std::make_unique<rights_desk>(me_, at.units.front()->home.quotas);
  memory.rights->apps_are(at.known->table);
  memory.send_right = cluster_->rights();
}

// What cannot be read now is as if no cap had ever been met: nobody is refused
// for what nobody can show.
void control_plane::open_caps(gauge_memory& memory, const site& at) {
  std::vector<meter::cap_row> rows;
  try {
    rows = ledger::reader{books_->file}.transitions();
  } catch (const sqlite::error& error) {
    log_error("caps_unknown",
              "how caps stood cannot be read: {}; every grace begins anew",
              error.what());
  }
  auto now = at.known->now();
  memory.caps =
      std::make_unique<cap_keeper>(rows, at.units.front()->home.quotas);
  if (cluster_)
    memory.caps->joins(me_, memory.meter->last(), rows,
                       [send = cluster_->rows()](cluster::outgoing x) {
                         send(x.to, x.kind, std::move(x.bytes));
                       });
  memory.caps->plans_are(memory.meter->last(),
                         plans_of(now->settings, now->apps), now->apps);
}

control_plane::~control_plane() = default;

void control_plane::open_cluster(const site& at) {
  if (!at.settings.cluster.enabled)
    return;
  std::vector<shard*> shards;
  for (auto& u : at.units) {
    u->home.joining = true;
    shards.push_back(&u->home);
  }
  port_ = std::make_unique<cluster_port>(std::move(shards), me_);
  auto count = at.units.size();
  cluster_ = std::make_unique<cluster_office>(cluster_office::site{
      system_, static_cast<std::uint32_t>(count) + 2, at.settings, me_,
      static_cast<std::uint16_t>(count), at.folder.file("cluster.db"), *port_});
}

void control_plane::start() {
  if (cluster_)
    cluster_->start(node_, life_is_over_);
  office_->host.start();
  if (books_) {
    books_->host.start();
    windows_->start();
  }
}

void control_plane::apps_are(const snapshot& now) {
  caf::anon_send(gauge_,
                 apps_known{now.apps, std::make_shared<meter::cap_plans>(
                                          plans_of(now.settings, now.apps))});
}

std::string control_plane::renew_certificate() {
  return cluster_ ? cluster_->renew_certificate() : std::string{};
}

void control_plane::prepare_to_leave() {
  if (cluster_)
    cluster_->prepare_to_leave();
}

bool control_plane::say_goodbye() {
  constexpr std::chrono::seconds patience{2};
  caf::scoped_actor self{system_};
  bool done = false;
  self->request(gauge_, patience, state_last{})
      .receive([&](bool written) { done = written; }, [](caf::error&) {});
  return done;
}

// The REGISTRY has a thread of its own, and only NODE knows which one it is:
// when NODE has ended, it has told it to.
void control_plane::end() {
  windows_.reset();
  if (books_ && !say_goodbye())
    log_warning("goodbye_failed",
                "the ledger could not take this node's goodbye: what came "
                "after its last tick is unknown until the next start");
  if (cluster_)
    cluster_->leave();
  caf::scoped_actor self{system_};
  self->send_exit(node_, caf::exit_reason::user_shutdown);
  self->wait_for(node_);
  node_ = nullptr;
  gauge_ = nullptr;
}

void control_plane::join() {
  if (cluster_)
    cluster_->join();
  office_->host.stop_and_join();
  if (books_)
    books_->host.stop_and_join();
}

} // namespace tidewire
