// The program `tidewire`: its commands and their flags.
#include "actors/console/ctl.hpp"
#include "actors/console/ledger.hpp"
#include "actors/server.hpp"
#include "bench/command.hpp"
#include "config/command.hpp"
#include "config/flags.hpp"
#include "config/moving/apps_command.hpp"
#include "config/moving/import_command.hpp"
#include "config/moving/moving.hpp"
#include "config/suggest.hpp"
#include "net/log.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace tidewire;

enum exit_code : int {
  ok = 0,
  failed = 1,
  usage = 2,
  over = 5, // the cluster holds this life to be over: begin a new one
};

// Ends the process if its orderly end takes too long.
class watchdog {
public:
  explicit watchdog(std::chrono::seconds limit)
      : thread_([this, limit] {
          std::unique_lock lock{mutex_};
          if (ended_.wait_for(lock, limit, [this] { return done_; }))
            return;
          log_error("shutdown_hung", "shutdown did not end within {} s",
                    limit.count());
          _exit(failed);
        }) {}

  ~watchdog() {
    {
      std::lock_guard lock{mutex_};
      done_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }

private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

// As many descriptors as the machine allows: each connection is one.
rlim_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

bool has_demo_secret(const config::settings& settings) {
  for (auto& app : settings.apps)
    for (auto& pair : app.keys)
      if (pair.secret == config::demo_secret)
        return true;
  return false;
}

std::string shown(const std::string& host) {
  return host.find(':') != std::string::npos ? "[" + host + "]" : host;
}

// With the public demo secret only this machine is served, unless a host is
// given (design, 8).
config::load_result load_to_serve(const config::load_request& request) {
  auto loaded = config::load(request);
  if (has_demo_secret(loaded.settings) && !loaded.given("server.host"))
    loaded.settings.server.host = "127.0.0.1";
  return loaded;
}

// Waits for the first signal to drain, and for the second, or the end of the
// drain, to return. SIGHUP reloads.
void run_until_told(server& node) {
  boost::asio::io_context io{1};
  boost::asio::signal_set signals{io, SIGTERM, SIGINT};
  boost::asio::signal_set hangups{io, SIGHUP};
  std::function<void()> reload = [&] {
    hangups.async_wait([&](auto error, int) {
      if (error)
        return;
      node.reload();
      reload();
    });
  };
  reload();
  boost::asio::steady_timer timer{io};
  auto begun = std::chrono::steady_clock::time_point::max();
  std::function<void()> check = [&] {
    auto late = begun + node.drain_duration() + std::chrono::seconds{1};
    if (node.drained() || std::chrono::steady_clock::now() >= late) {
      io.stop();
      return;
    }
    timer.expires_after(std::chrono::milliseconds{20});
    timer.async_wait([&](auto error) {
      if (!error)
        check();
    });
  };
  signals.async_wait([&](auto, int) {
    log_info("draining",
             "closing all connections within {} ms; a second signal ends the "
             "process at once",
             node.drain_duration().count());
    begun = std::chrono::steady_clock::now();
    node.drain();
    // The reactors' counts are one housekeeping old.
    timer.expires_after(std::chrono::milliseconds{100});
    timer.async_wait([&](auto error) {
      if (!error)
        check();
    });
    signals.async_wait([&](auto, int) { _exit(failed); });
  });
  io.run();
}

using soketi_findings = std::vector<config::moving::finding>;

// What soketi was told is obeyed only when asked for, and then said.
void tell_of_soketi(const config::load_request& request,
                    const soketi_findings& findings) {
  using fate = config::moving::finding::fate;
  for (auto& each : findings)
    if (each.is == fate::unknown)
      log_warning("soketi_unknown", "{}: {}", each.name, each.text);
    else if (each.is == fate::ignored)
      log_info("soketi_ignored", "{}: {}", each.name, each.text);
  if (!findings.empty())
    log_info("soketi_obeyed",
             "soketi's options: {}; `tidewire config import` tells of each",
             config::moving::summary_of(findings));
  auto names = config::moving::soketi_names(request.environment);
  if (findings.empty() && !names.empty())
    log_warning("soketi_disregarded",
                "{} variable(s) of soketi such as {} are set and not obeyed; "
                "--from-soketi obeys them, `tidewire config import --env` "
                "translates them",
                names.size(), names.front());
}

int serve(const config::load_request& request,
          const soketi_findings& from_soketi) {
  auto loaded = load_to_serve(request);
  config::print_problems(loaded, std::cerr);
  if (!loaded.ok())
    return std::any_of(loaded.errors.begin(), loaded.errors.end(),
                       [](auto& e) { return e.file.starts_with("--"); })
               ? usage
               : failed;
  auto settings = loaded.settings;
  auto demo = has_demo_secret(settings);
  start_logging(settings.log.level, settings.log.format);
  tell_of_soketi(request, from_soketi);
  auto descriptors = raise_descriptor_limit();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN); // until there is something to reload
  auto whole = std::make_unique<server>(
      settings, [request] { return load_to_serve(request); },
      [] { ::kill(::getpid(), SIGTERM); });
  auto& node = *whole;
  try {
    node.start();
  } catch (const std::exception& e) {
    log_error("start_failed", "{}", e.what());
    return failed;
  }
  std::cout << "listening on ws://" << shown(settings.server.host) << ':'
            << node.port() << '\n';
  if (node.tls_port() != 0)
    std::cout << "listening on wss://" << shown(settings.server.host) << ':'
              << node.tls_port() << '\n';
  std::cout << "admin on http://" << shown(settings.admin.host) << ':'
            << node.admin_port() << '\n';
  if (demo)
    std::cout << "demo page: http://" << shown(settings.admin.host) << ':'
              << node.admin_port() << "/\n";
  std::cout << std::flush;
  if (demo)
    log_warning("demo_secret",
                "an app has the public demo secret, so everybody can publish; "
                "{}",
                loaded.given("server.host")
                    ? "the server listens on " + settings.server.host
                          + " because server.host says so"
                    : std::string{"listening on 127.0.0.1 only"});
  log_info("started",
           "node {} serves {} app(s) on {} reactor(s); {} descriptors",
           node.name(), settings.apps.size(), node.reactors(), descriptors);
  run_until_told(node);
  watchdog limit{std::chrono::seconds{5}};
  node.stop();
  auto life_is_over = node.life_is_over();
  std::string name{node.name()};
  whole.reset(); // the actor system may hang, too
  log_info("stopped", "all connections are closed");
  if (!life_is_over)
    return ok;
  log_error("life_over",
            "the cluster holds this life of node {} to be over; the process "
            "ends with {} and may be started anew at once",
            name, static_cast<int>(over));
  return over;
}

// Binds every flag of the configuration table to a command.
class setting_flags {
public:
  void add_to(CLI::App& command) {
    command.add_option("--config,-c", file_, "TOML file to read")
        ->envname("TIDEWIRE_CONFIG");
    command
        .add_flag("--from-soketi", obeys_soketi_,
                  "Obey soketi's variables (SOKETI_…)")
        ->envname("TIDEWIRE_SOKETI");
    command
        .add_option("--soketi-config", soketi_file_,
                    "soketi's configuration file to obey (JSON)")
        ->type_name("FILE")
        ->envname("TIDEWIRE_SOKETI_CONFIG");
    for (auto& info : config::flags()) {
      auto& slot = values_.emplace_back();
      slot.flag = info.flag;
      command.add_option(slot.flag, slot.given, std::string{info.sentence})
          ->type_name(info.key.empty() ? "KEY=VALUE" : "VALUE")
          ->allow_extra_args(false)
          ->take_all();
    }
  }

  /// `from_soketi` is told what became of soketi's options.
  config::load_request request(soketi_findings& from_soketi) const {
    config::load_request out;
    if (!file_.empty())
      out.file = file_;
    out.environment = config::read_environment(environ);
    out.other_variables = {"TIDEWIRE_CONFIG", "TIDEWIRE_BIN", "TIDEWIRE_SOKETI",
                           "TIDEWIRE_SOKETI_CONFIG"};
    from_soketi = config::moving::add_soketi(out, obeys_soketi_, soketi_file_);
    for (auto& slot : values_)
      for (auto& value : slot.given)
        out.flags.push_back({slot.flag, value});
    return out;
  }

private:
  struct bound_flag {
    std::string flag;
    std::vector<std::string> given;
  };

  std::string file_;
  bool obeys_soketi_ = false;
  std::string soketi_file_;
  std::list<bound_flag> values_;
};

// CLI11 would only say that a command is missing.
bool knows_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> commands;
  for (auto* command :
       app.get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(command->get_name());
  if (std::find(commands.begin(), commands.end(), word) != commands.end())
    return true;
  std::cerr << "tidewire: there is no command \"" << word << '"';
  if (auto meant = config::nearest(word, commands))
    std::cerr << "; did you mean \"" << *meant << "\"?";
  std::cerr << " (tidewire --help lists them)\n";
  return false;
}

} // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view{argv[1]} == "bench")
    return bench_command(argc - 1, argv + 1);
  if (argc > 1 && std::string_view{argv[1]} == "ctl")
    return console::ctl_command(argc - 1, argv + 1);
  if (argc > 1 && std::string_view{argv[1]} == "console")
    return console::console_command(argc - 1, argv + 1);
  if (argc > 1 && std::string_view{argv[1]} == "ledger")
    return console::ledger_command(argc - 1, argv + 1);
  if (argc > 1 && std::string_view{argv[1]} == "apps")
    return config::moving::apps_command(argc - 1, argv + 1);
  if (argc > 2 && std::string_view{argv[1]} == "config"
      && std::string_view{argv[2]} == "import")
    return config::moving::import_command(argc - 2, argv + 2);
  CLI::App app{"Tidewire holds very many WebSockets open, speaks the Pusher "
               "protocol on them, and knows how many there are."};
  app.set_version_flag("--version", "tidewire " TIDEWIRE_VERSION);
  app.require_subcommand(1);
  setting_flags serve_flags;
  setting_flags config_flags;
  auto* serve_app = app.add_subcommand("serve", "Serves clients");
  serve_flags.add_to(*serve_app);
  auto* config_app =
      app.add_subcommand("config", "Checks and shows the configuration");
  config_flags.add_to(*config_app);
  std::string verb;
  config::command_options options;
  config_app->add_option("verb", verb, "check, show, default, doc or import")
      ->required();
  config_app->add_flag("--strict", options.strict,
                       "check: warnings count as errors");
  config_app->add_flag("--show-secrets", options.show_secrets,
                       "show: print secrets as they are");
  app.add_subcommand("ledger", "Statements, checks and backups of the ledger "
                               "without a server; see ledger help");
  app.add_subcommand("ctl", "Runs one operator command on a running server; "
                            "see ctl help");
  app.add_subcommand("console", "Runs operator commands on a running server, "
                                "one after another");
  app.add_subcommand("apps", "Tells what to configure for an app's clients; "
                             "see apps --help");
  app.add_subcommand("bench", "Generates load and measures; see bench --help");
  if (argc > 1 && argv[1][0] != '-' && !knows_command(app, argv[1]))
    return usage;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    auto code = app.exit(e);
    return code == 0 ? ok : usage;
  }
  soketi_findings moved;
  if (*serve_app)
    return serve(serve_flags.request(moved), moved);
  return config::config_command(verb, config_flags.request(moved), options,
                                std::cout, std::cerr);
}
