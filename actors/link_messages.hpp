// What NODE is told about links.
#pragma once

#include "actors/link_line.hpp"
#include "net/cluster/refusal.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidewire {

/// To NODE: a link stands; its first record comes after this.
struct linked {
  link_line_ptr line;
};

/// To NODE: it ended; its last record came before this. Comes for a link that
/// broke before it was `linked`, too.
struct unlinked {
  cluster::life who;
  node_number number;
  std::string why; ///< a sentence
  bool by_us;      ///< cut here, so it proves nothing about the peer
};

/// What became of a dial.
enum class dial_outcome : std::uint8_t {
  linked,         ///< both agreed; `linked` or `unlinked` follows
  already_linked, ///< a link with that life stands, or is about to
  refused,        ///< by the peer, with the code and sentence given
  yourself,       ///< the address is this node's own
  no_listener,    ///< the kernel there refused: nobody listens
  unreachable,    ///< no route, or the name is not known
  silent,         ///< nothing, or not everything, came in time
  broke_off,      ///< it hung up in the middle, or TLS failed
};

/// To NODE: the answer to `links::dial`.
struct dialled {
  std::string address; ///< as it was given
  dial_outcome outcome;
  std::optional<cluster::life> answered; ///< who proved to live there
  net::cluster::refusal code = net::cluster::refusal::none;
  std::string sentence; ///< for people; with what to do, if it was refused
};

/// To NODE: somebody wanted to join and was refused here.
struct turned_away {
  std::string from; ///< the remote address
  std::string node; ///< as it calls itself; may be empty
  bool proved;      ///< it knows the secret
  net::cluster::refusal code;
  std::string sentence;
};

/// Of an address as it stands in these, without the port.
constexpr std::string_view host_of(std::string_view address) noexcept {
  return address.substr(0, address.rfind(':'));
}

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::linked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::unlinked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::dialled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::turned_away)
