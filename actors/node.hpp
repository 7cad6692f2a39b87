// The NODE: spawns and supervises the actors of this process.
#pragma once

#include "actors/state/cluster/orders.hpp"
#include "actors/state/gauge_state.hpp"
#include "messages/channel_records.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/message_handler.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace tidewire {

class member_keeper;
struct shard;

/// Watches the ROUTER and the DIRECTORY of every reactor, ADMIN, GAUGE,
/// REGISTRY, WEBHOOKS and LEDGER, and replaces whichever fails; the replacement
/// adopts what its predecessor had. (CHANNELs are replaced by their DIRECTORY,
/// CONNECTIONs by their clients.) In a cluster it holds the view: LINKs tell it
/// who is there (node_messages.hpp). Runs on CAF's scheduler.
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
    caf::actor ledger; ///< none if nothing is metered
  };

  /// How to make successors.
  struct nursery {
    std::function<caf::actor(const std::vector<caf::actor>& routers,
                             const caf::actor& ledger)>
        gauge;
    std::function<caf::actor()> registry, webhooks, ledger;
  };

  /// `members`: none if there is no cluster.
  node(caf::actor_config& cfg, crew who, nursery successors,
       std::shared_ptr<member_keeper> members = nullptr);

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
  void replace_ledger();
  void end_all();
  caf::message_handler in_cluster();

  // -- orders of operators (node_orders.cpp) ----------------------------------

  void obey(const cluster::life& from, const cluster::order& what);
  void drain(bool on, std::int64_t within_ns);
  void send_away(std::uint64_t count, std::int64_t within_ns);

  crew crew_;
  nursery new_;
  std::shared_ptr<member_keeper> members_;
  std::vector<std::uint32_t> stays_;
  bool ending_ = false;
  bool draining_ = false; // by an order
  bool leaving_ = false;  // for good
  unsigned turns_ = 0;    // in a cluster
};

} // namespace tidewire
