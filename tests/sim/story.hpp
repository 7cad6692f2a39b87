// What happened, for people: the time, then a sentence.
#pragma once

#include "tests/sim/time.hpp"

#include <cstdio>
#include <ostream>
#include <string>

namespace tidewire::sim {

class story {
public:
  explicit story(std::ostream& to) : to_(to) {}

  template <class... Parts>
  void say(instant at, const Parts&... parts) {
    char time[32];
    std::snprintf(time, sizeof time, "%9.3f s  ",
                  static_cast<double>(at) / static_cast<double>(second));
    to_ << time;
    (to_ << ... << parts);
    to_ << '\n';
  }

private:
  std::ostream& to_;
};

/// `n2`: how a story calls a host.
inline std::string host_name(std::uint32_t x) {
  return "n" + std::to_string(x);
}

} // namespace tidewire::sim
