// Batches of any content, from a seed.
#pragma once

#include "actors/state/cluster/channel_codec.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::testing {

/// The apps of these tests, by index.
inline const std::vector<std::string> app_ids{"1", "shop", "a.b-c"};

inline std::string_view id_of(app_index app) {
  return app_ids[app];
}

inline app_index app_of(std::string_view id) {
  for (app_index i = 0; i < app_ids.size(); ++i)
    if (app_ids[i] == id)
      return i;
  return UINT32_MAX;
}

inline constexpr place sender = make_place(7, 2);

/// Who reads: reactor 2 of node 7 wrote it, this node has 4 reactors.
inline cluster::channel_reader reader_of(std::uint32_t session = 0) {
  return {sender, session, 4, 1'000'000'000'000, app_of};
}

inline std::string written(const cluster::channel_batch& batch) {
  return cluster::write(batch, id_of, 1'000'000'000'000);
}

/// A batch as reactor 2 of node 7 may make one, with a record of each kind or
/// of some.
cluster::channel_batch any_batch(std::mt19937_64& random);

/// How many kinds of records for edges and for directories there are.
inline constexpr unsigned edge_kinds = 8;
inline constexpr unsigned directory_kinds = 16;

edge_record any_edge_record(std::mt19937_64& random, unsigned kind);
directory_record any_directory_record(std::mt19937_64& random, unsigned kind);

} // namespace tidewire::testing
