#include "actors/link_config.hpp"

#include "messages/link_batch.hpp"
#include "net/cluster/proof.hpp"

#include <caf/config.hpp>
#include <caf/io/basp/version.hpp>
#include <caf/io/middleman.hpp>
#include <caf/node_id.hpp>
#include <caf/timespan.hpp>

#include <algorithm>

#include <unistd.h>

// CAF's own definition makes a node's id of the hardware's addresses and the
// process number, which two containers of one host share: each then takes the
// other for itself and refuses it, and a restarted node is taken for the one
// before. CAF 0.17 has no setting for it, but the middleman calls this function
// through the dynamic linker, which prefers the program's definition to that of
// libcaf_core.so. (A static libcaf would define it twice and not link.) The id
// is no secret and proves nothing; the handshake knows nodes by their
// incarnations.
caf::node_id
caf::node_id::default_data::local(const caf::actor_system_config&) {
  auto random = tidewire::net::cluster::fresh_nonce();
  host_id_type host;
  std::copy_n(random.begin(), host.size(), host.begin());
  return make_node_id(static_cast<std::uint32_t>(::getpid()), host);
}

namespace tidewire {

void load_middleman(caf::actor_system_config& config) {
  config.load<caf::io::middleman>();
  config.add_message_types<caf::id_block::tidewire>();
  // CAF's heartbeats would drop every link after a pause of our own process,
  // and links that are being made besides; LINK's own acknowledgements do it.
  config.set("middleman.heartbeat-interval", caf::timespan{0});
  config.set("middleman.connection-timeout", caf::timespan{0});
  // Batches are deserialised on CAF's socket thread: its workers would share
  // the scheduler's two threads with everything else.
  config.set("middleman.workers", std::size_t{0});
  config.set("middleman.enable-automatic-connections", false);
}

std::string carried_types() {
  return "CAF " + std::to_string(CAF_VERSION / 100) + ", BASP "
         + std::to_string(caf::io::basp::version) + ", "
         + caf::type_name<link_batch>::value;
}

} // namespace tidewire
