#include "actors/router.hpp"

#include "actors/gauge.hpp"
#include "actors/shard.hpp"
#include "actors/waiting_room.hpp"
#include "messages/node_messages.hpp"

#include <caf/send.hpp>

#include <stdexcept>
#include <type_traits>

namespace tidewire {

router::router(caf::actor_config& cfg, net::reactor& where, shard& home,
               std::uint32_t stay)
    : pinned_actor(cfg, where),
      home_(home),
      stay_(stay),
      taken_(home.reactors, 0) {}

std::uint64_t& router::taken_from(place where) {
  return is_local(where) ? taken_[where] : taken_from_afar_[where];
}

void router::introduce(place where) {
  home_.edge.introduce(where,
                       {{home_.host.index(), stay_},
                        is_local(where) ? caf::actor{this} : caf::actor{}},
                       taken_from(where));
}

template <class Record>
void router::apply(place from, const Record& what) {
  if constexpr (std::is_same_v<Record, state_everything>) {
    introduce(from);
    home_.edge.state_to(from);
  } else {
    if (home_.placed && what.channel.app >= home_.apps.size())
      return; // an app that is not known here has no subscribers here
    if (home_.edge.believes(from, what))
      home_.routes.apply(what);
  }
}

caf::behavior router::make_behavior() {
  // Owners hear of the new edge before they hear what it has.
  for (auto where : home_.places())
    introduce(where);
  home_.routes.adopt({home_.host.index(), stay_});
  home_.edge.end_statement(home_.places());
  return {
      [this](const edge_batch& batch) {
        taken_over();
        auto& taken = taken_from(batch.from);
        taken = batch.first - 1; // it may count anew
        for (auto& record : batch.records)
          std::visit([&](auto& x) { apply(batch.from, x); }, record);
        taken = batch.first + batch.records.size() - 1;
        home_.streams.to_directory(batch.from,
                                   records_taken{home_.routes.edge(), taken});
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
        home_.edge.state_to(x.reactor);
      },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  };
}

} // namespace tidewire
