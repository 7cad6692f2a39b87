// WebSocket frames on their way in: a pure machine, bytes to messages
// (RFC 6455 §5 to §8, RFC 7692 §6.2). It knows no socket, no clock and no
// thread.
#pragma once

#include "net/ws_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace tidewire::net {

class ws_inflater;

/// Which end this is: a server takes masked frames only, a client unmasked
/// ones only (RFC 6455 §5.1).
enum class ws_role : std::uint8_t { server, client };

/// Why a peer is to be shown out: `code` goes into the close frame (1002,
/// 1003, 1007, 1008 or 1009), `reason` is a short sentence of ours, static.
struct ws_violation {
  std::uint16_t code;
  const char* reason;
};

/// Receives what a decoder finds, in the order of the wire. A text is a view
/// into the decoder's, the inflater's or the caller's buffer and valid during
/// the call only. Returning false stops the decoder for good: nothing more is
/// delivered. A sink may throw; that stops the decoder too. It must not destroy
/// the decoder.
class ws_sink {
public:
  /// A whole message, its fragments joined and inflated. `kind` is text (valid
  /// UTF-8) or binary.
  virtual bool on_message(ws_opcode kind, std::string_view payload) = 0;

  /// At most 125 bytes, to be sent back as a pong. Comes between the fragments
  /// of a message when it was sent so.
  virtual bool on_ping(std::string_view payload) = 0;

  virtual bool on_pong(std::string_view payload) = 0;

  /// The peer's close frame, `code` 1005 when it named none. It is the last
  /// call whatever it returns.
  virtual bool on_close(std::uint16_t code, std::string_view reason) = 0;

protected:
  ~ws_sink() = default;
};

/// Decodes what one peer sends. One per connection; used by one thread at a
/// time.
///
/// Costs 16 bytes while no frame is incomplete and no fragmented message open.
/// A frame that lies whole in the caller's buffer is unmasked there and handed
/// out without a copy. Otherwise the payload is kept in one buffer that grows
/// with the bytes that arrive, never from a declared length, and never above
/// `max_message`; nothing is kept per fragment. A compressed message is kept as
/// it comes and inflated when it is whole. What is found, and the violation if
/// there is one, depend on the bytes only, not on how they were split.
class ws_decoder {
public:
  /// Empty fragments one message may have. All others carry payload, so
  /// `max_message` bounds them and the work they cause.
  static constexpr unsigned max_empty_fragments = 64;

  /// `max_message` is in bytes of payload, summed over the fragments, and holds
  /// for the payload as it comes and as it is inflated. Without
  /// `allow_binary` a binary message is refused with 1003 at its first header.
  ws_decoder(ws_role role, std::uint32_t max_message,
             bool allow_binary) noexcept;
  ~ws_decoder();
  ws_decoder(ws_decoder&&) noexcept;
  ws_decoder& operator=(ws_decoder&&) noexcept;

  /// Decodes the next bytes of the stream, any number of them; their contents
  /// are undefined afterwards. A violation is returned once, after everything
  /// that came before it has been delivered; a length over the limit is
  /// refused when it has been read, invalid UTF-8 at the first byte that
  /// cannot be part of any text, or at the end if it was compressed. Once
  /// stopped, bytes are ignored. Throws what the sink throws and `bad_alloc`,
  /// and is not to be fed again after that.
  ///
  /// `inflater` is given, in every call, where permessage-deflate was
  /// negotiated; without one a compressed message is a violation. Decoders may
  /// share it, but no sink may feed another decoder that does.
  [[nodiscard]] std::optional<ws_violation>
  feed(std::span<char> bytes, ws_sink& sink, ws_inflater* inflater = nullptr);

  /// True after a violation, a close frame or a sink's false, and during a
  /// sink's calls.
  bool stopped() const noexcept { return stopped_; }

  /// Bytes on the heap: 0 between messages.
  std::size_t buffered() const noexcept;

private:
  struct partial; // what has come of an incomplete frame or message
  class pass;     // one call of `feed`

  std::unique_ptr<partial> part_;
  std::uint32_t max_message_;
  ws_role role_;
  bool allow_binary_;
  bool stopped_ = false;
};

} // namespace tidewire::net
