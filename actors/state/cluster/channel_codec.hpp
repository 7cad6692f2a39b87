// How what a reactor says to another node is written and read.
#pragma once

#include "actors/state/cluster/channel_batch.hpp"
#include "actors/state/cluster/record.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// A batch, or the last piece of one.
inline constexpr record_kind channel_batch_kind = 32;
/// A piece of a batch; the next one of that reactor goes on with it.
inline constexpr record_kind channel_piece_kind = 33;

/// Pieces are no longer than that, so that what others have to say to that node
/// gets its turn.
inline constexpr std::size_t channel_piece_bytes = std::size_t{256} * 1024;

/// No batch is longer. A record that alone would make it longer is left out.
inline constexpr std::size_t max_channel_batch = std::size_t{64} * 1024 * 1024;

/// Most records in a batch.
inline constexpr std::size_t max_channel_records = 65'536;

/// About how many bytes a record takes: who makes batches counts with it.
std::size_t weight_of(const edge_record& record) noexcept;
std::size_t weight_of(const directory_record& record) noexcept;

/// Writes a batch. Apps go by their ids; `id_of` gives them. Records that never
/// cross are left out.
std::string write(const channel_batch& batch,
                  const std::function<std::string_view(app_index)>& id_of,
                  std::int64_t now_ns);

/// What a reader has to know.
struct channel_reader {
  place from = 0;             ///< the reactor that wrote it, as we number it
  std::uint32_t session = 0;  ///< which link to its node: makes new edges
  std::uint32_t reactors = 1; ///< of this node
  std::int64_t now_ns = 0;    ///< of the clock by which deliveries are measured
  /// The app of that id; one that is not served here gets an index that no app
  /// has.
  std::function<app_index(std::string_view)> app_of;
};

/// Reads a batch; nothing if it is not one from beginning to end. Never trusts:
/// it may allocate a constant times as much as there are bytes.
std::optional<channel_batch> read_channel_batch(std::string_view bytes,
                                                const channel_reader& as);

/// The edge of another node as it is known here. Stays of ROUTERs are small
/// numbers, and so are those of links.
constexpr edge_id edge_over(place at, std::uint32_t stay,
                            std::uint32_t session) noexcept {
  return {at, session << 16u | (stay & 0xffffu)};
}

/// Cuts what is too long for a record. Order and number are the link's.
class piece_writer {
public:
  explicit piece_writer(std::string all) : all_(std::move(all)) {}

  struct piece {
    record_kind kind;
    std::string bytes;
  };

  /// The next piece, nothing when all have been given.
  std::optional<piece> next();

private:
  std::string all_;
  std::size_t at_ = 0;
  bool done_ = false;
};

/// Puts pieces together again, per reactor of another node and session.
class piece_reader {
public:
  /// The whole batch if that was its last piece. What is longer than it may be
  /// is dropped.
  std::optional<std::string> add(place from, std::uint32_t session,
                                 record_kind kind, std::string bytes);

  /// That node has gone, or its link has.
  void forget(node_number node);

private:
  struct unfinished {
    std::uint32_t session = 0;
    std::string bytes;
    bool too_long = false;
  };

  std::map<place, unfinished> unfinished_;
};

} // namespace tidewire::cluster
