// What the kernel says about the server's processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace tidewire::bench {

/// Memory of a process, in bytes, as /proc/PID/smaps_rollup sums it up.
struct memory_use {
  std::uint64_t resident = 0;
  /// Heap, stacks, anonymous mappings: the user memory that connections cost.
  /// Socket buffers are the kernel's and are in none of these.
  std::uint64_t anonymous = 0;
  std::uint64_t private_dirty = 0;

  friend bool operator==(const memory_use&, const memory_use&) = default;
};

/// Processor time of a process since it started, in nanoseconds.
struct cpu_use {
  std::int64_t total = 0;
  std::int64_t user = 0;
  std::int64_t system = 0;
};

/// Parses the text of smaps_rollup; nullopt if Rss or Anonymous is missing.
std::optional<memory_use> parse_smaps_rollup(std::string_view text);

/// Parses the text of /proc/PID/status (RssAnon, VmRSS), which is readable
/// where smaps_rollup is not; private_dirty is then RssAnon.
std::optional<memory_use> parse_status(std::string_view text);

/// Parses the text of /proc/PID/stat, whose ticks last 1/`hz` seconds. The
/// program's name in it may hold blanks and parentheses.
std::optional<cpu_use> parse_stat(std::string_view text, long hz);

/// The sum over these processes; nullopt if one of them cannot be read.
std::optional<memory_use> memory_of(const std::vector<pid_t>& pids);

/// Waits until two readings 250 ms apart agree within 4 KiB, at most 4 s, and
/// returns the last. Blocks: not for a worker's thread.
std::optional<memory_use> settled_memory_of(const std::vector<pid_t>& pids);

/// As memory_of. `total` comes from the process's CPU clock (nanoseconds, ended
/// threads included), user and system from the coarser ticks of stat.
std::optional<cpu_use> cpu_of(const std::vector<pid_t>& pids);

} // namespace tidewire::bench
