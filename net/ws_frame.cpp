#include "net/ws_frame.hpp"

#include "net/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace tidewire::net {

namespace {

// Sixteen bytes at once on every compiler we use; at -O2 GCC makes none of a
// plain loop.
using vector [[gnu::vector_size(16)]] = std::uint64_t;

template <class Word>
void flip(char* data, Word mask) noexcept {
  Word word;
  std::memcpy(&word, data, sizeof word);
  word ^= mask;
  std::memcpy(data, &word, sizeof word);
}

char* put(char* out, std::uint64_t value, int bytes) noexcept {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    *out++ = static_cast<char>(value >> shift);
  return out;
}

char* put_header(char* out, ws_opcode code, std::uint64_t length, bool fin,
                 unsigned mask_bit) noexcept {
  *out++ = static_cast<char>((fin ? 0x80u : 0u) | static_cast<unsigned>(code));
  if (length < 126)
    return put(out, mask_bit | length, 1);
  if (length <= 0xFFFF)
    return put(put(out, mask_bit | 126u, 1), length, 2);
  return put(put(out, mask_bit | 127u, 1), length, 8);
}

} // namespace

char* write_ws_header(char* out, ws_opcode code, std::uint64_t length,
                      bool fin) noexcept {
  return put_header(out, code, length, fin, 0);
}

char* write_ws_client_header(char* out, ws_opcode code, std::uint64_t length,
                             std::uint32_t key, bool fin) noexcept {
  out = put_header(out, code, length, fin, 0x80);
  std::memcpy(out, &key, sizeof key);
  return out + sizeof key;
}

void ws_apply_mask(char* data, std::size_t size, std::uint32_t key,
                   std::size_t offset) noexcept {
  // With the key turned, whole words can be taken whatever their alignment.
  key = ws_turn_key(key, offset);
  const std::uint64_t wide = (std::uint64_t{key} << 32) | key;
  const vector vectors = {wide, wide};
  for (; size >= 2 * sizeof(vector); size -= 2 * sizeof(vector)) {
    flip(data, vectors);
    flip(data + sizeof(vector), vectors);
    data += 2 * sizeof(vector);
  }
  for (; size >= sizeof wide; size -= sizeof wide) {
    flip(data, wide);
    data += sizeof wide;
  }
  if (size >= sizeof key) {
    flip(data, key);
    data += sizeof key;
    size -= sizeof key;
  }
  char bytes[sizeof key];
  std::memcpy(bytes, &key, sizeof bytes);
  for (std::size_t i = 0; i < size; ++i)
    data[i] = static_cast<char>(data[i] ^ bytes[i]);
}

std::string ws_frame(ws_opcode code, std::string_view payload, bool fin) {
  char header[ws_max_header];
  const char* end = write_ws_header(header, code, payload.size(), fin);
  const auto head = static_cast<std::size_t>(end - header);
  std::string frame;
  frame.reserve(head + payload.size());
  frame.append(header, head).append(payload);
  return frame;
}

std::string_view ws_frame_payload(std::string_view frame) noexcept {
  if (frame.size() < 2)
    return {};
  auto length = static_cast<unsigned char>(frame[1]) & 0x7Fu;
  std::size_t header = length < 126 ? 2 : length == 126 ? 4 : 10;
  return frame.substr(std::min(header, frame.size()));
}

std::string ws_client_frame(ws_opcode code, std::string_view payload,
                            std::uint32_t key, bool fin) {
  char header[ws_max_header];
  const char* end =
      write_ws_client_header(header, code, payload.size(), key, fin);
  const auto head = static_cast<std::size_t>(end - header);
  std::string frame;
  frame.reserve(head + payload.size());
  frame.append(header, head).append(payload);
  ws_apply_mask(frame.data() + head, payload.size(), key);
  return frame;
}

std::string ws_close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code == ws_no_status)
    return payload;
  reason = utf8_prefix(reason, ws_max_control - 2);
  payload.reserve(2 + reason.size());
  payload.push_back(static_cast<char>(code >> 8));
  payload.push_back(static_cast<char>(code));
  payload.append(reason);
  return payload;
}

} // namespace tidewire::net
