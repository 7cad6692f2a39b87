// Finds the channels of one reactor by name, and carries requests to channels
// anywhere and answers back.
#pragma once

#include "actors/channel.hpp"
#include "actors/pinned_actor.hpp"
#include "messages/channel_records.hpp"

#include <caf/actor_control_block.hpp>

#include <functional>
#include <queue>
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

  /// Handles a record that has come to this reactor.
  void accept(directory_record record);

  /// A channel wants to end; refused if something was sent to it since.
  bool retire(channel& who, std::uint64_t handled);

  /// A channel failed: it is replaced, and all edges are asked what they have.
  void failed(channel& who);

  /// Asks every edge what it has of every channel of this reactor; the
  /// channels wait for it.
  void ask_edges();

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
  };

  ticket expect(answered then, std::uint32_t parts);
  void complete(ticket_answer what);
  entry& open(const channel_key& key);
  void gather(const channel_key& key, entry& e);
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
