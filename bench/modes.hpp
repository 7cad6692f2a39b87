// The kinds of run, with what a person may choose about each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "bench/clock.hpp"
#include "bench/publish_request.hpp"
#include "bench/report.hpp"
#include "bench/target.hpp"

namespace tidewire::bench {

/// What all modes have in common.
struct run_settings {
  target to;
  socket_address address;
  /// Other nodes of its cluster: fan-outs have subscribers on all of them.
  std::vector<std::pair<target, socket_address>> also;
  app_identity app;
  std::vector<socket_address> sources;
  std::vector<pid_t> pids; ///< of the server; may be empty
  std::size_t threads = 1;
  bool quiet = false;
};

/// Open connections and hold them.
struct connections_options {
  std::size_t hold = 1'000;
  double rate = 0; ///< per second; 0 is as fast as the server answers
  std::size_t in_flight = 128;
  std::size_t channels = 1;
  nanos duration = 30 * a_second;
  bool deflate = false; ///< they offer compression, and must get it
};

/// One channel, many subscribers, some publishers.
struct fanout_options {
  std::size_t subscribers = 1'000;
  std::size_t publishers = 1;
  std::size_t pipeline = 1;
  std::size_t size = 64; ///< of an event's data, in bytes
  double rate = 0;       ///< deliveries per second; 0 is a closed loop
  nanos duration = 10 * a_second;
  nanos warmup = a_second;
  std::size_t samplers = 16;
  std::string channel = "bench";
  bool deflate = false; ///< subscribers offer compression, and must get it

  /// The closed loop in which an event is published when all have the one
  /// before it.
  bool one_at_a_time() const {
    return rate <= 0 && publishers == 1 && pipeline == 1;
  }
};

/// Open and close at random, with a record of it.
struct churn_options {
  std::size_t hold = 1'000; ///< connections to hover around
  double rate = 500;        ///< openings per second
  nanos duration = 30 * a_second;
  nanos checkpoint = 5 * a_second; ///< quiet moments, so far apart
  std::string record;              ///< a file for the record, if any
  std::string gauge;               ///< URL of /metrics to compare with, if any
  std::uint64_t seed = 1;
};

/// They block until the run is over, draw progress on stderr and return what
/// they found. std::system_error if there are no descriptors for a loop.
report run_connections(const run_settings& settings,
                       const connections_options& options);
report run_fanout(const run_settings& settings, const fanout_options& options);
report run_churn(const run_settings& settings, const churn_options& options);

/// How many descriptors a run needs and how many it may have: the soft limit is
/// raised to the hard one. Returns the sentence to refuse with if that is not
/// enough.
std::optional<bad_input> make_room(std::size_t descriptors);

/// As above for the ports of the source addresses.
std::optional<bad_input> enough_ports(std::size_t connections,
                                      const run_settings& settings);

} // namespace tidewire::bench
