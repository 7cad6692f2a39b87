// Whether this machine lets a run have what it asks for.
#include <algorithm>

#include <sys/resource.h>

#include "bench/modes.hpp"

namespace tidewire::bench {

std::optional<bad_input> make_room(std::size_t descriptors) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (descriptors <= limit.rlim_cur)
    return std::nullopt;
  return bad_input{"needs " + grouped(descriptors) + " descriptors, limit "
                   + grouped(limit.rlim_cur)
                   + "; raise it with ulimit -n or "
                     "ask for fewer connections"};
}

std::optional<bad_input> enough_ports(std::size_t connections,
                                      const run_settings& settings) {
  const auto ports = ephemeral_ports();
  const auto sources = std::max<std::size_t>(settings.sources.size(), 1);
  if (connections <= ports * sources)
    return std::nullopt;
  const auto needed = (connections + ports - 1) / ports;
  return bad_input{grouped(connections) + " connections need " + grouped(needed)
                   + " source addresses (" + grouped(ports)
                   + " ports each), such as --source "
                     "127.0.0.1-127.0.0."
                   + std::to_string(std::min<std::size_t>(needed, 254))};
}

} // namespace tidewire::bench
