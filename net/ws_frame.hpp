// WebSocket frames on their way out, and the mask (RFC 6455 §5).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire::net {

/// The opcodes of RFC 6455 §5.2; all others are reserved.
enum class ws_opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// True for close, ping and pong (RFC 6455 §5.5).
constexpr bool is_control(ws_opcode code) noexcept {
  return (static_cast<unsigned>(code) & 8u) != 0;
}

/// The most payload a control frame may have, in bytes (RFC 6455 §5.5).
inline constexpr std::size_t ws_max_control = 125;

/// The most bytes a frame header takes.
inline constexpr std::size_t ws_max_header = 14;

/// What a close frame says when it says nothing (RFC 6455 §7.1.5). Never sent.
inline constexpr std::uint16_t ws_no_status = 1005;

/// Bytes of the header of a frame with `length` bytes of payload.
constexpr std::size_t ws_header_size(std::uint64_t length,
                                     bool masked) noexcept {
  const std::size_t extended = length < 126 ? 0 : length <= 0xFFFF ? 2 : 8;
  return 2 + extended + (masked ? 4 : 0);
}

/// Writes the header of an unmasked frame, as a server sends it, and returns
/// the place behind it. `out` has room for `ws_header_size(length, false)`.
char* write_ws_header(char* out, ws_opcode code, std::uint64_t length,
                      bool fin = true) noexcept;

/// Writes the header of a masked frame, as a client sends it. `key` is the
/// masking key in wire order, that is, as `memcpy` would take it off the wire.
/// The caller masks the payload with `ws_apply_mask(…, key)`.
char* write_ws_client_header(char* out, ws_opcode code, std::uint64_t length,
                             std::uint32_t key, bool fin = true) noexcept;

/// Masks or unmasks in place (RFC 6455 §5.3; the same operation). `offset` is
/// how many bytes of the frame's payload came before `data`.
void ws_apply_mask(char* data, std::size_t size, std::uint32_t key,
                   std::size_t offset = 0) noexcept;

/// The key as it applies `offset` bytes further on.
constexpr std::uint32_t ws_turn_key(std::uint32_t key,
                                    std::size_t offset) noexcept {
  const int turn = static_cast<int>(8 * (offset % 4));
  return std::endian::native == std::endian::little ? std::rotr(key, turn)
                                                    : std::rotl(key, turn);
}

/// A whole frame as a server sends it.
std::string ws_frame(ws_opcode code, std::string_view payload, bool fin = true);

/// The payload in a whole frame as a server sends it; a view into it.
std::string_view ws_frame_payload(std::string_view frame) noexcept;

/// A whole frame as a client sends it, masked with `key` (wire order).
std::string ws_client_frame(ws_opcode code, std::string_view payload,
                            std::uint32_t key, bool fin = true);

/// The payload of a close frame: `code` and as much of `reason` (valid UTF-8)
/// as fits into 125 bytes without cutting a code point. `ws_no_status` gives
/// the empty payload.
std::string ws_close_payload(std::uint16_t code, std::string_view reason = {});

/// True for the codes an endpoint may send in a close frame: those of RFC 6455
/// §7.4.1, 1012 to 1014 as registered with IANA since, and the ranges 3000 to
/// 4999 of §7.4.2.
constexpr bool valid_close_code(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
         || (code >= 3000 && code <= 4999);
}

} // namespace tidewire::net
