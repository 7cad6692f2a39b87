#include "actors/console/destination.hpp"

#include "actors/commands/answer.hpp"
#include "actors/console/environment.hpp"
#include "net/url.hpp"

#include <filesystem>
#include <fstream>

namespace tidewire::console {

namespace {

constexpr int failed = 1;

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string out;
  std::getline(in, out);
  while (out.ends_with('\r') || out.ends_with(' '))
    out.pop_back();
  return out;
}

std::variant<destination, no_destination>
at_url(const options& given, const config::settings& settings) {
  auto url = net::parse_url(given.url);
  if (!url || url->secure || url->target != "/")
    return no_destination{"--url: found \"" + given.url
                              + "\", expected http://HOST:PORT, the admin port "
                                "of a server.",
                          exit_code(commands::status::usage)};
  destination out;
  out.host = url->host;
  out.port = url->port;
  out.why = "--url";
  auto file = given.token_file;
  if (file.empty())
    file = settings.admin.token_file;
  if (file.empty())
    file = settings.data_dir + "/admin-token";
  out.token = first_line(file);
  if (out.token.empty())
    return no_destination{"The admin token cannot be read from " + file
                              + "; name the file with --token-file.",
                          failed};
  return out;
}

} // namespace

std::variant<destination, no_destination> find_server(const options& given) {
  destination out;
  if (!given.socket.empty()) {
    out.socket = given.socket;
    out.why = "--socket";
    return out;
  }
  config::settings settings;
  auto needed = given.url.empty() || given.token_file.empty();
  if (needed) {
    auto request = request_of(given);
    auto loaded = config::load(request);
    if (!loaded.ok())
      return no_destination{
          "The configuration cannot be used: "
              + to_string(loaded.errors.front())
              + " (tidewire config check lists all; --data-dir or --socket say "
                "without it where the server is)",
          failed};
    settings = std::move(loaded.settings);
    auto from = !given.data_dir.empty() ? std::string{"--data-dir"}
                : loaded.given("data_dir")
                    ? request.file.value_or("the environment")
                    : std::string{"the default"};
    out.why = "data_dir is " + settings.data_dir + ", by " + from;
  }
  if (!given.url.empty())
    return at_url(given, settings);
  std::error_code ignored;
  out.socket =
      std::filesystem::absolute(settings.data_dir + "/admin.sock", ignored)
          .lexically_normal()
          .string();
  return out;
}

} // namespace tidewire::console
