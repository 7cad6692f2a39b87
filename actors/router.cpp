#include "actors/router.hpp"

#include "actors/gauge.hpp"
#include "actors/owner.hpp"
#include "actors/shard.hpp"
#include "actors/waiting_room.hpp"
#include "messages/node_messages.hpp"

#include <caf/send.hpp>

#include <stdexcept>

namespace tidewire {

router::router(caf::actor_config& cfg, net::reactor& where, shard& home,
               std::uint32_t stay)
    : pinned_actor(cfg, where),
      home_(home),
      stay_(stay),
      taken_(home.reactors, 0) {}

// Our own owners are told by a call, because what the routes say to them is a
// call as well: an answer to that must not go to the edge that was.
void router::introduce(std::uint32_t reactor) {
  edge_id edge{home_.host.index(), stay_};
  edge_up hello{edge, caf::actor{this}};
  if (reactor == home_.host.index())
    home_.directory.accept(std::move(hello));
  else
    home_.streams.to_directory(reactor, std::move(hello));
  if (taken_[reactor] != 0)
    home_.streams.to_directory(reactor, records_taken{edge, taken_[reactor]});
}

caf::behavior router::make_behavior() {
  // Owners hear of the new edge before they hear what it has.
  for (std::uint32_t i = 0; i < home_.reactors; ++i)
    introduce(i);
  home_.routes.adopt({home_.host.index(), stay_});
  return {
      [this](const edge_batch& batch) {
        taken_over();
        for (auto& record : batch.records)
          std::visit([this](auto& x) { home_.routes.apply(x); }, record);
        taken_[batch.from] = batch.first + batch.records.size() - 1;
        home_.streams.to_directory(
            batch.from, records_taken{home_.routes.edge(), taken_[batch.from]});
      },
      [this](const take_reading& x) {
        home_.send_facts(); // before the figures they belong to
        caf::anon_send(home_.gauge, reading_taken{x.round, home_.reading()});
      },
      [this](const freeze_at& x) {
        constexpr std::int64_t over_ns = 20'000'000;
        if (x.at_ns != 0 && home_.host.now() > x.at_ns + over_ns)
          return;
        home_.host.appoint(x.at_ns, [home = &home_, round = x.round] {
          home->send_facts(); // before the reading they belong to
          caf::anon_send(home->gauge, frozen{round, home->reading()});
        });
      },
      [this](const gauge_up& x) { home_.gauge_is(x.gauge); },
      [this](const facts_counted& x) { home_.facts_counted(x.number); },
      [this](const permits_came& x) {
        if (home_.waiting)
          home_.waiting->more(x);
      },
      [this](const permits_refused& x) {
        if (home_.waiting)
          home_.waiting->refuse(x);
      },
      [this](const webhooks_up& x) { home_.webhooks_is(x.webhooks); },
      [this](const reports_taken& x) {
        if (home_.reports.taken(x.number))
          home_.directory.state_reports();
      },
      [this](const directory_up& x) {
        // Its predecessor may have lost what we said to it.
        home_.streams.directory_is(x.reactor, x.directory);
        introduce(x.reactor);
        home_.routes.restate([this, &x](const channel_key& key) {
          return owner_of(key, home_.reactors) == x.reactor;
        });
      },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  };
}

} // namespace tidewire
