// capacity: what a connection costs here, and how many more fit.
#include "actors/usage/capacity.hpp"

#include "actors/commands/machine.hpp"
#include "actors/commands/request.hpp"
#include "actors/commands/table.hpp"

#include <fstream>
#include <iterator>

#include <sys/resource.h>
#include <unistd.h>

namespace tidewire::commands {

namespace {

using number = std::optional<std::uint64_t>;

std::string text_of(const std::string& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

number value_of(const std::string& file) {
  return usage::number_at(text_of(file), 0);
}

// The first of several that is a limit: version 2 of control groups, and 1.
void read_group(usage::machine_state& into) {
  struct place {
    const char *limit, *used;
  };
  constexpr std::uint64_t none = std::uint64_t{1}
                                 << 60U; // as version 1 says it
  for (auto& at :
       {place{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
        place{"/sys/fs/cgroup/memory/memory.limit_in_bytes",
              "/sys/fs/cgroup/memory/memory.usage_in_bytes"}})
    if (auto limit = value_of(at.limit); limit && *limit < none) {
      into.group_limit = limit;
      into.group_used = value_of(at.used);
      return;
    }
}

number descriptors_of(const facts& process) {
  for (auto& x : process.list)
    if (x.key == "descriptors")
      if (auto* n = std::get_if<std::int64_t>(&x.value))
        return static_cast<std::uint64_t>(*n);
  return std::nullopt;
}

usage::machine_state state_now(const desk& at) {
  usage::machine_state out;
  out.own_bytes = own_memory();
  if (at.memory_at_start != 0)
    out.own_bytes_at_start = at.memory_at_start;
  out.descriptors = descriptors_of(machine_facts());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    out.descriptor_limit = limit.rlim_cur;
  auto files = text_of("/proc/sys/fs/file-nr");
  out.system_files = usage::number_at(files, 0);
  out.system_file_limit = usage::number_at(files, 2);
  out.memory_available =
      usage::kib_line(text_of("/proc/meminfo"), "MemAvailable");
  read_group(out);
  auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  usage::read_sockstat(text_of("/proc/net/sockstat"), page, out);
  if (auto pages = usage::number_at(text_of("/proc/sys/net/ipv4/tcp_mem"), 2))
    out.tcp_bytes_limit = *pages * page;
  usage::read_slabs(text_of("/proc/slabinfo"), out);
  out.tracked_limit = value_of("/proc/sys/net/netfilter/nf_conntrack_max");
  out.tracked = value_of("/proc/sys/net/netfilter/nf_conntrack_count");
  return out;
}

void answer_capacity(const request& who) {
  auto node_limit = who.settings().limits.max_connections;
  who.ask_gauge([who, node_limit](const gauge_reading& reading) {
    auto connections = reading.open() + reading.unauthorized();
    auto sockets = reading.sockets;
    who.work([connections, sockets, node_limit](const request& same) {
      auto at = state_now(same.at());
      at.connections = connections;
      at.sockets = sockets;
      at.node_limit = node_limit;
      return usage::capacity_answer(at);
    });
  });
}

} // namespace

command capacity_command() {
  return {"capacity",
          role::read,
          "Says what a connection costs here, and how many more fit.",
          "Memory is measured, not assumed: that of the process by how much it "
          "grew since it began to listen, that of the kernel by its table of "
          "objects. The first resource that ends is named. Limits of apps and "
          "tiers are not looked at.",
          {},
          {"capacity", "capacity --json"},
          answer_capacity};
}

} // namespace tidewire::commands
