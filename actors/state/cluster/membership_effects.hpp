// What `membership` wants done, and what it has found.
#pragma once

#include "actors/state/cluster/ended.hpp"
#include "actors/state/cluster/record.hpp"
#include "actors/state/cluster/view.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tidewire::cluster {

// -- to be done ---------------------------------------------------------------

/// Send to a life that is linked. While one of the same kind waits, this one
/// takes its place.
struct send_record {
  life to;
  record_kind kind;
  std::string bytes;
};

/// Dial once and say what became of it (`membership::dialled`), always. An
/// address is really dialled even if the life there is linked: only so is it
/// known that it leads there, and that to be refused there later is a proof.
struct dial {
  std::string address;
};

/// End the link with that life, if there is one.
struct drop_link {
  life who;
  std::string why; // a sentence
};

// -- found --------------------------------------------------------------------

/// What this node's own ears say of another life.
enum class peer_state : std::uint8_t {
  unmet,   ///< others speak of it; not heard here yet
  alive,   ///<
  suspect, ///< silent for `suspect_ns`; still counts as heard
  lost,    ///< silent for `lost_ns`; proves nothing
  ended,   ///< left, proved dead, or forgotten: see `life_ended`
};

std::string_view word(peer_state x) noexcept;

/// From lost or suspect to alive: it is back.
struct peer_changed {
  life who;
  peer_state was;
  peer_state is;
};

/// A life is over, whether or not it was a peer here; told once for each. To be
/// kept on disk and handed to the next `membership` of this node.
struct life_ended {
  ended_life what;
  /// How far ahead of this node's its cluster clock was when it was heard last.
  std::optional<std::int64_t> ahead_ns{};
};

/// How this node stands to the others.
enum class standing : std::uint8_t {
  alone,    ///< nobody else is there, or is not known yet
  member,   ///< of a view of several
  left_out, ///< there is a view, and this node is not in it: a cluster of one
};

std::string_view word(standing x) noexcept;

/// Another view, or another standing. Always has this node as a member.
struct view_changed {
  std::shared_ptr<const view> now;
  standing as;
};

/// This node did not run for that long (stopped, frozen): it accuses nobody for
/// a round.
struct paused {
  std::int64_t gap_ns;
};

/// The others hold this very life to be over. It can never be a member again:
/// its process has to end, or to begin a new incarnation.
struct told_ended {
  ended_life what;
  life by;
};

/// A newcomer has called itself, for a while, by the name of a node that is
/// heard. It is not let in; two processes have been given one name. Repeated.
struct name_clash {
  life known;
  life newcomer;
};

using effect =
    std::variant<send_record, dial, drop_link, peer_changed, life_ended,
                 view_changed, paused, told_ended, name_clash>;
using effects = std::vector<effect>;

} // namespace tidewire::cluster
