#include "net/cluster/hello.hpp"

#include "messages/place.hpp"
#include "messages/wire.hpp"

#include <algorithm>
#include <limits>

namespace tidewire::net::cluster {

namespace {

bool printable(char x) noexcept {
  return x >= ' ' && x <= '~';
}

bool is_text(std::string_view x, std::size_t least) noexcept {
  return x.size() >= least && x.size() <= max_name
         && std::all_of(x.begin(), x.end(), printable);
}

} // namespace

std::optional<head> read_head(std::string_view bytes) noexcept {
  if (bytes.size() < head_size || !bytes.starts_with(magic))
    return std::nullopt;
  auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
  };
  head result{byte(4), static_cast<step>(byte(5)),
              static_cast<std::size_t>(byte(6)) << 8u | byte(7)};
  if (result.size > max_frame)
    return std::nullopt;
  return result;
}

void append_frame(std::string& out, step what, std::string_view bytes) {
  out += magic;
  out += static_cast<char>(form);
  out += static_cast<char>(what);
  out += static_cast<char>(bytes.size() >> 8u);
  out += static_cast<char>(bytes.size());
  out += bytes;
}

std::string write_hello(const hello& x) {
  wire_writer out;
  out.number(x.oldest);
  out.number(x.newest);
  out.text(x.types);
  out.text(x.cluster);
  out.text(x.node);
  out.number(x.incarnation);
  out.number(x.stay);
  out.number(x.reactors);
  out.text(x.address);
  out.text(view_of(x.nonce));
  return out.take();
}

std::optional<hello> read_hello(std::string_view bytes) {
  wire_reader in{bytes};
  hello x;
  x.oldest = static_cast<std::uint8_t>(in.number(255));
  x.newest = static_cast<std::uint8_t>(in.number(255));
  auto types = in.text();
  auto cluster = in.text();
  auto node = in.text();
  x.incarnation = in.number();
  x.stay = static_cast<std::uint32_t>(
      in.number(std::numeric_limits<std::uint32_t>::max()));
  x.reactors = static_cast<std::uint16_t>(in.number(max_reactors));
  auto address = in.text();
  auto nonce = in.text();
  if (in.failed() || x.oldest == 0 || x.oldest > x.newest || x.reactors == 0
      || x.incarnation == 0 || nonce.size() != x.nonce.size()
      || !is_text(types, 1) || !is_text(cluster, 1) || !is_text(node, 1)
      || !is_text(address, 1))
    return std::nullopt;
  x.types = types;
  x.cluster = cluster;
  x.node = node;
  x.address = address;
  std::copy(nonce.begin(), nonce.end(), x.nonce.begin());
  return x;
}

std::string readable(std::string_view text, std::size_t most) {
  std::string result{text.substr(0, most)};
  std::replace_if(
      result.begin(), result.end(), [](char x) { return !printable(x); }, '?');
  return result;
}

} // namespace tidewire::net::cluster
