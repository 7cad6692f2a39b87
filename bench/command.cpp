#include "bench/command.hpp"

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "bench/crew.hpp"
#include "bench/modes.hpp"
#include "bench/proc_stats.hpp"
#include "bench/progress.hpp"
#include "config/suggest.hpp"
#include "config/units.hpp"

namespace tidewire {
namespace {

using namespace bench;

enum exit_code { all_well = 0, failed = 1, wrong_usage = 2, unreachable = 3 };

// What the flags of all modes say, as typed.
struct common_flags {
  std::string url = "ws://127.0.0.1:6001";
  std::vector<std::string> also;
  std::string source;
  run_settings settings;
  bool json = false;
};

// A duration that is written `30s`. CLI11 knows no way to say it better than a
// check and a conversion.
void add_duration(CLI::App& app, const std::string& name, nanos& value,
                  const std::string& help) {
  const auto in_seconds = std::to_string(value / a_second) + "s";
  app.add_option_function<std::string>(
         name,
         [&value, name](const std::string& text) {
           const auto parsed = config::parse_duration(text);
           if (!parsed || parsed->count() <= 0)
             throw CLI::ValidationError(
                 name,
                 "\"" + text + "\" is not a duration such as 500ms, 30s, 5m");
           value = std::chrono::duration_cast<std::chrono::nanoseconds>(*parsed)
                       .count();
         },
         help + " [" + in_seconds + "]")
      ->type_name("TIME");
}

template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& name, T& value,
                        const std::string& help, std::uint64_t low,
                        std::uint64_t high) {
  // CLI11's own range writes its type and limits into the help in a way that
  // nobody wants to read.
  const auto within = [low, high](const std::string& text) {
    double number = 0;
    if (CLI::detail::lexical_cast(text, number)
        && number >= static_cast<double>(low)
        && number <= static_cast<double>(high))
      return std::string();
    return "\"" + text + "\" is not a number from " + grouped(low) + " to "
           + grouped(high);
  };
  return app.add_option(name, value, help)
      ->check(within, "")
      ->capture_default_str()
      ->type_name("N");
}

void add_common(CLI::App& app, common_flags& flags) {
  const auto group = "Every mode";
  app.add_option("--url", flags.url, "Where the server listens")
      ->capture_default_str()
      ->type_name("URL")
      ->group(group);
  app.add_option("--app-id", flags.settings.app.id, "The app to publish to")
      ->capture_default_str()
      ->type_name("ID")
      ->group(group);
  app.add_option("--key", flags.settings.app.key, "Its key")
      ->capture_default_str()
      ->type_name("KEY")
      ->group(group);
  app.add_option("--secret", flags.settings.app.secret, "Its secret")
      ->capture_default_str()
      ->type_name("SECRET")
      ->group(group);
  app.add_option("--source", flags.source,
                 "Addresses to connect from, one or a range such as "
                 "127.0.0.1-127.0.0.8; one address has about 28,000 ports")
      ->type_name("IP[-IP]")
      ->group(group);
  app.add_option("--pid", flags.settings.pids,
                 "Processes of the server: reports their CPU and memory")
      ->type_name("PID")
      ->group(group);
  add_number(app, "--threads", flags.settings.threads,
             "Threads of the generator", 1, 256)
      ->group(group);
  app.add_flag("--json", flags.json, "Write one JSON object instead of a table")
      ->group(group);
  app.add_flag("--quiet", flags.settings.quiet,
               "No progress bar (there is none without a terminal either)")
      ->group(group);
}

void add_deflate(CLI::App& mode, bool& deflate) {
  mode.add_flag("--deflate", deflate,
                "They negotiate compression (permessage-deflate)");
}

CLI::App* add_connections(CLI::App& app, connections_options& options) {
  auto* mode = app.add_subcommand(
      "connections", "Open connections, hold them, and say what they cost");
  add_number(*mode, "--hold", options.hold, "Connections to open", 1,
             10'000'000);
  add_number(*mode, "--rate", options.rate,
             "Begin so many per second; 0: as fast as they are answered", 0,
             1'000'000);
  add_number(*mode, "--in-flight", options.in_flight,
             "At most so many at a time on their way", 1, 100'000);
  add_number(*mode, "--channels", options.channels,
             "Spread them over so many channels", 1, 1'000'000);
  add_deflate(*mode, options.deflate);
  add_duration(*mode, "--for", options.duration, "Hold them for so long");
  mode->footer(
      "Each connection is upgraded, greeted and subscribed to a channel, and\n"
      "answers every ping. Memory is what the processes' anonymous memory "
      "grew\n"
      "by, CPU what they used from the first connect to the last "
      "subscription.\n"
      "\n"
      "Examples:\n"
      "  tidewire bench connections --hold 10000 --for 40s\n"
      "  tidewire bench connections --hold 50000 --rate 2000 \\\n"
      "      --source 127.0.0.1-127.0.0.2 --pid $(pidof tidewire)");
  return mode;
}

void add_fanout_flags(CLI::App& mode, fanout_options& options) {
  add_number(mode, "--subscribers", options.subscribers,
             "Subscribers of the channel", 1, 1'000'000);
  add_number(mode, "--publishers", options.publishers,
             "Keep-alive HTTP connections that publish", 1, 256);
  add_number(mode, "--size", options.size,
             "Bytes of data in an event (its stamp takes 25)", stamp::size,
             60'000);
  add_duration(mode, "--for", options.duration, "Measure for so long");
  add_duration(mode, "--warmup", options.warmup, "Publish so long before");
  add_number(mode, "--samplers", options.samplers,
             "Subscribers whose deliveries are timed and checked for order", 1,
             1'000);
  add_deflate(mode, options.deflate);
  mode.add_option("--channel", options.channel, "A public channel")
      ->capture_default_str()
      ->type_name("NAME");
}

CLI::App* add_fanout(CLI::App& app, fanout_options& options) {
  auto* mode = app.add_subcommand(
      "fanout", "Publish to one channel with many subscribers");
  add_fanout_flags(*mode, options);
  add_number(*mode, "--pipeline", options.pipeline,
             "Unanswered publishes of each publisher", 1, 10'000);
  add_number(*mode, "--rate", options.rate,
             "Deliveries per second to keep to; 0: a closed loop", 0,
             1'000'000'000);
  mode->footer(
      "Three ways to publish:\n"
      "  one at a time  (one publisher, pipeline 1) the next event goes out "
      "when\n"
      "                 every subscriber has the one before\n"
      "  closed loop    (more of either) an answer releases the next publish\n"
      "  fixed rate     (--rate) whatever the server does; latency counts "
      "from\n"
      "                 when an event was due, so that stalls are not hidden\n"
      "\n"
      "Every delivery is counted; order and latency are taken from the "
      "samplers.\n"
      "\n"
      "Examples:\n"
      "  tidewire bench fanout\n"
      "  tidewire bench fanout --publishers 8 --pipeline 16 --for 20s --json\n"
      "  tidewire bench fanout --rate 50000 --pid $(pidof tidewire)");
  return mode;
}

CLI::App* add_latency(CLI::App& app, fanout_options& options) {
  auto* mode = app.add_subcommand(
      "latency", "The same at a fixed rate of 50,000 deliveries per second");
  options.rate = 50'000;
  add_fanout_flags(*mode, options);
  add_number(*mode, "--rate", options.rate, "Deliveries per second", 1,
             1'000'000'000);
  mode->footer("Example:\n"
               "  tidewire bench latency --subscribers 500 --for 30s");
  return mode;
}

CLI::App* add_churn(CLI::App& app, churn_options& options) {
  auto* mode = app.add_subcommand(
      "churn", "Open and close at random, with a record to check a gauge by");
  add_number(*mode, "--hold", options.hold,
             "Hover around so many open connections", 1, 1'000'000);
  add_number(*mode, "--rate", options.rate, "Openings per second", 0.1,
             1'000'000);
  add_duration(*mode, "--for", options.duration, "Churn for so long");
  add_duration(*mode, "--checkpoint", options.checkpoint,
               "Come to rest and check so often");
  mode->add_option("--record", options.record,
                   "Write a line of JSON per opening and closing to this file")
      ->type_name("FILE");
  mode->add_option("--gauge", options.gauge,
                   "At each checkpoint tidewire_connections has to equal the "
                   "record, such as http://127.0.0.1:9601/metrics")
      ->type_name("URL");
  mode->add_option("--seed", options.seed, "Of the random choices")
      ->capture_default_str()
      ->type_name("N");
  mode->footer(
      "Of the openings 5 % stop halfway through the handshake, 5 % leave "
      "before\n"
      "the answer, 5 % use an unknown key. Closes are clean, with 4200, "
      "doubled,\n"
      "followed by a reset, a bare FIN, or a reset, each equally often.\n"
      "\n"
      "Example:\n"
      "  tidewire bench churn --rate 2000 --hold 3000 --for 60s \\\n"
      "      --record churn.jsonl --gauge http://127.0.0.1:9601/metrics");
  return mode;
}

int complain(const std::string& what, exit_code code) {
  std::cerr << "tidewire bench: " << what << '\n';
  return code;
}

// A server that is not there is told at once, and by its own exit code.
std::optional<std::string> unreachable_because(const run_settings& settings) {
  const auto fd = ::socket(settings.address.storage.ss_family,
                           SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::optional<std::string> why;
  if (fd < 0
      || ::connect(fd, settings.address.get(), settings.address.size) != 0)
    why = std::generic_category().message(errno);
  if (fd >= 0)
    ::close(fd);
  return why;
}

bool is_public_channel(std::string_view name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_-=@,.;";
  return !name.empty() && name.size() <= 164
         && name.find_first_not_of(allowed) == std::string_view::npos
         && !name.starts_with("private-") && !name.starts_with("presence-");
}

struct choices {
  common_flags common;
  connections_options connections;
  fanout_options fanout;
  fanout_options latency;
  churn_options churn;
};

std::optional<bad_input> look_up(common_flags& flags) {
  const auto to = parse_target(flags.url);
  if (const auto* wrong = std::get_if<bad_input>(&to))
    return *wrong;
  flags.settings.to = std::get<target>(to);
  const auto address = resolve(flags.settings.to);
  if (const auto* wrong = std::get_if<bad_input>(&address))
    return *wrong;
  flags.settings.address = std::get<socket_address>(address);
  for (const auto& url : flags.also) {
    const auto other = parse_target(url);
    if (const auto* wrong = std::get_if<bad_input>(&other))
      return *wrong;
    const auto where = resolve(std::get<target>(other));
    if (const auto* wrong = std::get_if<bad_input>(&where))
      return *wrong;
    flags.settings.also.emplace_back(std::get<target>(other),
                                     std::get<socket_address>(where));
  }
  if (flags.source.empty())
    return std::nullopt;
  auto sources = parse_sources(flags.source);
  if (const auto* wrong = std::get_if<bad_input>(&sources))
    return *wrong;
  if (flags.settings.address.storage.ss_family != AF_INET)
    return bad_input{"--source is for IPv4 targets"};
  flags.settings.sources = std::get<std::vector<socket_address>>(sources);
  return std::nullopt;
}

int run(const CLI::App& mode, choices& all) {
  auto& settings = all.common.settings;
  const auto& name = mode.get_name();
  const auto& fanout = name == "latency" ? all.latency : all.fanout;
  const auto fans_out = name == "fanout" || name == "latency";
  if (const auto wrong = look_up(all.common))
    return complain(wrong->message, wrong_usage);
  if (fans_out && !is_public_channel(fanout.channel))
    return complain("\"" + fanout.channel + "\" is not a public channel's name",
                    wrong_usage);
  if (settings.threads > 1
      && (name == "churn" || (fans_out && fanout.one_at_a_time())))
    return complain("this mode runs on one thread only", wrong_usage);
  for (const auto pid : settings.pids)
    if (!cpu_of({pid}))
      return complain("there is no process " + std::to_string(pid)
                          + " that may be looked at",
                      wrong_usage);
  const auto connections = name == "connections" ? all.connections.hold
                           : name == "churn"
                               ? 2 * all.churn.hold
                               : fanout.subscribers + fanout.publishers;
  // Besides those: epoll sets, the standard streams, files of /proc.
  for (const auto& wrong :
       {make_room(connections + 50), enough_ports(connections, settings)})
    if (wrong)
      return complain(wrong->message, failed);
  if (const auto why = unreachable_because(settings))
    return complain("cannot reach " + settings.to.url() + ": " + *why
                        + "; is the server running?",
                    unreachable);
  catch_interrupts();
  const auto result = fans_out ? run_fanout(settings, fanout)
                      : name == "churn"
                          ? run_churn(settings, all.churn)
                          : run_connections(settings, all.connections);
  if (all.common.json)
    result.write_json(std::cout);
  else
    result.write_table(std::cout, wants_colours(STDOUT_FILENO));
  std::cout.flush();
  return result.failed() ? failed : all_well;
}

} // namespace

int bench_command(int argc, char** argv) {
  choices all;
  CLI::App app("Puts load on a Pusher server and measures what comes back.",
               "tidewire bench");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 ok, 1 something was lost, refused or closed, "
             "2 wrong usage,\n3 no server there. See also docs/benchmarks.md.");
  for (auto* mode :
       {add_connections(app, all.connections), add_fanout(app, all.fanout),
        add_latency(app, all.latency), add_churn(app, all.churn)})
    add_common(*mode, all.common);
  for (const auto* name : {"fanout", "latency"})
    app.get_subcommand(name)
        ->add_option("--also", all.common.also,
                     "Other nodes of the cluster: subscribers are spread over "
                     "all, events are published to --url")
        ->type_name("URL");
  if (argc > 1 && argv[1][0] != '-') {
    std::vector<std::string> names;
    for (const auto* mode : app.get_subcommands({}))
      names.push_back(mode->get_name());
    if (std::find(names.begin(), names.end(), argv[1]) == names.end()) {
      const auto meant = config::nearest(argv[1], names);
      return complain("there is no mode \"" + std::string(argv[1]) + "\""
                          + (meant ? "; did you mean " + *meant + "?"
                                   : "; --help lists them"),
                      wrong_usage);
    }
  }
  try {
    app.parse(argc, argv);
    return run(*app.get_subcommands().front(), all);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? all_well : wrong_usage;
  } catch (const std::system_error& error) {
    return complain(error.what(), failed);
  }
}

} // namespace tidewire
