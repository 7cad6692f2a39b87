// What a server has once, beside its reactors: NODE, GAUGE, LEDGER, REGISTRY,
// WEBHOOKS.
#pragma once

#include "actors/ledger_keeper.hpp"
#include "actors/reactor_unit.hpp"
#include "actors/state/meter/cluster_clock.hpp"
#include "actors/webhooks.hpp"
#include "actors/window_clerk.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewire {

class cluster_office;
class cluster_port;
class data_dir;
struct gauge_memory;
struct registry_state;
struct snapshot;

/// Spawns the actors of a node onto its reactors and hands NODE what it needs
/// to replace them. Made before the reactors start, ended after everything is
/// closed; used by the server only.
class control_plane {
public:
  struct site {
    caf::actor_system& system;
    reactor_units& units;
    const config::settings& settings; ///< as it was started with
    const data_dir& folder;
    std::shared_ptr<registry_state> known;
    std::string node_name;
    std::vector<std::uint16_t> ports; ///< whose sockets the audit counts
    std::string socket; ///< those of this Unix socket, too; may be empty
    /// The cluster holds this life to be over. Once; any thread.
    std::function<void()> life_is_over;
  };

  /// Throws ledger::newer_schema, and std::runtime_error with a sentence if
  /// the cluster's port is taken.
  explicit control_plane(const site& at);
  ~control_plane();

  /// Starts the threads of WEBHOOKS and the LEDGER.
  void start();

  /// To the GAUGE, before the reactors see an app that is new.
  void apps_are(const snapshot& now);

  webhook_office& office() noexcept { return *office_; }
  const caf::actor& node() const noexcept { return node_; }
  const caf::actor& the_gauge() const noexcept { return gauge_; }

  /// The certificate for other nodes is read again (links::renew_certificate).
  std::string renew_certificate();

  /// The server drains, and then ends: in a cluster this node owns nothing from
  /// now on.
  void prepare_to_leave();

  /// Every connection is closed: states the last tick, says goodbye in the
  /// ledger, and ends all actors. Waits for NODE, and for the disk at most 2 s.
  void end();

  /// Joins the threads, once the reactors have ended.
  void join();

private:
  void open_books(const site& at);
  void open_caps(gauge_memory& memory, const site& at);
  void open_cluster(const site& at);
  void open_rows(gauge_memory& memory, const site& at);
  bool say_goodbye();

  caf::actor_system& system_;
  std::unique_ptr<webhook_office> office_;
  std::unique_ptr<ledger_office> books_;  // none if nothing is metered
  std::unique_ptr<window_clerk> windows_; // the same
  const std::function<void()> life_is_over_;
  meter::author me_;
  std::unique_ptr<cluster_port> port_; // none without a cluster
  std::unique_ptr<cluster_office> cluster_;
  caf::actor gauge_;
  caf::actor node_;
};

} // namespace tidewire
