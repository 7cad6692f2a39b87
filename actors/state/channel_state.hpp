// What a channel knows and decides. Pure: records in, records for edges out.
#pragma once

#include "actors/state/event_cache.hpp"
#include "messages/channel_records.hpp"
#include "messages/channel_reports.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace tidewire {

/// Where a channel's records go, and the clock it lives by.
class channel_output {
public:
  virtual void to_edge(place where, edge_record record) = 0;

  /// What has been handed to edges since the last call is behind `reply_to`; it
  /// is answered when they have taken it.
  virtual void published(const ticket& reply_to) = 0;

  virtual void answer(const ticket& reply_to, ticket_answer what) = 0;

  /// The event it keeps has changed, for whoever would be the next owner.
  virtual void copy(event_copied what) = 0;

  /// Something happened that the app's webhooks may be told about.
  virtual void report(channel_fact what) = 0;

  /// Steady nanoseconds, the same throughout a turn.
  virtual std::int64_t now_ns() const noexcept = 0;

protected:
  ~channel_output() = default;
};

/// The behaviour of one channel. A later kind of channel overrides what it
/// does differently; the table in actors/channel_factory.cpp chooses.
///
/// A restarted channel knows nothing, and one that has moved here knows little.
/// It gathers: every edge says what it has, asked or by itself, and everything
/// else is held until they have.
class channel_state {
public:
  /// `cache_ttl_ns`: how long the last event is kept for newcomers; 0 = it is
  /// not.
  explicit channel_state(channel_key key, std::int64_t cache_ttl_ns = 0);
  channel_state(const channel_state&) = delete;
  channel_state& operator=(const channel_state&) = delete;
  virtual ~channel_state() = default;

  const channel_key& key() const noexcept { return key_; }

  void handle(directory_record record, channel_output& out);

  /// From now on it is not sure of what it knows, and waits for these edges to
  /// answer the request of that round. Whatever else they state may be older
  /// than the request. Round 0: nobody is asked; they restate by themselves
  /// and end with `edge_stated` or are gone.
  void gather(std::vector<place> edges, std::uint64_t round);

  /// Stops waiting for edges that have not spoken. Until they have, publishers
  /// learn that perhaps not everybody was reached.
  void give_up_waiting(channel_output& out);

  bool gathering() const noexcept {
    return gathering_ && !gathering_->given_up;
  }

  /// Every edge has said what it has. While one is silent the channel serves
  /// the others, but grants nothing that the silent one may have already.
  bool sure() const noexcept { return !gathering_; }

  /// The round it gathers in; 0 if it does not, or asks nobody.
  std::uint64_t round() const noexcept {
    return gathering_ ? gathering_->round : 0;
  }

  /// The edges that were given up; what they say in this round counts.
  std::vector<place> ask_again(std::uint64_t round);

  /// What an edge has stated, or that it is gone, may change something here.
  bool concerned_by(edge_id edge) const;

  /// It moves elsewhere: its successor gets what this gives, and requests that
  /// it held are refused, to be put again. Nothing may be asked of it then.
  std::optional<event_handed_over> resign(channel_output& out);

  /// Its last event for the next owner, if it keeps one.
  std::optional<event_copied> copy_of_event(std::int64_t now_ns) const;

  /// Whether it is the channel of a user who is signed in somewhere.
  virtual bool is_user_online() const noexcept { return false; }

  /// Nothing is lost if it retires.
  virtual bool idle() const noexcept;

  /// Does what was put off until now.
  virtual void wake(channel_output& out);

  /// When `wake` is wanted, 0 = not at all.
  virtual std::int64_t wakes_ns() const noexcept;

  virtual channel_facts facts() const;

  /// Reports all there is, for whoever lost what was reported before. As long
  /// as it is not sure, it reports who is there, but not that nobody else is.
  void state_report(channel_output& out);

protected:
  struct known_edge {
    std::uint32_t stay = 0;
    std::uint64_t subscriptions = 0;
  };

  virtual void join(const join_channel& record, channel_output& out) = 0;
  virtual void leave(const left_channel& record, channel_output& out) = 0;
  virtual void restate(const restate_edge& record, channel_output& out) = 0;
  virtual void count(const counted_channel& record, channel_output& out);
  virtual void stake(const edge_stake&, channel_output&) {}
  virtual void end(const end_user& record, channel_output& out);
  virtual void publish(const publish_event& record, channel_output& out);

  /// What a newcomer is sent after `subscription_succeeded`: on cache channels
  /// the cached event or `pusher:cache_miss`.
  virtual std::vector<frame_ptr> greeting(channel_output& out);

  /// Whether it knows anything of a former life of that edge.
  virtual bool knows_other(edge_id edge) const;

  /// Every awaited edge has spoken, or is not waited for any more.
  virtual void gathered(channel_output&) {}

  /// The last of those that were not waited for has spoken.
  virtual void became_sure(channel_output&) {}

  /// While it gathers: it is handled when that is over.
  void put_off(directory_record record);

  /// Says yes to a wish.
  void grant(place where, const attendance& who, channel_output& out);

  /// Reports whether there are subscribers, if that has changed. Called by
  /// itself after every record; to be called before members are reported added.
  void report_occupancy(channel_output& out);

  channel_key key_;
  std::map<place, known_edge> edges_; // by place; only with subscribers
  std::unique_ptr<event_cache> cache_;

private:
  struct gathering_state {
    std::uint64_t round;
    std::vector<place> missing; // edges that have not spoken
    bool given_up = false;
    std::deque<directory_record> held;
  };

  void take(directory_record& record, channel_output& out);
  void heard(place where, channel_output& out);
  bool doubts(place where) const;
  void doubt(place where);
  void conclude(edge_id edge, channel_output& out);
  void inherit(const event_handed_over& record, channel_output& out);
  void end_waiting(channel_output& out, bool complete);

  std::unique_ptr<gathering_state> gathering_;
  std::vector<place> doubted_; // edges that state anew, and not yet this one
  bool occupied_ = false;      // as last reported
};

} // namespace tidewire
