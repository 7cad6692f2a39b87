// What a LINK has to send, what is on its way, and what has come: numbers,
// acknowledgements and bounds. Pure.
#pragma once

#include "actors/state/cluster/record.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tidewire::cluster {

/// One end of a link. Batches are numbered from 1; each says the number up to
/// which its sender has handled what came. A batch with the number 0 is only
/// such a word and is not answered. At most `window` bytes are on the way; the
/// rest waits here, where a newer record takes the place of an older one with
/// the same kind and slot. The transport keeps the order, so a number that is
/// not the next one is an error and ends the link.
class link_queue {
public:
  /// A batch is closed when it has as much; one record may be longer.
  static constexpr std::size_t batch_bytes = std::size_t{256} * 1024;

  /// An acknowledgement waits for something to ride on until as much has come,
  /// or until the next `tick`.
  static constexpr std::size_t ack_bytes = std::size_t{64} * 1024;

  explicit link_queue(std::size_t window) : window_(window) {}

  // -- outwards ---------------------------------------------------------------

  /// `head` goes in front of the bytes within the record. Returns by how many
  /// bytes more waits now: negative if something longer was replaced. The
  /// record is not longer than `max_record_bytes`.
  std::int64_t put(record_kind kind, std::uint64_t slot, std::string_view head,
                   std::string_view bytes);

  /// The next batch, if there is something to say and room for it; to be asked
  /// until there is none. `anyway` makes an empty numbered one, whose
  /// acknowledgement shows that the peer lives.
  std::optional<std::string> next(bool anyway = false);

  /// Bytes that wait, and bytes on the way.
  std::size_t waiting() const noexcept { return waiting_; }
  std::size_t under_way() const noexcept { return under_way_; }
  bool idle() const noexcept { return records_.empty() && sent_.empty(); }

  // -- inwards ----------------------------------------------------------------

  struct arrival {
    std::string_view records; ///< of the batch; see `for_each_record`
    std::size_t freed = 0;    ///< bytes that were on the way
  };

  /// A batch came; nothing if it breaks the rules. The caller handles the
  /// records before it asks for the next batch.
  std::optional<arrival> take(std::string_view batch);

  // -- time -------------------------------------------------------------------

  /// `passed_ns` went by, as far as this process was awake. Returns for how
  /// long the peer has acknowledged nothing although something is on the way.
  std::int64_t tick(std::int64_t passed_ns) noexcept;

private:
  struct record {
    record_kind kind;
    std::uint64_t slot;
    std::string bytes; // as they go, with their head
  };
  using key = std::pair<record_kind, std::uint64_t>;

  struct on_the_way {
    std::uint64_t number;
    std::size_t bytes;
  };

  std::size_t window_;
  std::list<record> records_;
  std::map<key, std::list<record>::iterator> slots_;
  std::size_t waiting_ = 0;
  std::deque<on_the_way> sent_;
  std::size_t under_way_ = 0;
  std::uint64_t last_sent_ = 0;
  std::uint64_t last_taken_ = 0;
  std::uint64_t told_ = 0;       // of last_taken_, to the peer
  std::size_t untold_bytes_ = 0; // that came since
  bool tell_ = false;
  std::int64_t silence_ns_ = 0;
};

} // namespace tidewire::cluster
