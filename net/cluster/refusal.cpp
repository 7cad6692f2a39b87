#include "net/cluster/refusal.hpp"

namespace tidewire::net::cluster {

std::string_view word(refusal x) noexcept {
  switch (x) {
  case refusal::none:
    return "none";
  case refusal::malformed:
    return "malformed";
  case refusal::other_cluster:
    return "other_cluster";
  case refusal::wrong_secret:
    return "wrong_secret";
  case refusal::too_old:
    return "too_old";
  case refusal::too_new:
    return "too_new";
  case refusal::unknown_types:
    return "unknown_types";
  case refusal::yourself:
    return "yourself";
  case refusal::name_taken:
    return "name_taken";
  case refusal::already_linked:
    return "already_linked";
  case refusal::busy:
    return "busy";
  case refusal::leaving:
    return "leaving";
  case refusal::unwanted:
    return "unwanted";
  case refusal::tls:
    return "tls";
  }
  return "unknown";
}

} // namespace tidewire::net::cluster
