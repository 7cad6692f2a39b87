// What churn.cpp does with connections, and its account of them.
#pragma once

#include "tests/live/churn_wire.hpp"

#include <array>
#include <cstddef>

namespace tidewire::churn {

/// What a connection is started for.
enum class plan {
  stay,           // becomes open and is ended later
  unknown_key,    // refused with 4001
  bad_path,       // refused with 4005
  no_protocol,    // refused with 4008
  silent,         // connects and says nothing
  half_handshake, // says half of it
  early_reset,    // says it all and resets without waiting
  early_fin,      // says it all and sends FIN
};

/// How far it has come.
enum class stage { connecting, waiting, open, idle, closing };

/// One connection; owned by the epoll set until it is dropped.
struct connection {
  int fd = -1;
  plan what = plan::stay;
  stage at = stage::connecting;
  bool established = false;
  int close_code = 0;
  std::size_t place = 0; // in the list of open or idle ones
  server_stream stream;
};

/// What this process has done, as it sees it.
struct record {
  std::size_t started = 0;
  std::size_t opened = 0;
  std::size_t unsure = 0; // the server may have opened it; we did not wait
  std::size_t refused_key = 0;
  std::size_t refused_path = 0;
  std::size_t refused_protocol = 0;
};

/// Handshakes that are refused, and how.
struct refusal {
  plan what;
  const char* target;
  int code;
  std::size_t record::*count;
};

inline constexpr std::array refusals{
    refusal{plan::unknown_key, "/app/no-such-key?protocol=7", 4001,
            &record::refused_key},
    refusal{plan::bad_path, "/nowhere?protocol=7", 4005, &record::refused_path},
    refusal{plan::no_protocol, "/app/app-key", 4008, &record::refused_protocol},
};

inline const refusal* refusal_of(plan what) {
  for (const auto& one : refusals)
    if (one.what == what)
      return &one;
  return nullptr;
}

} // namespace tidewire::churn
