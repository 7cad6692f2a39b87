#include "config/moving/import_command.hpp"

#include "config/command.hpp"
#include "config/moving/exits.hpp"
#include "config/moving/moving.hpp"
#include "config/read_file.hpp"
#include "config/render.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

#include <unistd.h>

namespace tidewire::config::moving {

namespace {

/// What is wrong with the command line; empty when nothing is.
std::string wrong_with(const import_options& options) {
  const bool variables = options.environment || options.env_file;
  if (!variables && !options.soketi_file)
    return "says nothing to import; give --soketi FILE (soketi's JSON), "
           "--env-file FILE (a .env file), --env (this environment), or "
           "several of them";
  if (options.reverb && options.soketi_file)
    return "takes either --soketi or --reverb, not both";
  if (options.reverb && !variables)
    return "--reverb needs --env-file FILE or --env: Reverb is configured by "
           "variables";
  return {};
}

/// The variables to read; a problem when a file cannot be.
environment variables_of(const import_options& options,
                         const environment& process,
                         std::vector<problem>& problems) {
  auto own = options.environment ? process : environment{};
  if (!options.env_file)
    return own;
  const auto content = read_file(*options.env_file);
  if (content.error) {
    problems.push_back({*options.env_file,
                        0,
                        0,
                        {},
                        "cannot be read: " + content.error.message()});
    return own;
  }
  return read_env_file(content.text, own);
}

std::string header(const import_options& options) {
  std::string text = "# Written by `tidewire config import` from ";
  text += options.reverb ? "Laravel Reverb's variables"
                         : "the configuration of soketi";
  return text
         + ".\n# Behind every key stands where it comes from; keys that are "
           "not here have\n# their defaults, see `tidewire config default`.\n";
}

} // namespace

int import_command(const import_options& options, const environment& process,
                   std::ostream& out, std::ostream& err) {
  if (const auto wrong = wrong_with(options); !wrong.empty()) {
    err << "tidewire config import " << wrong << '\n';
    return exits::usage;
  }
  std::vector<problem> problems;
  const auto variables = variables_of(options, process, problems);
  auto found = options.reverb ? from_reverb(variables)
                              : from_soketi({options.soketi_file, variables});
  problems.insert(problems.end(), found.problems.begin(), found.problems.end());
  load_request request;
  request.imported = std::move(found.settings);
  request.imported_problems = std::move(problems);
  const auto loaded = load(request);
  err << render_report(found.findings, options.reverb ? "Reverb" : "soketi");
  print_problems(loaded, err);
  if (!loaded.ok())
    return exits::failed;
  if (options.strict && count_of(found.findings, finding::fate::unknown) > 0) {
    err << "there are unknown options, which --strict does not pass\n";
    return exits::failed;
  }
  out << header(options) << render_given(loaded.settings, loaded.origins);
  return exits::ok;
}

int import_command(int argc, char** argv) {
  CLI::App app{"Translates what another server was told into a tidewire.toml, "
               "which goes to stdout; what became of every option goes to "
               "stderr.",
               "tidewire config import"};
  import_options options;
  app.add_option("--soketi", options.soketi_file,
                 "soketi's configuration file (JSON)")
      ->type_name("FILE");
  app.add_flag("--env", options.environment,
               "read the SOKETI_… variables of this environment");
  app.add_option("--env-file", options.env_file,
                 "read them from a .env file; those of --env win")
      ->type_name("FILE");
  app.add_flag("--reverb", options.reverb,
               "read the REVERB_… variables of Laravel Reverb instead");
  app.add_flag("--strict", options.strict, "unknown options fail");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exits::ok : exits::usage;
  }
  return import_command(options, read_environment(environ), std::cout,
                        std::cerr);
}

std::vector<finding> add_soketi(load_request& request, bool variables,
                                const std::string& file) {
  if (!variables && file.empty())
    return {};
  soketi_sources sources;
  if (!file.empty())
    sources.file = file;
  if (variables)
    sources.variables = request.environment;
  auto found = from_soketi(sources);
  request.imported = std::move(found.settings);
  request.imported_problems = std::move(found.problems);
  return std::move(found.findings);
}

} // namespace tidewire::config::moving
