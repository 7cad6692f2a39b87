// Fuzzes configuration files: whatever stands in one, loading ends with
// settings or with sentences, and settings that are shown load as themselves.
//
// Input: the file.
#include "config/load.hpp"
#include "config/render.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace tidewire::config;
using tidewire::fuzzing::require;

// A file that is on no disk.
class memory_file {
public:
  memory_file() : fd_(::memfd_create("config", 0)) {
    require(fd_ >= 0, "there is a file to write to");
  }
  ~memory_file() { ::close(fd_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  load_result load(std::string_view content) const {
    require(::ftruncate(fd_, 0) == 0
                && ::pwrite(fd_, content.data(), content.size(), 0)
                       == static_cast<ssize_t>(content.size()),
            "the file can be written");
    load_request request;
    request.file = "/proc/self/fd/" + std::to_string(fd_);
    return tidewire::config::load(request);
  }

private:
  int fd_;
};

void check(const problem& what, grade severity) {
  const auto line = to_string(what);
  require(!what.message.empty() && line.find('\n') == std::string::npos,
          "a problem is one line", line);
  require(what.severity == severity, "a problem is among its like", line);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const memory_file file;
  const auto loaded = file.load({reinterpret_cast<const char*>(data), size});
  for (const auto& each : loaded.errors)
    check(each, grade::error);
  for (const auto& each : loaded.warnings)
    check(each, grade::warning);
  if (!loaded.ok())
    return 0;
  const auto shown =
      render_effective(loaded.settings, loaded.origins, secrets::shown);
  const auto again = file.load(shown);
  require(again.ok(), "what is shown can be loaded", shown);
  require(again.settings == loaded.settings,
          "what is shown loads as the same settings", shown);
  return 0;
}
