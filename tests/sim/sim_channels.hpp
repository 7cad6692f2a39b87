// DIRECTORY's, ROUTER's and WEBHOOKS' part of a process: channels over nodes.
// What they know and decide is the product's; here is what the reactor does
// between them (shard_cluster.cpp, router.cpp).
#pragma once

#include "actors/state/cluster/channel_codec.hpp"
#include "actors/state/cluster/courier_state.hpp"
#include "actors/state/directory_state.hpp"
#include "actors/state/edge_reporter.hpp"
#include "actors/state/router_state.hpp"
#include "tests/sim/listeners.hpp"
#include "tests/sim/sim_channel.hpp"
#include "tests/sim/sim_webhooks.hpp"
#include "tests/sim/world.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::sim {

class sim_node;
class sim_socket;

class sim_channels final : directory_home {
public:
  explicit sim_channels(sim_node& home);
  ~sim_channels();

  // -- from the door ----------------------------------------------------------

  void opened(visit v);
  void closed(visit v);
  void subscribe(visit v, std::uint32_t name);
  void unsubscribe(visit v, std::uint32_t name);
  void publish(const channel_of& where, std::uint64_t number);
  void drain() { webhooks_.hold_departures(); }
  const sim_webhooks& webhooks() const noexcept { return webhooks_; }
  void over(process who);

  // -- from NODE --------------------------------------------------------------

  void linked(process peer);
  void unlinked(process peer);
  void view_is(std::shared_ptr<const cluster::view> now);
  void take(process from, cluster::record_kind kind, std::string_view bytes);
  void tick();
  void end_turn();

  /// Everybody has said what he has of the present view.
  bool settled() const noexcept { return directory_.settled(); }

  // -- from its channels ------------------------------------------------------

  directory_state& table() noexcept { return directory_; }
  void has_mail(sim_channel& who) { with_mail_.emplace_back(&who); }
  void says(place where, edge_record record);
  void report(const channel_key& from, channel_fact what) {
    reports_.push_back({from, std::move(what)});
  }
  std::int64_t now_ns() const noexcept override;
  void to_directory(place where, directory_record record) override {
    courier_.to_directory(where, std::move(record));
  }
  void published(const ticket& reply_to) override {
    courier_.published(reply_to);
  }

private:
  static constexpr place self = 0;
  static constexpr edge_id my_edge{self, 1};

  // the reactor
  void tell_view();
  void adopt(std::shared_ptr<const cluster::placement> now);
  bool run_channels();

  // ROUTER
  void introduce(place where);
  void hear(place from, std::uint64_t first, std::vector<edge_record> records);

  // what its DIRECTORY's table needs
  place here() const noexcept override { return self; }
  const std::shared_ptr<const cluster::placement>&
  placed() const noexcept override {
    return placed_;
  }
  place owner_of(const channel_key& key) const override;
  const std::vector<place>& places() const override;
  std::string_view id_of(app_index app) const override;
  std::uint64_t connections_of(app_index app) const override;
  void to_edge(place where, edge_record record) override {
    courier_.to_edge(where, std::move(record));
  }
  void edge_is(const edge_up& edge) override { courier_.edge_is(edge.edge); }
  void taken(const records_taken& what) override {
    courier_.taken(what.edge, what.sequence);
  }
  void node_is_gone(node_number which) override {
    courier_.node_is_gone(which);
  }
  bool keeps_events(std::string_view channel) const override;
  channel_ptr open(const channel_key& key) override;
  void replaced(const channel_key&) override {}

  sim_node& home_;
  cluster::courier_state courier_{self, 1};
  sim_webhooks webhooks_;
  router_state routes_;
  std::map<visit, std::unique_ptr<sim_socket>> sockets_;
  std::map<process, std::uint32_t> sessions_; ///< of links; known for ever
  std::map<place, std::uint64_t> taken_;
  std::shared_ptr<const cluster::view> untold_;
  std::shared_ptr<const cluster::placement> placed_;
  directory_state directory_{*this};
  edge_reporter edge_{*this, directory_, routes_};
  std::deque<boost::intrusive_ptr<sim_channel>> with_mail_;
  std::vector<channel_report> reports_;
};

} // namespace tidewire::sim
