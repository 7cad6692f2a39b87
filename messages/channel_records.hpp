// What edges and channels tell each other. An edge is a reactor, of this node
// or of another one, that has, or wishes for, subscribers; records travel in
// batches, one message per turn and direction, in order.
#pragma once

#include "messages/frame.hpp"
#include "messages/ids.hpp"
#include "messages/place.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tidewire {

/// A channel of an app.
struct channel_key {
  app_index app = 0;
  std::string name;

  friend bool operator==(const channel_key&, const channel_key&) = default;
};

struct channel_key_hash {
  std::size_t operator()(const channel_key& key) const noexcept {
    return std::hash<std::string>{}(key.name) * 31 + key.app;
  }
};

/// One life of one reactor's ROUTER. A restarted ROUTER is a new edge, and so
/// is every ROUTER of another node when the link to it is a new one.
struct edge_id {
  place at = 0;
  std::uint32_t stay = 0;

  friend bool operator==(const edge_id&, const edge_id&) = default;
};

/// A user of a presence channel; `user_info` is JSON text or empty.
struct member {
  std::string user_id;
  std::string user_info;

  friend bool operator==(const member&, const member&) = default;
};

/// A subscriber as its edge describes it. Plain channels have no member.
/// `wish` numbers the subscriptions of a reactor from 1, so that the answer to
/// one wish is never taken for the answer to a later one of the same socket.
struct attendance {
  socket_id who;
  std::optional<member> user;
  bool attached = false; ///< false: it still waits for an answer
  std::uint64_t wish = 0;
};

/// What an edge has to do with a user: his channel (`#server-to-user-…`) keeps
/// it. Restated facts, never differences.
struct user_stake {
  bool signed_in = false; ///< he is signed in on a connection of this edge
  bool watching = false;  ///< somebody here watches him

  explicit operator bool() const noexcept { return signed_in || watching; }
  friend bool operator==(const user_stake&, const user_stake&) = default;
};

/// Names a request of one reactor, so that the answer finds its way back.
struct ticket {
  place at = 0;
  std::uint64_t number = 0; ///< 0: nobody waits

  explicit operator bool() const noexcept { return number != 0; }
};

/// The last event of a cache channel, and the whole seconds it has left, ≥ 1.
struct cached_facts {
  std::string data;
  std::uint64_t seconds_left = 1;

  friend bool operator==(const cached_facts&, const cached_facts&) = default;
};

/// What is known about a channel at its owner.
struct channel_facts {
  bool occupied = false;
  std::uint64_t subscriptions = 0;
  std::vector<std::string> users;    ///< presence channels only
  std::optional<cached_facts> cache; ///< only where one channel was asked for
  bool signed_in = false;            ///< user channels: the user is online
};

// -- to a channel -------------------------------------------------------------

/// A connection wishes to subscribe. On plain channels only the first of an
/// edge is told; on those that greet or refuse each subscriber, every one.
struct join_channel {
  edge_id edge;
  channel_key channel;
  attendance who;
};

/// The subscriber who had that wish is gone; without a number, all of the edge.
struct left_channel {
  edge_id edge;
  channel_key channel;
  socket_id who;
  std::uint64_t wish = 0;
};

/// How many an edge has, for apps that count subscriptions.
struct counted_channel {
  edge_id edge;
  channel_key channel;
  std::uint64_t subscriptions;
};

/// What an edge has to do with a user has changed.
struct edge_stake {
  edge_id edge;
  channel_key channel;
  user_stake stake;
};

/// Everything an edge knows of a channel; replaces what was known of it.
/// `round` is that of the request it answers, 0 if nobody asked.
struct restate_edge {
  edge_id edge;
  channel_key channel;
  std::uint64_t subscriptions;
  /// Plain: one who is attached stands for all of them.
  std::vector<attendance> subscribers;
  user_stake stake = {}; ///< user channels
  bool counted = false;  ///< the app counts subscriptions
  std::uint64_t round = 0;
};

/// An event to be sent to every subscriber but `except`.
struct publish_event {
  channel_key channel;
  frame_ptr event;
  socket_id except;
  ticket reply_to;
  bool by_client = false; ///< `except` sent it, on its WebSocket
};

/// Ends the connections of a user, wherever they are: to his channel.
struct end_user {
  channel_key channel;
  ticket reply_to;
};

/// Asks for the facts of a channel.
struct describe_channel {
  channel_key channel;
  ticket reply_to;
};

/// Asks a reactor for the facts of all its channels of an app.
struct list_channels {
  app_index app;
  std::string prefix;
  ticket reply_to;
};

/// Asks a reactor how many connections of an app are open on it.
struct count_connections {
  app_index app;
  ticket reply_to;
};

/// The ROUTER of a reactor lives (again): a new edge, and where to reach it. Or
/// an old one begins to state everything, and what it does not mention until
/// its `edge_stated` is not so.
struct edge_up {
  edge_id edge;
  caf::actor router;
};

/// An edge has handled everything up to `sequence` of this reactor's stream.
struct records_taken {
  edge_id edge;
  std::uint64_t sequence;
};

/// The edge has told this reactor all that it has for it, as of that view: of
/// what it did not mention in this life it has nothing.
struct edge_stated {
  edge_id edge;
  std::uint64_t view = 0;
  bool old = false; ///< not the present view; known to its reader only
};

/// The node of the edge is not in the view any more: as if everybody there had
/// left. Never crosses.
struct edge_gone {
  place at = 0;
};

/// The last event of a cache channel and the time it has left, from the owner
/// that was.
struct event_handed_over {
  channel_key channel;
  frame_ptr event;
  std::int64_t left_ns = 0;
};

/// The same, from the owner to whoever would be the next one, to be kept until
/// then.
struct event_copied {
  channel_key channel;
  frame_ptr event;
  std::int64_t left_ns = 0;
};

// -- back to whoever asked ----------------------------------------------------

struct named_facts {
  std::string channel;
  channel_facts facts;
};

/// The answer to a ticket. `complete` is false if an edge failed meanwhile:
/// the event may not have reached everybody. `refused`: nothing was done, for
/// the channel lives elsewhere; the request may be put again.
struct ticket_answer {
  std::uint64_t number;
  bool complete = true;
  std::vector<named_facts> channels;
  std::uint64_t connections = 0;
  bool refused = false;
};

/// What the DIRECTORY of a reactor takes.
using directory_record =
    std::variant<join_channel, left_channel, counted_channel, edge_stake,
                 restate_edge, publish_event, end_user, describe_channel,
                 list_channels, count_connections, edge_up, records_taken,
                 ticket_answer, edge_stated, edge_gone, event_handed_over,
                 event_copied>;

// -- to an edge ---------------------------------------------------------------

struct deliver_event {
  channel_key channel;
  frame_ptr event;
  socket_id except;
};

/// The wish is granted: attach, say so to the subscriber, and give him what
/// the channel greets him with before anything that is published later.
struct joined_channel {
  channel_key channel;
  socket_id who;
  std::uint64_t wish = 0;
  std::vector<frame_ptr> greeting = {}; ///< the cached event, for instance
};

/// The wish is not granted.
struct refused_join {
  channel_key channel;
  socket_id who;
  std::string type;
  std::string sentence;
  int status;
  std::uint64_t wish = 0;
};

/// The member set: the whole of it, or what has changed.
struct changed_members {
  channel_key channel;
  bool whole = false;
  std::vector<member> present; ///< whole: all; otherwise: those who came
  std::vector<std::string> gone;
};

/// Whether a user is online: to edges where somebody watches him.
struct user_seen {
  channel_key channel;
  bool online;
};

/// The connections of a user are to end: to edges where he is signed in.
struct end_sessions {
  channel_key channel;
};

/// A channel was restarted and knows nothing: tell it everything, and say that
/// it is the answer to this round.
struct restate_channel {
  channel_key channel;
  std::uint64_t round = 0;
};

/// The reactor that says so may have lost what it was told: introduce yourself
/// again, and tell it everything it is to know. Only between nodes.
struct state_everything {};

/// What a ROUTER takes.
using edge_record =
    std::variant<deliver_event, joined_channel, refused_join, changed_members,
                 user_seen, end_sessions, restate_channel, state_everything>;

// -- batches ------------------------------------------------------------------

/// `view` is the hash of the view by which the sender chose whom to send it to;
/// 0 where there is no cluster.
struct directory_batch {
  place from = 0;
  std::uint64_t view = 0;
  std::vector<directory_record> records;
  /// Records of apps that are not known here were left out.
  bool unknown_apps = false;
};

/// `first` is the sequence number of the first record.
struct edge_batch {
  place from;
  std::uint64_t first;
  std::vector<edge_record> records;
};

} // namespace tidewire
