#include "actors/router.hpp"

#include "actors/owner.hpp"
#include "actors/shard.hpp"
#include "messages/node_messages.hpp"

#include <caf/send.hpp>

#include <stdexcept>

namespace tidewire {

router::router(caf::actor_config& cfg, net::reactor& where, shard& home,
               std::uint32_t stay)
    : pinned_actor(cfg, where), home_(home), stay_(stay) {}

caf::behavior router::make_behavior() {
  // Owners hear of the new edge before they hear what it has.
  edge_id edge{home_.host.index(), stay_};
  for (std::uint32_t i = 0; i < home_.reactors; ++i)
    home_.streams.to_directory(i, edge_up{edge, caf::actor{this}});
  home_.routes.adopt(edge);
  return {
      [this](const edge_batch& batch) {
        for (auto& record : batch.records)
          std::visit([this](auto& x) { home_.routes.apply(x); }, record);
        home_.streams.to_directory(
            batch.from, records_taken{home_.routes.edge(),
                                      batch.first + batch.records.size() - 1});
      },
      [this](const take_reading& x) {
        home_.send_facts(); // before the figures they belong to
        caf::anon_send(home_.gauge, reading_taken{x.round, home_.reading()});
      },
      [this](const gauge_up& x) { home_.gauge = x.gauge; },
      [this](const directory_up& x) {
        home_.streams.directory_is(x.reactor, x.directory);
        home_.routes.restate([this, &x](const channel_key& key) {
          return owner_of(key, home_.reactors) == x.reactor;
        });
      },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  };
}

} // namespace tidewire
