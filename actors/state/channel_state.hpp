// What a channel knows and decides. Pure: records in, records for edges out.
#pragma once

#include "messages/channel_records.hpp"
#include "messages/channel_reports.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tidewire {

/// Where a channel's records go.
class channel_output {
public:
  virtual void to_edge(std::uint32_t reactor, edge_record record) = 0;

  /// The event behind `reply_to` has been handed to every edge that has
  /// subscribers; it is answered when they have taken it.
  virtual void published(const ticket& reply_to) = 0;

  virtual void answer(const ticket& reply_to, ticket_answer what) = 0;

  /// Something happened that the app's webhooks may be told about.
  virtual void report(channel_fact what) = 0;

protected:
  ~channel_output() = default;
};

/// The behaviour of one channel. A later kind of channel overrides what it
/// does differently; `make_channel` (actors/channel_factory.hpp) chooses.
///
/// A restarted channel knows nothing. It is made with the number of edges that
/// will tell it what they have, and holds everything else until they have.
class channel_state {
public:
  channel_state(channel_key key, std::uint32_t edges_awaited)
      : key_(std::move(key)), awaited_(edges_awaited) {}
  channel_state(const channel_state&) = delete;
  channel_state& operator=(const channel_state&) = delete;
  virtual ~channel_state() = default;

  const channel_key& key() const noexcept { return key_; }

  void handle(directory_record record, channel_output& out);

  /// From now on it is not sure of what it knows, and waits for that many edges
  /// as if it had been restarted.
  void gather(std::uint32_t edges) {
    awaited_ = edges;
    heard_.clear();
  }

  /// Stops waiting for edges that have not spoken. Publishers who were kept
  /// waiting learn that perhaps not everybody was reached.
  void give_up_waiting(channel_output& out);

  bool gathering() const noexcept { return awaited_ != 0; }

  /// Nothing is lost if it retires.
  bool idle() const noexcept { return edges_.empty() && !gathering(); }

  virtual channel_facts facts() const;

  /// Reports all there is, for whoever lost what was reported before. While it
  /// gathers it knows nothing, and reports when it does.
  void state_report(channel_output& out);

protected:
  struct edge {
    std::uint32_t stay = 0;
    std::uint64_t subscriptions = 0;
  };

  virtual void join(const join_channel& record, channel_output& out) = 0;
  virtual void leave(const left_channel& record, channel_output& out) = 0;
  virtual void restate(const restate_edge& record, channel_output& out) = 0;

  /// Every awaited edge has spoken.
  virtual void gathered(channel_output&) {}

  void publish(const publish_event& record, channel_output& out);

  /// Reports whether there are subscribers, if that has changed. Called by
  /// itself after every record; to be called before members are reported added.
  void report_occupancy(channel_output& out);

  channel_key key_;
  std::map<std::uint32_t, edge> edges_; // by reactor; only with subscribers

private:
  void take(directory_record& record, channel_output& out);
  void end_waiting(channel_output& out, bool complete);

  bool occupied_ = false; // as last reported
  std::uint32_t awaited_;
  std::vector<std::uint32_t> heard_;
  std::deque<directory_record> held_;
};

/// A channel without members: only which edges have subscribers matters.
class plain_channel final : public channel_state {
public:
  using channel_state::channel_state;

protected:
  void join(const join_channel& record, channel_output& out) override;
  void leave(const left_channel& record, channel_output& out) override;
  void restate(const restate_edge& record, channel_output& out) override;
};

/// A presence channel: members are users, present while at least one of their
/// connections is.
class presence_channel final : public channel_state {
public:
  presence_channel(channel_key key, std::uint32_t edges_awaited,
                   std::uint32_t max_members)
      : channel_state(std::move(key), edges_awaited),
        max_members_(max_members) {}

  channel_facts facts() const override;

protected:
  void join(const join_channel& record, channel_output& out) override;
  void leave(const left_channel& record, channel_output& out) override;
  void restate(const restate_edge& record, channel_output& out) override;
  void gathered(channel_output& out) override;

private:
  struct connection {
    socket_id who;
    std::string user_id;
  };

  /// True if the user was not present before.
  bool add(std::uint32_t reactor, const attendance& who);
  /// The id of a user who is gone with this connection, or empty.
  std::string remove(std::uint32_t reactor, socket_id who);
  std::string release(const std::string& user_id);
  bool full_for(const std::string& user_id) const;
  void state_all(std::uint32_t reactor, channel_output& out) const;
  void tell_others(std::uint32_t but, const changed_members& what,
                   channel_output& out) const;
  void admit(edge_id from, const attendance& who, channel_output& out);
  void refuse(edge_id from, const attendance& who, channel_output& out) const;

  std::uint32_t max_members_;
  std::vector<member> members_; // in the order they came
  std::unordered_map<std::string, std::uint32_t> connections_of_;
  std::map<std::uint32_t, std::vector<connection>> by_edge_;
  std::vector<std::pair<edge_id, attendance>> waiting_; // gathering
};

} // namespace tidewire
