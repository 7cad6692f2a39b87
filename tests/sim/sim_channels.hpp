// DIRECTORY's, ROUTER's and WEBHOOKS' part of a process: channels over nodes.
// The pure states are the product's; what actors do between them is done here
// as directory.cpp, directory_views.cpp, router.cpp and shard_cluster.cpp do.
#pragma once

#include "actors/state/channel_state.hpp"
#include "actors/state/cluster/channel_codec.hpp"
#include "actors/state/cluster/copies.hpp"
#include "actors/state/cluster/courier_state.hpp"
#include "actors/state/cluster/hand_over.hpp"
#include "actors/state/cluster/statements.hpp"
#include "actors/state/cluster/view_gate.hpp"
#include "actors/state/router_state.hpp"
#include "tests/sim/listeners.hpp"
#include "tests/sim/sim_webhooks.hpp"
#include "tests/sim/world.hpp"

#include <map>
#include <memory>
#include <unordered_map>

namespace tidewire::sim {

class sim_node;
class sim_socket;

class sim_channels final : channel_output {
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
  bool settled() const noexcept { return hand_over_.settled(); }

private:
  struct entry {
    std::unique_ptr<channel_state> state;
    std::deque<directory_record> inbox;
    std::int64_t gathering_until_ns = 0;
    std::int64_t wakes_ns = 0; // 0: it has no alarm
  };
  struct pending {
    std::uint64_t number; // of the publish
    std::int64_t deadline_ns;
    directory_record again;
    std::uint64_t view;
    place asked;
  };

  static constexpr place self = 0;
  static constexpr edge_id my_edge{self, 1};
  static constexpr std::int64_t ask_timeout_ns = 5'000'000'000;
  static constexpr std::int64_t gather_timeout_ns = 2'000'000'000;
  static constexpr std::size_t views_remembered = 32;

  // shard
  place owner_of(const channel_key& key) const noexcept;
  place owner_in(const cluster::placement& in, const channel_key& key) const;
  std::vector<place> places() const;
  void tell_view();
  void adopt(std::shared_ptr<const cluster::placement> now);
  void state_to(place where);
  void end_statement(const std::vector<place>& to);
  void introduce(place where);
  void hear(place from, std::uint64_t first, std::vector<edge_record> records);
  std::string_view id_of(const channel_key& key) const {
    return app_names[key.app];
  }

  // directory: sim_directory.cpp
  void send(directory_record record);
  void accept(directory_batch batch);
  void accept(directory_record record);
  void view_changed(const cluster::placement* before);
  bool is_ours(const channel_key& key) const { return owner_of(key) == self; }
  std::vector<place> awaited(const channel_key& key) const;
  bool may_move_here(const directory_record& record) const;
  void deny(const directory_record& record);
  entry& open(const channel_key& key);
  void gather(const channel_key& key, entry& e);
  void gather_unasked(const channel_key& key, entry& e,
                      std::vector<place> whom);
  void move_away(const channel_key& key);
  void introduced(const edge_up& record);
  void doubt_edge(edge_id edge);
  void drop_edge(place where);
  void view_left(node_number node);
  void conclude(const edge_stated& record);
  bool is_known(place from, std::uint64_t view) const;
  void admit(directory_batch batch);
  void release(place from);
  void judge(directory_record record);
  void ask_for_all(place where);
  void refuse(place from, directory_record record);
  void complete(const ticket_answer& what);
  void put_again(pending& request);
  void copy_events(const cluster::placement* before);
  std::uint64_t newly_settled();
  bool run_channels();
  void settle(const channel_key& key);
  void handle(const channel_key& key, entry& e, directory_record record);
  template <class F>
  void as(const channel_key& key, F f) {
    auto* before = std::exchange(reporting_, &key);
    f();
    reporting_ = before;
  }
  std::int64_t due_ns() const;

  // channel_output
  void to_edge(place where, edge_record record) override;
  void published(const ticket& reply_to) override {
    courier_.published(reply_to);
  }
  void answer(const ticket& reply_to, ticket_answer what) override {
    courier_.to_directory(reply_to.at, std::move(what));
  }
  void copy(event_copied what) override;
  void report(channel_fact what) override;
  std::int64_t now_ns() const noexcept override;

  sim_node& home_;
  cluster::courier_state courier_{self, 1};
  sim_webhooks webhooks_;
  router_state routes_;
  std::map<visit, std::unique_ptr<sim_socket>> sockets_;
  std::map<process, std::uint32_t> sessions_; ///< of links; known for ever
  std::map<place, std::uint64_t> taken_;
  std::shared_ptr<const cluster::view> untold_;
  std::shared_ptr<const cluster::placement> placed_;

  std::unordered_map<channel_key, entry, channel_key_hash> channels_;
  std::map<std::uint64_t, pending> pending_;
  std::uint64_t next_ticket_ = 1;
  std::uint64_t last_round_ = 0;
  cluster::hand_over hand_over_;
  bool unsettled_ = false; // see `newly_settled`
  cluster::view_gate gate_;
  cluster::statements statements_;
  cluster::event_copies copies_;
  std::vector<std::uint64_t> views_;
  const channel_key* reporting_ = nullptr;
  std::vector<channel_report> reports_;
};

} // namespace tidewire::sim
