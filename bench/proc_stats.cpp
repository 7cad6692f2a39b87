#include "bench/proc_stats.hpp"

#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include <ctime>
#include <unistd.h>

namespace tidewire::bench {
namespace {

std::optional<std::uint64_t> number_at(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  const auto* begin = text.data() + first;
  const auto [end, error] =
      std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc{} || end == begin)
    return std::nullopt;
  return value;
}

// The value, in bytes, of the line `Name:   123 kB`.
std::optional<std::uint64_t> kib_line(std::string_view text,
                                      std::string_view name) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    if (line.size() > name.size() && line.starts_with(name)
        && line[name.size()] == ':') {
      if (const auto kib = number_at(line.substr(name.size() + 1)))
        return *kib * 1024;
      return std::nullopt;
    }
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<std::string> read_proc(pid_t pid, const char* file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  if (!in)
    return std::nullopt;
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (text.empty())
    return std::nullopt;
  return text;
}

std::optional<memory_use> memory_of(pid_t pid) {
  if (const auto text = read_proc(pid, "smaps_rollup"))
    if (const auto use = parse_smaps_rollup(*text))
      return use;
  if (const auto text = read_proc(pid, "status"))
    return parse_status(*text);
  return std::nullopt;
}

std::optional<cpu_use> cpu_of(pid_t pid) {
  const auto text = read_proc(pid, "stat");
  if (!text)
    return std::nullopt;
  auto use = parse_stat(*text, sysconf(_SC_CLK_TCK));
  clockid_t clock{};
  timespec time{};
  if (use && clock_getcpuclockid(pid, &clock) == 0
      && clock_gettime(clock, &time) == 0)
    use->total = time.tv_sec * 1'000'000'000 + time.tv_nsec;
  return use;
}

} // namespace

std::optional<memory_use> parse_smaps_rollup(std::string_view text) {
  const auto resident = kib_line(text, "Rss");
  const auto anonymous = kib_line(text, "Anonymous");
  if (!resident || !anonymous)
    return std::nullopt;
  return memory_use{*resident, *anonymous,
                    kib_line(text, "Private_Dirty").value_or(*anonymous)};
}

std::optional<memory_use> parse_status(std::string_view text) {
  const auto resident = kib_line(text, "VmRSS");
  const auto anonymous = kib_line(text, "RssAnon");
  if (!resident || !anonymous)
    return std::nullopt;
  return memory_use{*resident, *anonymous, *anonymous};
}

std::optional<cpu_use> parse_stat(std::string_view text, long hz) {
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos || hz <= 0)
    return std::nullopt;
  // After the name comes field 3; user and system time are fields 14 and 15.
  auto rest = text.substr(name_end + 1);
  for (int field = 3; field < 14; ++field) {
    const auto start = rest.find_first_not_of(' ');
    if (start == std::string_view::npos)
      return std::nullopt;
    const auto end = rest.find(' ', start);
    if (end == std::string_view::npos)
      return std::nullopt;
    rest.remove_prefix(end);
  }
  const auto user = number_at(rest);
  const auto second = rest.find(' ', rest.find_first_not_of(' '));
  if (!user || second == std::string_view::npos)
    return std::nullopt;
  const auto system = number_at(rest.substr(second));
  if (!system)
    return std::nullopt;
  const auto tick = 1'000'000'000 / hz;
  const auto in_user = static_cast<std::int64_t>(*user) * tick;
  const auto in_system = static_cast<std::int64_t>(*system) * tick;
  return cpu_use{in_user + in_system, in_user, in_system};
}

std::optional<memory_use> memory_of(const std::vector<pid_t>& pids) {
  memory_use sum;
  for (const auto pid : pids) {
    const auto use = memory_of(pid);
    if (!use)
      return std::nullopt;
    sum.resident += use->resident;
    sum.anonymous += use->anonymous;
    sum.private_dirty += use->private_dirty;
  }
  return sum;
}

std::optional<memory_use> settled_memory_of(const std::vector<pid_t>& pids) {
  auto last = memory_of(pids);
  for (int i = 0; last && i < 16; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    const auto next = memory_of(pids);
    if (!next)
      return std::nullopt;
    const auto moved = next->anonymous > last->anonymous
                           ? next->anonymous - last->anonymous
                           : last->anonymous - next->anonymous;
    last = next;
    if (moved <= 4096)
      break;
  }
  return last;
}

std::optional<cpu_use> cpu_of(const std::vector<pid_t>& pids) {
  cpu_use sum;
  for (const auto pid : pids) {
    const auto use = cpu_of(pid);
    if (!use)
      return std::nullopt;
    sum.total += use->total;
    sum.user += use->user;
    sum.system += use->system;
  }
  return sum;
}

} // namespace tidewire::bench
