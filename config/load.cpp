#include "config/load.hpp"

#include "config/apply.hpp"
#include "config/env_reader.hpp"
#include "config/flag_reader.hpp"
#include "config/read_file.hpp"
#include "config/schema.hpp"
#include "config/toml_reader.hpp"
#include "config/validate.hpp"

namespace tidewire::config {

namespace {

std::vector<assignment> read_config_file(const std::string& name,
                                         report& problems) {
  const auto content = read_file(name);
  if (content.error) {
    problems.add({name,
                  0,
                  0,
                  {},
                  "cannot be read: " + content.error.message(),
                  grade::error});
    return {};
  }
  auto parsed = read_toml(content.text, name);
  if (auto* wrong = std::get_if<problem>(&parsed)) {
    problems.add(std::move(*wrong));
    return {};
  }
  return std::get<std::vector<assignment>>(std::move(parsed));
}

// Whoever says anything about a cluster wants to be in one.
void switch_cluster_on(load_result& result) {
  if (result.given("cluster.enabled"))
    return;
  for (const auto& each : leaves_of(result.settings))
    if (each.key.starts_with("cluster.") && result.given(each.key))
      result.settings.cluster.enabled = true;
}

} // namespace

load_result load(const load_request& request) {
  load_result result;
  report problems;
  applier layers{result.settings, result.origins, problems};
  for (const auto& each : request.imported_problems)
    problems.add(each);
  for (const auto& each : request.imported)
    layers.apply(each);
  if (request.file)
    for (const auto& each : read_config_file(*request.file, problems))
      layers.apply(each);
  for (const auto& each : read_variables(request, problems))
    layers.apply(each);
  for (const auto& each : read_flags(request, problems))
    layers.apply(each);
  switch_cluster_on(result);
  validate(result.settings, result.origins, problems);
  result.errors = problems.take(grade::error);
  result.warnings = problems.take(grade::warning);
  return result;
}

} // namespace tidewire::config
