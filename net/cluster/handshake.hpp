// The handshake between two nodes, as a pure machine: bytes in, bytes out.
#pragma once

#include "net/cluster/hello.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire::net::cluster {

/// One end of a handshake on a bare socket. Each end proves that it knows the
/// secret, over the nonces and identities of both; the acceptor says nothing of
/// itself to whoever has not. Nothing it keeps grows with what the other side
/// claims. The caller owns socket and clock: it reads at most `wants()` bytes,
/// gives them to `take`, sends `out`, and ends what takes too long. Bytes
/// behind the handshake belong to whatever follows, so it must not read more.
///
///     dialler                    acceptor
///                            <-  challenge: nonce
///     greeting: hello, proof ->
///                            <-  answer: hello, proof
///     (agrees) confirm: proof ->
///                            <-  (agrees) welcome
///
/// Both may refuse with a sentence at any time instead.
class handshake {
public:
  enum class role : std::uint8_t { dialler, acceptor };

  enum class state : std::uint8_t {
    talking,
    deciding,      ///< the peer is proved: `agree` or `refuse`
    done,          ///< both agreed
    refused_here,  ///< `out` says why; close when it is sent
    refused_there, ///< close
  };

  /// `me.nonce` is fresh. Both references outlive the machine.
  handshake(role end, const hello& me, const proof_key& key);

  /// How many bytes may be read now; 0 unless it is `talking`.
  std::size_t wants() const noexcept;

  /// At most `wants()` bytes.
  void take(std::string_view bytes);

  /// While `deciding`.
  void agree();

  /// At any time before the end.
  void refuse(refusal why, std::string_view sentence);

  state now() const noexcept { return state_; }

  /// The peer as it presents itself; believed once it is `proved`. Empty before
  /// it has said anything.
  const hello& peer() const noexcept { return peer_; }
  bool proved() const noexcept { return proved_; }

  /// Why it ended, if it did not come to an agreement. A sentence of the peer
  /// is made readable, but not true.
  refusal why() const noexcept { return why_; }
  const std::string& sentence() const noexcept { return sentence_; }

  /// The version of the records that both understand; once proved.
  std::uint8_t version() const noexcept;

  /// Known to these two and for this handshake only; once done.
  mac session() const;

  /// To be sent; the caller removes what it has sent.
  std::string out;

private:
  void frame(step what, std::string_view bytes);
  void on_challenge(std::string_view bytes);
  void on_greeting(std::string_view bytes);
  void on_answer(std::string_view bytes);
  void on_confirm(std::string_view bytes);
  void on_refused(std::string_view bytes);
  bool fits(const hello& x);
  void malformed();

  const role role_;
  const hello& me_;
  const proof_key& key_;
  const std::string mine_; // as written
  std::string theirs_;     // as it came
  std::string challenge_;  // the acceptor's first nonce
  std::string in_;         // of the frame that is coming
  std::size_t wants_ = head_size;
  step expected_;
  state state_ = state::talking;
  hello peer_;
  bool proved_ = false;
  refusal why_ = refusal::none;
  std::string sentence_;
};

} // namespace tidewire::net::cluster
