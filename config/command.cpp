#include "config/command.hpp"

#include "config/assignment.hpp"
#include "config/render.hpp"
#include "config/words.hpp"

#include <algorithm>
#include <ostream>

namespace tidewire::config {

namespace {

constexpr int ok = 0;
constexpr int failed = 1;
constexpr int usage = 2;

int check(const load_request& request, const command_options& options,
          std::ostream& out, std::ostream& err) {
  const auto loaded = load(request);
  print_problems(loaded, err);
  const auto name = request.file.value_or("configuration without a file");
  const auto warnings = counted(loaded.warnings.size(), "warning");
  if (!loaded.ok()) {
    err << name << ": " << counted(loaded.errors.size(), "error") << ", "
        << warnings << '\n';
    return exit_code(loaded);
  }
  if (options.strict && !loaded.warnings.empty()) {
    err << name << ": " << warnings << ", which --strict does not pass\n";
    return failed;
  }
  out << name << ": ok";
  if (!loaded.warnings.empty())
    out << ", " << warnings;
  out << '\n';
  return ok;
}

int show(const load_request& request, const command_options& options,
         std::ostream& out, std::ostream& err) {
  const auto loaded = load(request);
  print_problems(loaded, err);
  if (loaded.ok())
    out << render_effective(loaded.settings, loaded.origins,
                            options.show_secrets ? secrets::shown
                                                 : secrets::hidden);
  return exit_code(loaded);
}

} // namespace

int exit_code(const load_result& loaded) {
  const auto by_flag = [](const problem& each) {
    return each.file.starts_with("--");
  };
  if (std::any_of(loaded.errors.begin(), loaded.errors.end(), by_flag))
    return usage;
  return loaded.ok() ? ok : failed;
}

void print_problems(const load_result& loaded, std::ostream& err) {
  for (const auto& each : loaded.errors)
    err << "error: " << to_string(each) << '\n';
  for (const auto& each : loaded.warnings)
    err << "warning: " << to_string(each) << '\n';
}

int config_command(std::string_view verb, const load_request& request,
                   const command_options& options, std::ostream& out,
                   std::ostream& err) {
  if (verb == "check")
    return check(request, options, out, err);
  if (verb == "show")
    return show(request, options, out, err);
  if (verb == "default") {
    out << render_default_toml();
    return ok;
  }
  if (verb == "doc") {
    out << render_reference();
    return ok;
  }
  err << "tidewire config: found " << in_quotes(verb)
      << ", expected one of check, show, default, doc, import\n";
  return usage;
}

} // namespace tidewire::config
