// The demo page, embedded at build time from examples/demo.
#pragma once

#include <span>
#include <string_view>

namespace tidewire {

struct demo_file {
  std::string_view path; ///< as requested, `/` for the page itself
  std::string_view content_type;
  std::string_view bytes;
};

extern const std::span<const demo_file> demo_files;

} // namespace tidewire
