// What edges and channels tell each other. An edge is a reactor that has, or
// wishes for, subscribers; records travel in batches, one message per turn and
// direction, in order.
#pragma once

#include "messages/frame.hpp"
#include "messages/ids.hpp"

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

/// One life of one reactor's ROUTER. A restarted ROUTER is a new edge.
struct edge_id {
  std::uint32_t reactor = 0;
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
struct attendance {
  socket_id who;
  std::optional<member> user;
  bool attached = false; ///< false: it still waits for an answer
};

/// Names a request of one reactor, so that the answer finds its way back.
struct ticket {
  std::uint32_t reactor = 0;
  std::uint64_t number = 0; ///< 0: nobody waits

  explicit operator bool() const noexcept { return number != 0; }
};

/// What is known about a channel at its owner.
struct channel_facts {
  bool occupied = false;
  std::uint64_t subscriptions = 0;
  std::vector<std::string> users; ///< presence channels only
};

// -- to a channel -------------------------------------------------------------

/// A connection wishes to subscribe. On plain channels only the first of an
/// edge is told.
struct join_channel {
  edge_id edge;
  channel_key channel;
  attendance who;
};

/// A subscriber is gone; on plain channels the last one of its edge.
struct left_channel {
  edge_id edge;
  channel_key channel;
  socket_id who;
};

/// How many an edge has, for apps that count subscriptions.
struct counted_channel {
  edge_id edge;
  channel_key channel;
  std::uint64_t subscriptions;
};

/// Everything an edge knows of a channel; replaces what was known of it.
struct restate_edge {
  edge_id edge;
  channel_key channel;
  std::uint64_t subscriptions;
  std::vector<attendance> subscribers; ///< plain: at most one stands for all
};

/// An event to be sent to every subscriber but `except`.
struct publish_event {
  channel_key channel;
  frame_ptr event;
  socket_id except;
  ticket reply_to;
  bool by_client = false; ///< `except` sent it, on its WebSocket
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

/// The ROUTER of a reactor lives (again): a new edge, and where to reach it.
struct edge_up {
  edge_id edge;
  caf::actor router;
};

/// An edge has handled everything up to `sequence` of this reactor's stream.
struct records_taken {
  edge_id edge;
  std::uint64_t sequence;
};

// -- back to whoever asked ----------------------------------------------------

struct named_facts {
  std::string channel;
  channel_facts facts;
};

/// The answer to a ticket. `complete` is false if an edge failed meanwhile:
/// the event may not have reached everybody.
struct ticket_answer {
  std::uint64_t number;
  bool complete = true;
  std::vector<named_facts> channels;
};

/// What the DIRECTORY of a reactor takes.
using directory_record =
    std::variant<join_channel, left_channel, counted_channel, restate_edge,
                 publish_event, describe_channel, list_channels, edge_up,
                 records_taken, ticket_answer>;

// -- to an edge ---------------------------------------------------------------

struct deliver_event {
  channel_key channel;
  frame_ptr event;
  socket_id except;
};

/// The wish is granted: attach, and say so to the subscriber.
struct joined_channel {
  channel_key channel;
  socket_id who;
};

/// The wish is not granted.
struct refused_join {
  channel_key channel;
  socket_id who;
  std::string type;
  std::string sentence;
  int status;
};

/// The member set: the whole of it, or what has changed.
struct changed_members {
  channel_key channel;
  bool whole = false;
  std::vector<member> present; ///< whole: all; otherwise: those who came
  std::vector<std::string> gone;
};

/// A channel was restarted and knows nothing: tell it everything.
struct restate_channel {
  channel_key channel;
};

/// What a ROUTER takes.
using edge_record = std::variant<deliver_event, joined_channel, refused_join,
                                 changed_members, restate_channel>;

// -- batches ------------------------------------------------------------------

struct directory_batch {
  std::vector<directory_record> records;
};

/// `first` is the sequence number of the first record.
struct edge_batch {
  std::uint32_t from;
  std::uint64_t first;
  std::vector<edge_record> records;
};

} // namespace tidewire
