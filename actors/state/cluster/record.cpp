#include "actors/state/cluster/record.hpp"

namespace tidewire::cluster {

bool append_record(std::string& out, record_kind kind, std::string_view bytes) {
  if (bytes.size() > max_record_bytes)
    return false;
  wire_writer head;
  head.number(kind);
  head.number(bytes.size());
  out += head.bytes();
  out += bytes;
  return true;
}

std::size_t record_size(std::size_t bytes, record_kind kind) noexcept {
  std::size_t head = kind < 0x80 ? 2 : 3;
  for (auto x = bytes; x >= 0x80; x >>= 7u)
    ++head;
  return head + bytes;
}

bool next_record(std::string_view& rest, record_kind& kind,
                 std::string_view& bytes) noexcept {
  if (rest.empty())
    return false;
  wire_reader in{rest};
  auto what = in.number(0xff);
  auto all = in.text();
  if (in.failed() || all.size() > max_record_bytes)
    return false;
  kind = static_cast<record_kind>(what);
  bytes = all;
  rest = in.rest();
  return true;
}

} // namespace tidewire::cluster
