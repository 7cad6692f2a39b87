#include "net/frame_packer.hpp"

#include "net/ws_frame.hpp"

#include <array>

namespace tidewire::net {

namespace {

constexpr auto whole_text = static_cast<char>(0x81);
constexpr char rsv1 = 0x40;

// The payload of a whole text frame of a server; empty for anything else:
// control frames, answers of HTTP, what is compressed already.
std::string_view text_of(std::string_view frame) noexcept {
  if (frame.size() < 2 || frame[0] != whole_text)
    return {};
  const auto length = static_cast<unsigned char>(frame[1]);
  return frame.substr(length == 127 ? 10 : length == 126 ? 4 : 2);
}

} // namespace

const frame& frame_packer::form_of(const frame& plain, unsigned window_bits) {
  const auto payload = text_of(plain.bytes());
  if (payload.size() < settings_.min_size
      || (window_bits < 15 && payload.size() > std::size_t{1} << window_bits))
    return plain;
  if (const auto* known = plain.packed())
    return *known;
  return plain.keep_packed(pack(plain, payload));
}

frame_ptr frame_packer::pack(const frame& plain, std::string_view payload) {
  ++packed_;
  const auto packed =
      deflater_.deflate(payload, static_cast<int>(settings_.level));
  if (!packed)
    return {};
  std::array<char, ws_max_header> head;
  const auto* end =
      write_ws_header(head.data(), ws_opcode::text, packed->size());
  head[0] = static_cast<char>(head[0] | rsv1);
  return frame::make({head.data(), static_cast<std::size_t>(end - head.data())},
                     *packed, plain.accepted_ns());
}

} // namespace tidewire::net
