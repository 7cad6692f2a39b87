// The NODE: spawns and supervises the actors of this process.
#pragma once

#include "actors/state/gauge_state.hpp"
#include "messages/channel_records.hpp"

#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace tidewire {

struct shard;

/// Watches the ROUTER and the DIRECTORY of every reactor, ADMIN, GAUGE and
/// Watches the ROUTER and the DIRECTORY of every reactor, ADMIN, GAUGE,
/// REGISTRY and WEBHOOKS, and replaces whichever fails; the replacement adopts
/// what its predecessor had. (CHANNELs are replaced by their DIRECTORY,
/// CONNECTIONs by their clients.) Runs on CAF's scheduler.
class node final : public caf::event_based_actor {
public:
  /// The actors that exist already, by reactor.
  struct crew {
    std::vector<shard*> shards;
    std::vector<caf::actor> routers;
    std::vector<caf::actor> directories;
    caf::actor admin; ///< on the first reactor
    caf::actor gauge;
    caf::actor registry;
    caf::actor webhooks;
  };

  using spawn_gauge =
      std::function<caf::actor(const std::vector<caf::actor>& routers)>;

  using spawn_registry = std::function<caf::actor()>;
  using spawn_webhooks = std::function<caf::actor()>;

  node(caf::actor_config& cfg, crew who, spawn_gauge new_gauge,
       spawn_registry new_registry, spawn_webhooks new_webhooks);

  const char* name() const override { return "NODE"; }
  caf::behavior make_behavior() override;

private:
  void replace(const caf::actor_addr& gone);
  void replace_router(std::uint32_t reactor);
  void replace_directory(std::uint32_t reactor);
  void replace_admin();
  void replace_gauge();
  void replace_registry();
  void replace_webhooks();
  void end_all();

  crew crew_;
  spawn_gauge new_gauge_;
  spawn_registry new_registry_;
  spawn_webhooks new_webhooks_;
  std::vector<std::uint32_t> stays_;
  bool ending_ = false;
};

} // namespace tidewire
