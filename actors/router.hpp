// The ROUTER: one per reactor, the only thing on the hot path.
#pragma once

#include "actors/pinned_actor.hpp"
#include "messages/channel_records.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace tidewire {

struct shard;

/// Applies the records of channels to the routes of its reactor, and states
/// the reactor's reading when the GAUGE asks. `stay` counts its lives: a
/// restarted ROUTER adopts the routes as a new edge.
class router final : public pinned_actor {
public:
  router(caf::actor_config& cfg, net::reactor& where, shard& home,
         std::uint32_t stay);

  const char* name() const override { return "ROUTER"; }
  caf::behavior make_behavior() override;

private:
  /// Tells the owner on that reactor who this edge is and what it has taken.
  void introduce(place where);

  std::uint64_t& taken_from(place where);

  template <class Record>
  void apply(place from, const Record& what);

  shard& home_;
  std::uint32_t stay_;
  std::vector<std::uint64_t> taken_; // by reactor: last record of its stream
  std::unordered_map<place, std::uint64_t> taken_from_afar_;
};

} // namespace tidewire
