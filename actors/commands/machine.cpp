#include "actors/commands/machine.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <sys/stat.h>

namespace tidewire::commands {

namespace {

// `VmRSS:     1234 kB`; nothing if /proc does not say.
cell kib_of(const std::string& status, const std::string& name) {
  auto at = status.find('\n' + name + ':');
  if (at == std::string::npos)
    return {};
  at = status.find_first_of("0123456789", at);
  return at == std::string::npos ? cell{}
                                 : whole(std::stoll(status.substr(at)) * 1024);
}

cell number_of(const std::string& status, const std::string& name) {
  auto text = kib_of(status, name);
  if (auto* x = std::get_if<std::int64_t>(&text))
    *x /= 1024;
  return text;
}

// New kernels say how many there are without listing them.
cell open_descriptors() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) != 0)
    return {};
  if (folder.st_size > 0)
    return whole(folder.st_size);
  std::error_code error;
  std::int64_t count = -1; // that of the listing itself
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end;
       !error && at != end; at.increment(error))
    ++count;
  return error ? cell{} : whole(count);
}

} // namespace

std::uint64_t own_memory() {
  std::ifstream file("/proc/self/status");
  std::string status{std::istreambuf_iterator<char>{file}, {}};
  auto found = kib_of(status, "RssAnon");
  auto* bytes = std::get_if<std::int64_t>(&found);
  return bytes ? static_cast<std::uint64_t>(*bytes) : 0;
}

facts machine_facts() {
  std::ifstream file("/proc/self/status");
  std::string status{std::istreambuf_iterator<char>{file}, {}};
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return {"process",
          {{"resident_bytes", unit::bytes, kib_of(status, "VmRSS"),
            "resident memory"},
           {"anonymous_bytes", unit::bytes, kib_of(status, "RssAnon"),
            "of its own"},
           {"descriptors", unit::count, open_descriptors()},
           {"descriptor_limit", unit::count, whole(limit.rlim_cur)},
           {"threads", unit::count, number_of(status, "Threads")}},
          "Process"};
}

} // namespace tidewire::commands
