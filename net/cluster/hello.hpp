// What a node says of itself before anything else, and how it is framed.
#pragma once

#include "net/cluster/proof.hpp"
#include "net/cluster/refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::net::cluster {

/// A node as it presents itself.
struct hello {
  std::uint8_t oldest = 1; ///< the records it understands
  std::uint8_t newest = 1;
  std::string types;   ///< what CAF carries between these two builds
  std::string cluster; ///< `cluster.name`
  std::string node;    ///< `server.node`
  std::uint64_t incarnation = 0;
  std::uint32_t stay = 1;
  std::uint16_t reactors = 1;
  std::string address; ///< where it can be dialled, `host:port`
  mac nonce{};

  bool operator==(const hello&) const = default;
};

/// A handshake is made of frames: the magic, the form of the handshake, the
/// step, the length of what follows (big endian), and that.
inline constexpr std::string_view magic = "TIDE";
inline constexpr unsigned char form = 1;
inline constexpr std::size_t head_size = 8;
inline constexpr std::size_t max_frame = 4096; ///< without the head
inline constexpr std::size_t max_name = 255;
inline constexpr std::size_t max_sentence = 512;

enum class step : std::uint8_t {
  challenge = 1, ///< acceptor: a nonce
  greeting = 2,  ///< dialler: hello, proof
  answer = 3,    ///< acceptor: hello, proof
  confirm = 4,   ///< dialler: proof over both
  welcome = 5,   ///< acceptor: BASP follows
  refused = 6,   ///< either: code, sentence
};

struct head {
  unsigned char form;
  step what;
  std::size_t size;
};

/// Nothing if it is not the head of a frame, or the frame is too long.
std::optional<head> read_head(std::string_view bytes) noexcept;
void append_frame(std::string& out, step what, std::string_view bytes);

std::string write_hello(const hello& x);
/// Fields that a newer form adds behind these are skipped. Nothing if a size or
/// a text is not what it may be.
std::optional<hello> read_hello(std::string_view bytes);

/// Letters, digits and punctuation of ASCII only, at most `most` bytes: what
/// strangers say goes to logs and terminals.
std::string readable(std::string_view text, std::size_t most = max_sentence);

} // namespace tidewire::net::cluster
