// One life of one node, and how its names are written on the wire.
#pragma once

#include "actors/state/meter/tick.hpp"
#include "messages/wire.hpp"

namespace tidewire::cluster {

/// A node's name and its incarnation, which is drawn anew at each start; a node
/// has one life at a time. The same thing writes rows of the meter.
using life = meter::author;

inline void write(wire_writer& out, const life& x) {
  out.text(x.node);
  out.number(x.incarnation);
}

inline life read_life(wire_reader& in) {
  life result;
  result.node = in.text();
  result.incarnation = in.number();
  return result;
}

} // namespace tidewire::cluster
