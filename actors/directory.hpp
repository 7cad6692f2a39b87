// The DIRECTORY of a reactor, and the reactor as its table of channels sees it.
#pragma once

#include "actors/channel.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/state/directory_state.hpp"

namespace tidewire {

struct shard;

/// A `directory_state` whose channels are actors and whose records leave by
/// the courier of this reactor.
class directory_table final : private directory_home, public directory_state {
public:
  explicit directory_table(shard& home)
      : directory_state(static_cast<directory_home&>(*this)), home_(home) {}

  /// The CHANNEL of that name, if it lives here.
  channel* find(const channel_key& key) {
    return static_cast<channel*>(directory_state::find(key));
  }

  /// This reactor, for what else speaks to owners.
  directory_home& home() noexcept { return *this; }

private:
  place here() const noexcept override;
  std::int64_t now_ns() const noexcept override;
  const std::shared_ptr<const cluster::placement>&
  placed() const noexcept override;
  place owner_of(const channel_key& key) const override;
  const std::vector<place>& places() const override;
  std::string_view id_of(app_index app) const override;
  std::uint64_t connections_of(app_index app) const override;

  void to_directory(place where, directory_record record) override;
  void to_edge(place where, edge_record record) override;
  void published(const ticket& reply_to) override;
  void edge_is(const edge_up& edge) override;
  void taken(const records_taken& what) override;
  void node_is_gone(node_number which) override;

  bool keeps_events(std::string_view channel) const override;
  channel_ptr open(const channel_key& key) override;
  void replaced(const channel_key& key) override;

  shard& home_;
};

/// The DIRECTORY: takes the batches that other reactors send.
class directory final : public pinned_actor {
public:
  directory(caf::actor_config& cfg, net::reactor& where, shard& home)
      : pinned_actor(cfg, where), home_(home) {}

  const char* name() const override { return "DIRECTORY"; }
  caf::behavior make_behavior() override;

private:
  shard& home_;
};

} // namespace tidewire
