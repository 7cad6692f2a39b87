// Finds the channels of one reactor by name, and carries requests to channels
// anywhere and answers back. Pure: what it sends and whom it wakes goes to its
// home, a reactor or a simulated one.
#pragma once

#include "actors/state/channel_state.hpp"
#include "actors/state/cluster/copies.hpp"
#include "actors/state/cluster/hand_over.hpp"
#include "actors/state/cluster/statements.hpp"
#include "actors/state/cluster/view_gate.hpp"
#include "messages/channel_records.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidewire {

/// A channel that lives on this reactor, behind its inbox. The count of its
/// references is its own, because in the product it is an actor.
class resident_channel {
public:
  virtual ~resident_channel() = default;

  virtual const channel_state& state() const noexcept = 0;

  /// Puts a record into its inbox; it may be handled at once, or later.
  virtual void hand(directory_record record) = 0;

  /// How many records it has handled.
  virtual std::uint64_t handled() const noexcept = 0;

  /// Waits for these edges to tell it what they have.
  virtual void gather(std::vector<place> edges, std::uint64_t round) = 0;

  /// Edges that have not spoken by now are not waited for.
  virtual void give_up_waiting() = 0;
  virtual std::vector<place> ask_again(std::uint64_t round) = 0;

  /// Does what it put off until now; it may retire.
  virtual void wake() = 0;

  /// Reports all there is, because WEBHOOKS may not know it.
  virtual void state_report() = 0;

  /// It moves elsewhere: refuses what it held, and gives what its successor is
  /// to have.
  virtual std::optional<event_handed_over> resign() = 0;

  /// Ends it, as was asked; what it did not come to handle is `left_over`.
  virtual void end() = 0;

  friend void intrusive_ptr_add_ref(const resident_channel* x) noexcept {
    x->add_reference();
  }
  friend void intrusive_ptr_release(const resident_channel* x) noexcept {
    x->drop_reference();
  }

private:
  virtual void add_reference() const noexcept = 0;
  virtual void drop_reference() const noexcept = 0;
};

using channel_ptr = boost::intrusive_ptr<resident_channel>;

/// The reactor of a `directory_state`: what it knows, and where records leave.
class directory_home {
public:
  virtual place here() const noexcept = 0;

  /// Steady nanoseconds, the same throughout a turn.
  virtual std::int64_t now_ns() const noexcept = 0;

  /// Null where there is no cluster.
  virtual const std::shared_ptr<const cluster::placement>&
  placed() const noexcept = 0;

  /// Where the channel of that name lives.
  virtual place owner_of(const channel_key& key) const = 0;

  /// Every edge: the reactors of all members of the view.
  virtual const std::vector<place>& places() const = 0;

  virtual std::string_view id_of(app_index app) const = 0;

  /// Connections of that app on this reactor; 0 if it does not know the app.
  virtual std::uint64_t connections_of(app_index app) const = 0;

  virtual void to_directory(place where, directory_record record) = 0;
  virtual void to_edge(place where, edge_record record) = 0;

  /// What has been handed to edges since the last call is behind `reply_to`.
  virtual void published(const ticket& reply_to) = 0;

  /// An edge has introduced itself; it has taken records up to that number; no
  /// edge of that node takes any more.
  virtual void edge_is(const edge_up& edge) = 0;
  virtual void taken(const records_taken& what) = 0;
  virtual void node_is_gone(node_number which) = 0;

  /// Whether channels of that name keep an event for newcomers.
  virtual bool keeps_events(std::string_view channel) const = 0;

  /// A channel that knows nothing yet.
  virtual channel_ptr open(const channel_key& key) = 0;

  /// A channel has failed and was replaced.
  virtual void replaced(const channel_key& key) = 0;

protected:
  ~directory_home() = default;
};

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

  explicit directory_state(directory_home& home) : home_(home) {}
  directory_state(const directory_state&) = delete;
  directory_state& operator=(const directory_state&) = delete;

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
  bool retire(const resident_channel& who, std::uint64_t handled);

  /// A channel failed: it is replaced, and all edges are asked what they have.
  void failed(const resident_channel& who);

  /// Asks every edge what it has of every channel of this reactor; the
  /// channels wait for it. What edges were saying may have got lost.
  void ask_edges();

  // -- in a cluster (directory_views.cpp) -------------------------------------

  /// The view has changed to that of its home: what is not ours any more goes
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
  void wake_at(const resident_channel& who, std::int64_t when_ns);

  /// Wakes channels, and ends waits that have lasted too long.
  void tick(std::int64_t now_ns);

  /// When `tick` has something to do, `never_due` = not at all.
  std::int64_t due_ns() const;
  static constexpr std::int64_t never_due = INT64_MAX;

  /// Ends all channels.
  void stop();

  /// The channel of that name, if it lives here.
  resident_channel* find(const channel_key& key);

  std::size_t channels() const noexcept { return channels_.size(); }

private:
  struct entry {
    channel_ptr who;
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
  std::uint64_t view_hash() const noexcept {
    return home_.placed() ? home_.placed()->hash() : 0;
  }
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
  void count(const count_connections& record);
  void deny(const directory_record& record);

  directory_home& home_;
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

} // namespace tidewire
