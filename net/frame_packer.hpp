// Compressed twins of frames, for those who negotiated permessage-deflate.
#pragma once

#include "config/settings.hpp"
#include "messages/frame.hpp"
#include "net/ws_zip.hpp"

#include <cstdint>

namespace tidewire::net {

/// Makes a frame's compressed form when it is first asked for; the frame keeps
/// it and whoever asks later, on whatever thread, gets the same one. One per
/// reactor, used by its thread.
class frame_packer {
public:
  /// `settings` outlives it and may change between calls.
  explicit frame_packer(const config::compression_settings& settings) noexcept
      : settings_(settings) {}

  /// What to send to a client whose window has so many bits: the compressed
  /// form, or `plain` itself where that is no whole text message, is small,
  /// does not shrink or refers back too far for such a window. A message that
  /// is no longer than the window cannot refer back farther, so that one
  /// compressed form serves all windows.
  const frame& form_of(const frame& plain, unsigned window_bits);

  /// Makes the compressed form if there is none yet.
  void prepare(const frame& plain) { form_of(plain, 15); }

  /// How many frames it has compressed, successfully or not.
  std::uint64_t packed() const noexcept { return packed_; }

private:
  frame_ptr pack(const frame& plain, std::string_view payload);

  const config::compression_settings& settings_;
  ws_deflater deflater_;
  std::uint64_t packed_ = 0;
};

} // namespace tidewire::net
