#include "actors/console/environment.hpp"

#include <cstdlib>

#include <unistd.h>

namespace tidewire::console {

std::string variable(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here changes it
  auto* value = std::getenv(name);
  return value ? value : std::string{};
}

config::load_request request_of(const options& given) {
  config::load_request out;
  out.environment = config::read_environment(environ);
  out.other_variables = {"TIDEWIRE_CONFIG", "TIDEWIRE_BIN", "TIDEWIRE_SOKETI",
                         "TIDEWIRE_SOKETI_CONFIG"};
  if (!given.config_file.empty())
    out.file = given.config_file;
  else if (auto file = variable("TIDEWIRE_CONFIG"); !file.empty())
    out.file = file;
  if (!given.data_dir.empty())
    out.flags.push_back({"--set", "data_dir=" + given.data_dir});
  return out;
}

} // namespace tidewire::console
