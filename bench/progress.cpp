#include "bench/progress.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

namespace tidewire::bench {

bool wants_colours(int fd) {
  // Nobody here sets the environment while others read it.
  const auto* no = std::getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe)
  return (no == nullptr || *no == '\0') && isatty(fd) == 1;
}

progress::progress(bool quiet)
    : enabled_(!quiet && isatty(STDERR_FILENO) == 1),
      colours_(wants_colours(STDERR_FILENO)) {}

progress::~progress() {
  clear();
}

void progress::show(std::string_view what, double done, std::string_view text) {
  const auto at = now();
  if (!enabled_ || at - last_ < 100 * a_millisecond)
    return;
  last_ = at;
  drawn_ = true;
  constexpr int width = 24;
  const auto full = static_cast<int>(std::clamp(done, 0.0, 1.0) * width);
  std::string line = "\r\x1b[K";
  line += what;
  line += colours_ ? " \x1b[36m" : " ";
  for (int i = 0; i < width; ++i)
    line += i < full ? "█" : "░";
  line += colours_ ? "\x1b[0m " : " ";
  line += text;
  std::cerr << line << std::flush;
}

void progress::clear() {
  if (drawn_)
    std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

} // namespace tidewire::bench
