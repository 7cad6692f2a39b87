// The bytes of the client's side: frames, stamps, the few events it looks at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::bench {

/// WebSocket opcodes (RFC 6455 section 5.2).
enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// The head of a frame that a server sent.
struct frame_head {
  opcode code = opcode::text;
  bool final = true;
  bool packed = false; ///< the message is compressed (RFC 7692)
  std::size_t header = 0;
  std::uint64_t payload = 0;
};

enum class head_status { ok, incomplete, broken };

/// Reads the head of a frame. Broken: a mask, which servers never use, a
/// reserved bit other than that of compression, or a payload over 128 KiB (half
/// a buffer of the loop).
head_status read_head(std::string_view bytes, frame_head& head);

/// A client's frame with its mask. The mask is one fixed number, so that the
/// same bytes serve all connections; the server has the same work with any.
std::string client_frame(opcode code, std::string_view payload);

/// The payload of a close frame.
std::string close_payload(std::uint16_t code, std::string_view reason);

/// What published events carry, so that a subscriber can tell what was lost and
/// how long the rest took. In the data it is `tw~` and 22 hexadecimal digits.
struct stamp {
  static constexpr std::size_t size = 25;
  std::uint8_t publisher = 0;
  std::uint32_t sequence = 0;
  /// Nanoseconds since the start of the run, of which 48 bits are kept.
  std::uint64_t sent = 0;
};

/// Writes exactly stamp::size characters.
void write_stamp(char* to, const stamp& value);

/// Reads what write_stamp wrote; `from` has at least stamp::size characters.
stamp read_stamp(const char* from);

/// Where a stamp stands in a payload.
std::optional<std::size_t> find_stamp(std::string_view payload);

/// The shape that all deliveries of a run share: their first four bytes, their
/// size and the place of the stamp. Once the first one has been looked at, the
/// others are recognised by a comparison of four bytes.
struct frame_shape {
  std::uint32_t lead = 0;
  std::size_t size = 0;
  std::size_t stamp_at = 0;

  bool matches(const char* bytes) const {
    std::uint32_t found = 0;
    std::memcpy(&found, bytes, sizeof found);
    return found == lead;
  }
};

/// The shape of this frame, header included; nullopt if it has no stamp.
std::optional<frame_shape> shape_of(std::string_view frame,
                                    const frame_head& head);

/// The events of a server that the generator acts on.
enum class event_kind {
  established,
  subscribed,
  subscription_error,
  ping,
  pong,
  error,
  other,
};

/// Looks at the `event` member only. The peer is a server under test and the
/// generator has to be much cheaper than it, so there is no JSON parser here:
/// quotes inside `data` are escaped, which makes `"event"` unambiguous.
event_kind kind_of(std::string_view text);

/// The number after `"name":`, with or without backslashes before the quotes.
std::optional<std::uint64_t> number_after(std::string_view text,
                                          std::string_view name);

} // namespace tidewire::bench
