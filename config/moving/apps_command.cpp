#include "config/moving/apps_command.hpp"

#include "config/assignment.hpp"
#include "config/command.hpp"
#include "config/moving/exits.hpp"
#include "config/moving/import_command.hpp"
#include "config/moving/snippets.hpp"
#include "config/suggest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

#include <unistd.h>

namespace tidewire::config::moving {

namespace {

const app* find_app(const settings& all, const std::string& name) {
  const auto by_id =
      std::find_if(all.apps.begin(), all.apps.end(),
                   [&](const app& each) { return each.id == name; });
  if (by_id != all.apps.end())
    return &*by_id;
  for (const auto& each : all.apps)
    for (const auto& pair : each.keys)
      if (pair.key == name)
        return &each;
  return nullptr;
}

void print_unknown(const settings& all, const std::string& name,
                   std::ostream& err) {
  std::vector<std::string> ids;
  std::string list;
  for (const auto& each : all.apps) {
    ids.push_back(each.id);
    list += (list.empty() ? "" : ", ") + each.id;
  }
  err << "there is no app with the id or key " << in_quotes(name);
  if (const auto near = nearest(name, ids); near && *near != name)
    err << "; did you mean " << *near << '?';
  err << (list.empty() ? "; the configuration has no app at all"
                       : "; there are: " + list)
      << '\n';
}

std::string rendered(snippet what, const app& of, const endpoint& at) {
  switch (what) {
  case snippet::laravel:
    return laravel_env(of, at);
  case snippet::node:
    return node_snippet(of, at);
  case snippet::js:
    break;
  }
  return js_snippet(of, at);
}

} // namespace

int apps_env(const apps_env_options& options, const load_request& request,
             std::ostream& out, std::ostream& err) {
  const auto loaded = load(request);
  print_problems(loaded, err);
  if (!loaded.ok())
    return exit_code(loaded);
  const auto* found = find_app(loaded.settings, options.app);
  if (found == nullptr) {
    print_unknown(loaded.settings, options.app, err);
    return exits::failed;
  }
  auto at = endpoint_of(loaded.settings, options.tls);
  if (options.host)
    at.host = *options.host;
  if (options.port)
    at.port = *options.port;
  bool first = true;
  for (const auto each : options.snippets) {
    out << (first ? "" : "\n") << rendered(each, *found, at);
    first = false;
  }
  if (!found->enabled)
    err << "note: the app " << found->id << " is disabled\n";
  return exits::ok;
}

int apps_command(int argc, char** argv) {
  CLI::App app{"About the apps of the configuration.", "tidewire apps"};
  app.require_subcommand(1);
  auto* env = app.add_subcommand(
      "env", "Prints what clients and publishers have to be told about an app");
  apps_env_options options;
  bool laravel = false;
  bool node = false;
  bool js = false;
  std::string scheme;
  std::string file;
  std::string soketi_file;
  bool from_soketi = false;
  std::vector<std::string> sets;
  env->add_option("app", options.app, "the app's id, or a key of it")
      ->type_name("APP")
      ->required();
  env->add_flag("--laravel", laravel, "the block of Laravel's .env");
  env->add_flag("--node", node, "a publisher with Node's pusher");
  env->add_flag("--js", js, "a client with pusher-js");
  env->add_option("--host", options.host,
                  "the name by which clients reach the server");
  env->add_option("--port", options.port, "the port at which they do")
      ->check(CLI::Range(1, 65535));
  env->add_option("--scheme", scheme, "http or https")
      ->check(CLI::IsMember({"http", "https"}));
  env->add_option("--config,-c", file, "TOML file to read")
      ->envname("TIDEWIRE_CONFIG");
  env->add_option("--set", sets, "sets any key")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->take_all();
  env->add_flag("--from-soketi", from_soketi,
                "obey the SOKETI_… variables, as serve does");
  env->add_option("--soketi-config", soketi_file, "soketi's JSON file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exits::ok : exits::usage;
  }
  for (const auto& [wanted, what] :
       {std::pair{laravel, snippet::laravel}, std::pair{node, snippet::node},
        std::pair{js, snippet::js}})
    if (wanted)
      options.snippets.push_back(what);
  if (options.snippets.empty()) {
    std::cerr << "say for whom: --laravel, --node or --js\n";
    return exits::usage;
  }
  if (!scheme.empty())
    options.tls = scheme == "https";
  load_request request;
  if (!file.empty())
    request.file = file;
  request.environment = read_environment(environ);
  request.other_variables = {"TIDEWIRE_CONFIG", "TIDEWIRE_BIN",
                             "TIDEWIRE_SOKETI", "TIDEWIRE_SOKETI_CONFIG"};
  for (const auto& value : sets)
    request.flags.push_back({"--set", value});
  add_soketi(request, from_soketi, soketi_file);
  return apps_env(options, request, std::cout, std::cerr);
}

} // namespace tidewire::config::moving
