// What somebody is told who is not let in.
#pragma once

#include "actors/state/meter/cap_verdict.hpp"
#include "messages/lifecycle.hpp"
#include "net/pusher/close_code.hpp"

namespace tidewire {

/// For reasons that limits and caps give. 4004 tells clients not to come back,
/// 4100 to try again in a moment: always while clients of a node that has gone
/// are on their way (`moving`).
inline pusher::close_code code_of(refuse_reason why,
                                  const meter::cap_verdict& ruling,
                                  bool moving) noexcept {
  auto final =
      !moving
      && (why == refuse_reason::app_full
          || (why == refuse_reason::tier_cap && ruling.newcomers == 4004));
  return final ? pusher::close_code::over_quota
               : pusher::close_code::over_capacity;
}

} // namespace tidewire
