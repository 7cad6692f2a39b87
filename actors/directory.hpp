// Finds the channels of one reactor by name, and carries requests to channels
// anywhere and answers back.
#pragma once

#include "actors/channel.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/state/cluster/copies.hpp"
#include "actors/state/cluster/hand_over.hpp"
#include "actors/state/cluster/statements.hpp"
#include "actors/state/cluster/view_gate.hpp"
#include "messages/channel_records.hpp"

#include <caf/actor_control_block.hpp>

#include <functional>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace tidewire {

struct shard;

/// The table of channels of a reactor and of its own unanswered requests.
/// Belongs to the reactor: a restarted DIRECTORY adopts it.
class directory_state {
public:
  /// Called once with the answer, or with an incomplete one after
  /// `ask_timeout_ns`.
  using answered = std::function<void(const ticket_answer&)>;

  static constexpr std::int64_t ask_timeout_ns = 5'000'000'000;
  static constexpr std::int64_t gather_timeout_ns = 2'000'000'000;
  /// Copies that have had their time go when somebody looks.
  static constexpr std::int64_t copies_pause_ns = 10'000'000'000;

  explicit directory_state(shard& home) : home_(home) {}

  /// Sends a record to the channel it names, wherever its owner is.
  void send(directory_record record);

  /// Sends a publish, a user's end, a description or a listing and waits for
  /// the answer.
  void ask(publish_event record, answered then);
  void ask(end_user record, answered then);
  void ask(describe_channel record, answered then);
  /// Lists the channels of an app, of all reactors: one answer in total.
  void ask(list_channels record, answered then);

  /// Counts the connections of an app, of all reactors.
  void ask(count_connections record, answered then);

  /// Handles what has come to this reactor. In a cluster, what was sent by
  /// another view than ours waits until it can be judged.
  void accept(directory_batch batch);
  void accept(directory_record record);

  /// What a channel that ended did not come to handle.
  void left_over(directory_record record);

  /// A channel wants to end; refused if something was sent to it since.
  bool retire(channel& who, std::uint64_t handled);

  /// A channel failed: it is replaced, and all edges are asked what they have.
  void failed(channel& who);

  /// Asks every edge what it has of every channel of this reactor; the
  /// channels wait for it. What edges were saying may have got lost.
  void ask_edges();

  // -- in a cluster (directory_views.cpp) -------------------------------------

  /// The view has changed to that of the shard: what is not ours any more goes
  /// to its owner, and what may be ours waits for the edges.
  void view_changed(const std::shared_ptr<const cluster::placement>& before);

  /// The apps have changed: who spoke of one that was not known here is asked
  /// again.
  void apps_changed();

  /// Copies an event to the next owner.
  void copy(event_copied what);

  /// Channels that wait for edges to say what they have.
  bool settled() const noexcept { return hand_over_.settled(); }

  /// The view, once, when every edge has stated all of it and the channels have
  /// taken that in; else 0.
  std::uint64_t newly_settled();

  /// Lets the channels of this reactor report all there is: every one, or
  /// those of these apps, which are in order.
  void state_reports();
  void state_reports(std::span<const app_index> apps);

  /// A channel wants to be woken at that time.
  void wake_at(const channel& who, std::int64_t when_ns);

  /// Wakes channels, and ends waits that have lasted too long.
  void tick(std::int64_t now_ns);

  /// Ends all channels.
  void stop();

  /// The CHANNEL of that name, if it lives here.
  channel* find(const channel_key& key);

  std::size_t channels() const noexcept { return channels_.size(); }

private:
  struct entry {
    caf::strong_actor_ptr handle;
    channel* actor = nullptr;
    std::uint64_t sent = 0;
    std::int64_t gathering_until_ns = 0;
    std::int64_t wakes_ns = 0; // the next of its alarms; 0 = it has none
  };

  // What is due first stands on top of the heap.
  struct alarm {
    std::int64_t when_ns;
    channel_key key;

    bool operator<(const alarm& other) const noexcept {
      return when_ns > other.when_ns;
    }
  };

  struct pending {
    answered then;
    std::int64_t deadline_ns;
    std::uint32_t parts; // answers that are still to come
    ticket_answer sum;
    std::optional<directory_record> again = {}; // in a cluster: what was asked
    std::uint64_t view = 0;                     // by which view
    place asked = 0; // whom; of those who ask everybody: the greatest
  };

  ticket expect(answered then, std::uint32_t parts);
  template <class Record>
  void ask_owner(Record record, answered then);
  template <class Record>
  void ask_all(Record record, answered then);
  void note_request(std::uint64_t number, const directory_record& record);
  void put_again(pending& request);
  void complete(ticket_answer what);
  entry& open(const channel_key& key);
  void gather(const channel_key& key, entry& e);
  void ask_again(const channel_key& key);
  void gather_unasked(const channel_key& key, entry& e,
                      std::vector<place> whom);
  bool is_ours(const channel_key& key) const;
  std::vector<place> awaited(const channel_key& key) const;
  bool may_move_here(const directory_record& record) const;
  bool is_known(place from, std::uint64_t view) const;
  void admit(directory_batch batch);
  void release(place from);
  void judge(directory_record record);
  void ask_for_all(place where);
  void look_at(std::int64_t when_ns);
  void expire(std::int64_t now_ns);
  void refuse(place from, directory_record record);
  void conclude(const edge_stated& record);
  void introduced(const edge_up& record);
  void doubt_edge(edge_id edge);
  void drop_edge(place where);
  void hand_over(const channel_key& key, entry& e);
  void copy_events(const cluster::placement* before);
  void view_left(node_number node);
  void ring(const channel_key& key, entry& e, std::int64_t when_ns);
  void wake(const channel_key& key, std::int64_t now_ns);
  void hand(entry& to, directory_record record);
  void list(const list_channels& record);
  void deny(const directory_record& record);

  shard& home_;
  std::unordered_map<channel_key, entry, channel_key_hash> channels_;
  std::unordered_map<std::uint64_t, pending> pending_;
  std::priority_queue<alarm> alarms_;
  std::uint64_t next_ticket_ = 1;
  std::uint64_t last_round_ = 0;
  bool stopped_ = false;

  cluster::hand_over hand_over_;
  cluster::view_gate gate_;
  cluster::statements statements_;
  std::set<place> unknown_apps_; // who spoke of some
  cluster::event_copies copies_;
  std::vector<std::uint64_t> views_; // that were ours, the last one is
  std::int64_t expire_ns_ = 0;       // when to look at what waits; 0: never
  bool unsettled_ = false;           // see `newly_settled`
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
