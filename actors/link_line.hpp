// A line to one life of another node: what everybody but LINK sees of a link.
#pragma once

#include "actors/state/cluster/life.hpp"
#include "actors/state/cluster/record.hpp"
#include "messages/place.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tidewire {

/// Who is at the other end of a link, as the handshake proved it.
struct link_peer {
  cluster::life who;
  std::uint32_t stay = 0;     ///< when it was linked; heartbeats say more
  std::uint16_t reactors = 1; ///< 1 to `max_reactors`
  std::string address;        ///< where it can be dialled, `host:port`
  std::uint8_t version = 1;   ///< of the records that both understand
  node_number number = 0;     ///< this process's number for that life
  bool dialled = false;       ///< by this node
};

/// A record that came. `from` is a place on the peer; its reactor, and `to`,
/// mean something for the kinds of channels only.
struct link_record {
  std::shared_ptr<const link_peer> peer;
  cluster::record_kind kind;
  place from;
  std::uint32_t to; ///< a reactor of this node
  std::string bytes;
};

/// A record to be sent. While one with a `slot` other than 0 waits, a newer one
/// of the same kind and slot takes its place: the latest is all that counts.
struct link_order {
  cluster::record_kind kind;
  std::uint64_t slot = 0;
  std::uint32_t from = 0; ///< a reactor of this node; channels only
  std::uint32_t to = 0;   ///< a reactor of the peer; channels only
  std::string bytes;
};

/// Sends to one life of one node. What is sent arrives once and in the order
/// in which one thread sent it, until the link breaks; then it arrives or does
/// not, and a later link is another line. Any thread.
class link_line {
public:
  link_line(std::shared_ptr<const link_peer> who, caf::actor link,
            std::size_t most)
      : peer_(std::move(who)), link_(std::move(link)), most_(most) {}

  const link_peer& peer() const noexcept { return *peer_; }
  const std::shared_ptr<const link_peer>& shared_peer() const noexcept {
    return peer_;
  }

  /// Whether more may be given: fewer bytes than `[cluster] max_unacknowledged`
  /// wait or are on the way. Whoever sends without slots and in bulk asks this
  /// first and keeps the rest itself until the link's watcher hears `room`. A
  /// link on which twice as much gathers all the same is cut.
  bool may_send() const noexcept {
    return waiting_.load(std::memory_order_relaxed) < most_;
  }

  /// Bytes that are not acknowledged yet, waiting or under way.
  std::size_t waiting() const noexcept {
    return waiting_.load(std::memory_order_relaxed);
  }

  /// False if the bytes are more than `cluster::max_record_bytes`, or the link
  /// has ended; the order is dropped then.
  bool send(link_order what);

private:
  friend class link;

  std::shared_ptr<const link_peer> peer_;
  caf::actor link_;
  std::size_t most_;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<bool> ended_{false};
};

using link_line_ptr = std::shared_ptr<link_line>;

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::link_order)
