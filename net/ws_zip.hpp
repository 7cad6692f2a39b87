// The bytes of a compressed message (RFC 7692 §7.2), made and read with zlib.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct z_stream_s;

namespace tidewire::net {

/// Inflates whole messages, one after the other; keeps nothing between them.
/// One serves all decoders of a thread: 40 KiB of zlib's and 64 KiB of output,
/// taken when the first message comes.
class ws_inflater {
public:
  enum class outcome : std::uint8_t { done, too_big, broken };

  /// `text` is valid until the next call or the end of `owned`, where a text
  /// over 64 KiB lives.
  struct result {
    outcome what = outcome::broken;
    std::string_view text = {};
    std::unique_ptr<char[]> owned = {};
  };

  ws_inflater() noexcept;
  ~ws_inflater();
  ws_inflater(const ws_inflater&) = delete;
  ws_inflater& operator=(const ws_inflater&) = delete;

  /// The message whose compressed payload is `packed`. Nothing is allocated for
  /// more than `limit` bytes, nor before the size is known: what does not fit
  /// into the shared output is inflated twice, first to be counted, and work
  /// ends one byte over the limit. Throws std::bad_alloc only.
  result inflate(std::string_view packed, std::uint32_t limit);

private:
  class pass;
  struct closer {
    void operator()(z_stream_s* stream) const noexcept;
  };

  std::unique_ptr<z_stream_s, closer> stream_;
  std::unique_ptr<char[]> scratch_;
};

/// Deflates whole messages. One serves a thread: 256 KiB of zlib's and as much
/// as the largest message, taken when the first one comes.
class ws_deflater {
public:
  ws_deflater() noexcept;
  ~ws_deflater();
  ws_deflater(const ws_deflater&) = delete;
  ws_deflater& operator=(const ws_deflater&) = delete;

  /// The compressed payload of a message, valid until the next call; nullopt
  /// if it is not shorter than `text`. `level` is zlib's, 1 to 9.
  std::optional<std::string_view> deflate(std::string_view text, int level);

private:
  struct closer {
    void operator()(z_stream_s* stream) const noexcept;
  };

  std::unique_ptr<z_stream_s, closer> stream_;
  std::unique_ptr<char[]> out_;
  std::size_t room_ = 0;
  int level_ = 0;
};

} // namespace tidewire::net
