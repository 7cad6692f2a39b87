// The one thing that crosses between nodes, and the only type that CAF knows
// how to serialise.
#pragma once

#include <caf/meta/type_name.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <string>

namespace tidewire {

/// What a LINK says to the LINK at the other end. The bytes are the records of
/// actors/state/cluster/record.hpp behind the numbers of link_queue.hpp, all
/// written in that version.
struct link_batch {
  std::uint8_t version = 1;
  std::string bytes;
};

template <class Inspector>
auto inspect(Inspector& f, link_batch& x) {
  return f(caf::meta::type_name("link_batch"), x.version, x.bytes);
}

} // namespace tidewire

// A new number would be another type to the nodes that run already.
CAF_BEGIN_TYPE_ID_BLOCK(tidewire, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(tidewire, (tidewire::link_batch))
CAF_END_TYPE_ID_BLOCK(tidewire)
