// A second WebSocket decoder, written from the text of RFC 6455 to be read,
// not to be fast: the codec is compared with it. It shares no code with the
// codec and always sees the whole stream at once.
#pragma once

#include "tests/fuzz/ws_events.hpp"
#include "tests/fuzz/ws_reference_inflate.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire::net::reference {

/// The value of the code point at the start of `text` and its length, or
/// length 0 if there is no valid one.
struct code_point {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

inline code_point first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(text[i]);
  };
  code_point point;
  if (byte(0) < 0x80)
    return {byte(0), 1};
  if (byte(0) >> 5 == 0b110)
    point = {byte(0) & 0x1F, 2};
  else if (byte(0) >> 4 == 0b1110)
    point = {byte(0) & 0x0F, 3};
  else if (byte(0) >> 3 == 0b11110)
    point = {byte(0) & 0x07, 4};
  else
    return {};
  if (text.size() < point.length)
    return {};
  for (std::size_t i = 1; i < point.length; ++i) {
    if (byte(i) >> 6 != 0b10)
      return {};
    point.value = point.value << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point.value >= 0xD800 && point.value <= 0xDFFF;
  if (point.value < smallest[point.length] || point.value > 0x10FFFF
      || surrogate)
    return {};
  return point;
}

inline bool valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto point = first_code_point(text);
    if (point.length == 0)
      return false;
    text.remove_prefix(point.length);
  }
  return true;
}

/// True when `text` can still become valid: taken literally, by looking for
/// a continuation that makes it so.
inline bool begins_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto point = first_code_point(text);
    if (point.length == 0)
      break;
    text.remove_prefix(point.length);
  }
  if (text.empty())
    return true;
  if (text.size() > 3)
    return false;
  for (unsigned second = 0x80; second <= 0xBF; ++second) {
    std::string tail{text};
    if (tail.size() == 1)
      tail += static_cast<char>(second);
    for (int i = 0; i < 3; ++i) {
      if (first_code_point(tail).length == tail.size())
        return true;
      tail += '\x80';
    }
  }
  return false;
}

/// What is agreed for the connection.
struct settings {
  ws_role role = ws_role::server;
  std::uint32_t max_message = 0;
  bool allow_binary = false;
  bool deflate = false;
};

/// Decodes `wire`; a sink returns false at event number `last`.
class decoder {
public:
  decoder(settings agreed, std::string_view wire, std::size_t last)
      : agreed_(agreed), wire_(wire), last_(last) {}

  ws_outcome run() {
    while (!outcome_.stopped && frame())
      ;
    return std::move(outcome_);
  }

private:
  unsigned byte(std::size_t i) const {
    return static_cast<unsigned char>(wire_[at_ + i]);
  }

  std::size_t left() const { return wire_.size() - at_; }

  bool fail(std::uint16_t code) {
    outcome_.violation = code;
    outcome_.stopped = true;
    return false;
  }

  void tell(ws_event event) {
    if (event.kind == ws_opcode::close)
      outcome_.stopped = true;
    outcome_.events.push_back(std::move(event));
    if (outcome_.events.size() >= last_)
      outcome_.stopped = true;
  }

  // Reads one frame; false when the stream ends inside it or is wrong.
  bool frame() {
    if (left() < 1)
      return false;
    const bool fin = byte(0) >= 0x80;
    const unsigned opcode = byte(0) % 16;
    const unsigned reserved = (byte(0) / 16) % 8;
    const bool packed = reserved == 4;
    if (reserved != 0 && !(packed && agreed_.deflate))
      return fail(1002);
    if (packed && (opcode == 0 || opcode >= 8))
      return fail(1002);
    if ((opcode > 2 && opcode < 8) || opcode > 10)
      return fail(1002);
    const bool control = opcode >= 8;
    if (control && !fin)
      return fail(1002);
    if (opcode == 0 && !in_message_)
      return fail(1002);
    if (!control && opcode != 0 && in_message_)
      return fail(1002);
    if (opcode == 2 && !agreed_.allow_binary)
      return fail(1003);

    if (left() < 2)
      return false;
    const bool masked = byte(1) >= 0x80;
    if (masked != (agreed_.role == ws_role::server))
      return fail(1002);
    std::uint64_t length = byte(1) % 128;
    std::size_t header = 2;
    if (control && length > 125)
      return fail(1002);
    if (length == 126) {
      if (left() < 4)
        return false;
      length = byte(2) * 256u + byte(3);
      header = 4;
      if (length < 126)
        return fail(1002);
    } else if (length == 127) {
      if (left() < 10)
        return false;
      length = 0;
      for (std::size_t i = 2; i < 10; ++i)
        length = length * 256 + byte(i);
      header = 10;
      if (length < 65536 || length > 0x7FFFFFFFFFFFFFFF)
        return fail(1002);
    }
    if (opcode == 8 && length == 1)
      return fail(1002);
    if (!control && length > agreed_.max_message - message_.size())
      return fail(1009);

    std::array<unsigned, 4> key{};
    if (masked) {
      if (left() < header + 4)
        return false;
      for (std::size_t i = 0; i < 4; ++i)
        key[i] = byte(header + i);
      header += 4;
    }
    if (!control && !fin && length == 0 && ++empty_ > 64)
      return fail(1008);
    at_ += header;
    const bool whole = left() >= length;
    std::string payload{wire_.substr(at_, length)};
    for (std::size_t i = 0; i < payload.size(); ++i)
      payload[i] = static_cast<char>(static_cast<unsigned char>(payload[i])
                                     ^ key[i % 4]);
    at_ += payload.size();
    if (!control && opcode != 0)
      packed_ = packed;
    return control ? whole && control_frame(opcode, payload)
                   : data_frame(opcode, fin, whole, payload);
  }

  bool data_frame(unsigned opcode, bool fin, bool whole,
                  const std::string& payload) {
    if (opcode != 0) {
      in_message_ = true;
      text_ = opcode == 1;
    }
    message_ += payload;
    if (packed_)
      return whole && (!fin || packed_message());
    if (text_ && !begins_valid_utf8(message_))
      return fail(1007);
    if (!whole)
      return false;
    if (!fin)
      return true;
    if (text_ && !valid_utf8(message_))
      return fail(1007);
    end_message();
    return true;
  }

  bool packed_message() {
    inflater unpacked{message_, agreed_.max_message};
    const auto how = unpacked.run();
    if (how != inflated::done)
      return fail(how == inflated::too_big ? 1009 : 1007);
    message_ = unpacked.out;
    if (text_ && !valid_utf8(message_))
      return fail(1007);
    end_message();
    return true;
  }

  void end_message() {
    tell({text_ ? ws_opcode::text : ws_opcode::binary, message_});
    message_.clear();
    in_message_ = false;
    empty_ = 0;
  }

  bool control_frame(unsigned opcode, std::string payload) {
    if (opcode != 8) {
      tell({static_cast<ws_opcode>(opcode), payload});
      return true;
    }
    if (payload.empty()) {
      tell({ws_opcode::close, {}, 1005});
      return true;
    }
    const unsigned code = static_cast<unsigned char>(payload[0]) * 256u
                          + static_cast<unsigned char>(payload[1]);
    payload.erase(0, 2);
    // RFC 6455 §7.4.1 and §7.4.2; 1012 to 1014 from IANA's registry.
    if (code < 1000 || code > 4999 || (code > 1014 && code < 3000)
        || (code >= 1004 && code <= 1006))
      return fail(1002);
    if (!valid_utf8(payload))
      return fail(1007);
    tell({ws_opcode::close, payload, static_cast<std::uint16_t>(code)});
    return true;
  }

  settings agreed_;
  std::string_view wire_;
  std::size_t last_;
  std::size_t at_ = 0;
  ws_outcome outcome_;
  std::string message_;
  bool in_message_ = false;
  bool text_ = false;
  bool packed_ = false;
  unsigned empty_ = 0;
};

inline ws_outcome decode(settings agreed, std::string_view wire,
                         std::size_t last = SIZE_MAX) {
  return decoder{agreed, wire, last}.run();
}

} // namespace tidewire::net::reference
