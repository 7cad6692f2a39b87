// What a server consists of. Internal to it.
#pragma once

#include "actors/admin.hpp"
#include "actors/commands/request.hpp"
#include "actors/control_plane.hpp"
#include "actors/data_dir.hpp"
#include "actors/link_config.hpp"
#include "actors/reactor_unit.hpp"
#include "actors/registry.hpp"
#include "actors/server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tidewire {

/// Threads for the control plane only; stealing would poll when idle.
struct system_settings : caf::actor_system_config {
  explicit system_settings(const config::settings& settings) {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
    if (settings.cluster.enabled)
      load_middleman(*this);
  }
};

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

} // namespace tidewire
