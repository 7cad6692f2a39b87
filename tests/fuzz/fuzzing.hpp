// What the fuzz targets share.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace tidewire::fuzzing {

/// A finding is an abort: libFuzzer keeps the input.
inline void require(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

/// The same with a text to look at.
inline void require(bool holds, const char* what, std::string_view shown) {
  if (!holds)
    std::fprintf(stderr, "look at: %.*s\n", static_cast<int>(shown.size()),
                 shown.data());
  require(holds, what);
}

} // namespace tidewire::fuzzing
