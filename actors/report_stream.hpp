// What the channels of one reactor report, on its way to WEBHOOKS.
#pragma once

#include "messages/channel_reports.hpp"

#include <caf/actor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace tidewire {

/// Gathers the reports of a turn and keeps what is not confirmed for a WEBHOOKS
/// that takes over. Bounded: while WEBHOOKS is far behind (a disk that hangs)
/// reports are dropped, and once it has caught up everything is stated again,
/// so that only events are lost, never the truth about who is there.
/// Belongs to a reactor.
class report_stream {
public:
  /// Most reports that wait for a confirmation.
  static constexpr std::size_t max_unconfirmed = 65'536;

  explicit report_stream(std::uint32_t reactor) : reactor_(reactor) {}

  void add(const channel_key& channel, channel_fact what);

  /// In a cluster, twice for each view: with what was reported so far, and in
  /// this turn, its channels begin to go by that view, and then all is said
  /// that there was to say of it.
  void settled(std::uint64_t view) { settled_ = view; }

  /// Sends the reports of this turn. `router` is confirmed to.
  void flush(const caf::actor& router);

  /// From now on this WEBHOOKS is told; what nobody confirmed, once more.
  void reader_is(caf::actor who, const caf::actor& router);

  /// Everything up to that number is safe. True if reports were dropped and it
  /// is time to state everything again.
  bool taken(std::uint64_t number);

  const caf::actor& reader() const noexcept { return reader_; }

private:
  struct batch {
    std::uint64_t number;
    report_list reports;
    std::uint64_t settled;
  };

  void send(const batch& what, const caf::actor& router) const;

  std::uint32_t reactor_;
  caf::actor reader_;
  std::vector<channel_report> waiting_; // of this turn
  std::deque<batch> unconfirmed_;
  std::size_t count_ = 0; // waiting and unconfirmed
  std::uint64_t last_ = 0;
  std::uint64_t settled_ = 0; // not told yet
  bool dropped_ = false;
};

} // namespace tidewire
