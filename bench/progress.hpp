// The line on a terminal that moves while a run lasts.
#pragma once

#include <string>
#include <string_view>

#include "bench/clock.hpp"

namespace tidewire::bench {

/// Draws on stderr, and only if that is a terminal. Colours only where they are
/// wanted (https://no-color.org). For the conductor's thread.
class progress {
public:
  explicit progress(bool quiet);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Shows a bar, `done` from 0 to 1, and a text; at most ten times a second.
  void show(std::string_view what, double done, std::string_view text);

  /// Takes the line away.
  void clear();

private:
  bool enabled_;
  bool colours_;
  bool drawn_ = false;
  nanos last_ = 0;
};

/// Whether to colour what goes to this descriptor: it is a terminal, and
/// NO_COLOR is not set.
bool wants_colours(int fd);

} // namespace tidewire::bench
