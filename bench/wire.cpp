#include "bench/wire.hpp"

#include <charconv>

namespace tidewire::bench {
namespace {

constexpr unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
constexpr std::string_view marker = "tw~";
constexpr std::uint64_t most_payload = std::uint64_t{128} * 1024;

char* write_hex(char* to, std::uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i)
    *to++ = "0123456789abcdef"[(value >> (4 * i)) & 15];
  return to;
}

std::uint64_t read_hex(const char* from, int digits) {
  std::uint64_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const auto c = static_cast<unsigned char>(from[i]);
    value = value << 4 | ((c & 15u) + (c > '9' ? 9u : 0u));
  }
  return value;
}

} // namespace

head_status read_head(std::string_view bytes, frame_head& head) {
  if (bytes.size() < 2)
    return head_status::incomplete;
  const auto byte = [bytes](std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
  };
  if ((byte(0) & 0x30) != 0 || (byte(1) & 0x80) != 0)
    return head_status::broken;
  head.code = static_cast<opcode>(byte(0) & 15);
  head.final = (byte(0) & 0x80) != 0;
  head.packed = (byte(0) & 0x40) != 0;
  head.payload = byte(1) & 0x7f;
  head.header = 2;
  if (head.payload >= 126) {
    const std::size_t extra = head.payload == 126 ? 2 : 8;
    if (bytes.size() < 2 + extra)
      return head_status::incomplete;
    head.payload = 0;
    for (std::size_t i = 0; i < extra; ++i)
      head.payload = head.payload << 8 | byte(2 + i);
    head.header += extra;
  }
  return head.payload > most_payload ? head_status::broken : head_status::ok;
}

std::string client_frame(opcode code, std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + 14);
  frame += static_cast<char>(0x80 | static_cast<unsigned>(code));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65'536) {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size());
  } else {
    frame += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8)
      frame += static_cast<char>(payload.size() >> shift);
  }
  for (const auto byte : mask)
    frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame +=
        static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i & 3]);
  return frame;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  payload += static_cast<char>(code >> 8);
  payload += static_cast<char>(code);
  payload += reason;
  return payload;
}

void write_stamp(char* to, const stamp& value) {
  to = write_hex(to + marker.copy(to, marker.size()), value.publisher, 2);
  to = write_hex(to, value.sequence, 8);
  write_hex(to, value.sent, 12);
}

stamp read_stamp(const char* from) {
  from += marker.size();
  return {static_cast<std::uint8_t>(read_hex(from, 2)),
          static_cast<std::uint32_t>(read_hex(from + 2, 8)),
          read_hex(from + 10, 12)};
}

std::optional<std::size_t> find_stamp(std::string_view payload) {
  const auto at = payload.find(marker);
  if (at == std::string_view::npos || payload.size() - at < stamp::size)
    return std::nullopt;
  return at;
}

std::optional<frame_shape> shape_of(std::string_view frame,
                                    const frame_head& head) {
  const auto at = find_stamp(frame.substr(head.header));
  if (!at || !head.final || head.code != opcode::text)
    return std::nullopt;
  frame_shape shape;
  std::memcpy(&shape.lead, frame.data(), sizeof shape.lead);
  shape.size = frame.size();
  shape.stamp_at = head.header + *at;
  return shape;
}

event_kind kind_of(std::string_view text) {
  auto at = text.find("\"event\"");
  if (at == std::string_view::npos)
    return event_kind::other;
  at = text.find('"', at + 7);
  if (at == std::string_view::npos)
    return event_kind::other;
  const auto end = text.find('"', at + 1);
  if (end == std::string_view::npos)
    return event_kind::other;
  const auto name = text.substr(at + 1, end - at - 1);
  if (name == "pusher:connection_established")
    return event_kind::established;
  if (name == "pusher_internal:subscription_succeeded")
    return event_kind::subscribed;
  if (name == "pusher:subscription_error")
    return event_kind::subscription_error;
  if (name == "pusher:ping")
    return event_kind::ping;
  if (name == "pusher:pong")
    return event_kind::pong;
  return name == "pusher:error" ? event_kind::error : event_kind::other;
}

std::optional<std::uint64_t> number_after(std::string_view text,
                                          std::string_view name) {
  auto at = text.find(name);
  if (at == std::string_view::npos)
    return std::nullopt;
  at = text.find_first_not_of("\\\": ", at + name.size());
  if (at == std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data() + at, text.data() + text.size(), value);
  if (error != std::errc{})
    return std::nullopt;
  return value;
}

} // namespace tidewire::bench
