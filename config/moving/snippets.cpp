#include "config/moving/snippets.hpp"

#include "config/assignment.hpp"
#include "config/rules.hpp"

#include <algorithm>

namespace tidewire::config::moving {

namespace {

/// A value of a `.env` file. Plain where it can be; `$` and quotes mean
/// something to PHP's reader, and single quotes take all of it literally.
std::string env_value(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_-.:/+=@~";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos)
    return text;
  if (text.find('\'') == std::string::npos)
    return '\'' + text + '\'';
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$')
      quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string line(std::string_view name, const std::string& value) {
  return std::string(name) + '=' + env_value(value) + '\n';
}

/// The build replaces it by the other variable's value.
std::string reference(std::string_view name) {
  return "VITE_" + std::string(name) + "=\"${" + std::string(name) + "}\"\n";
}

std::string_view scheme_of(const endpoint& at) {
  return at.tls ? "https" : "http";
}

std::string_view boolean(bool value) {
  return value ? "true" : "false";
}

/// What laravel-echo and pusher-js are told, indented.
std::string client_options(const endpoint& at, const std::string& indent) {
  const auto port = std::to_string(at.port);
  std::string text = indent + "wsHost: " + in_quotes(at.host)
                     + ", wsPort: " + port + ", wssPort: " + port + ",\n"
                     + indent + "forceTLS: " + std::string(boolean(at.tls))
                     + ", enabledTransports: [\"ws\", \"wss\"], cluster: "
                       "\"\",\n";
  if (!at.path_prefix.empty())
    text += indent + "wsPath: " + in_quotes(at.path_prefix) + ",\n";
  return text;
}

constexpr std::string_view echo_comment =
    R"(# resources/js/echo.js (or bootstrap.js) hands them to laravel-echo:
#   new Echo({
#       broadcaster: 'pusher',
#       key: import.meta.env.VITE_PUSHER_APP_KEY,
#       cluster: import.meta.env.VITE_PUSHER_APP_CLUSTER,
#       wsHost: import.meta.env.VITE_PUSHER_HOST,
#       wsPort: import.meta.env.VITE_PUSHER_PORT,
#       wssPort: import.meta.env.VITE_PUSHER_PORT,
#       forceTLS: import.meta.env.VITE_PUSHER_SCHEME === 'https',
#       enabledTransports: ['ws', 'wss'],
)";

} // namespace

endpoint endpoint_of(const settings& all, std::optional<bool> tls) {
  endpoint at;
  at.tls = tls.value_or(all.tls.on());
  at.host = is_any_address(all.server.host) ? "127.0.0.1" : all.server.host;
  at.port = at.tls && all.tls.on() && !all.tls.same_port ? all.tls.port
                                                         : all.server.port;
  at.path_prefix = all.server.path_prefix;
  return at;
}

std::string laravel_env(const app& of, const endpoint& at) {
  const auto& pair = of.keys.front();
  std::string text = "# Tidewire's app " + of.id
                     + "; before Laravel 11 the first is called "
                       "BROADCAST_DRIVER\n";
  text += line("BROADCAST_CONNECTION", "pusher");
  text += line("PUSHER_APP_ID", of.id);
  text += line("PUSHER_APP_KEY", pair.key);
  text += line("PUSHER_APP_SECRET", pair.secret);
  text += line("PUSHER_HOST", at.host);
  text += line("PUSHER_PORT", std::to_string(at.port));
  text += line("PUSHER_SCHEME", std::string(scheme_of(at)));
  // The libraries want one, though there is none.
  text += line("PUSHER_APP_CLUSTER", "mt1");
  text += '\n';
  for (const auto* name : {"PUSHER_APP_KEY", "PUSHER_HOST", "PUSHER_PORT",
                           "PUSHER_SCHEME", "PUSHER_APP_CLUSTER"})
    text += reference(name);
  text += '\n' + std::string(echo_comment);
  if (!at.path_prefix.empty())
    text += "#       wsPath: '" + at.path_prefix + "',\n";
  text += "#   });\n";
  if (!at.path_prefix.empty())
    text += "# config/broadcasting.php, in the options of pusher:\n"
            "#   'path' => '"
            + at.path_prefix + "',\n";
  return text;
}

std::string node_snippet(const app& of, const endpoint& at) {
  const auto& pair = of.keys.front();
  // The library has no option for a path; behind the port is where it fits.
  return "// npm install pusher\n"
         "import Pusher from \"pusher\";\n\n"
         "const pusher = new Pusher({\n  appId: "
         + in_quotes(of.id) + ", key: " + in_quotes(pair.key) + ",\n  secret: "
         + in_quotes(pair.secret) + ",\n  host: " + in_quotes(at.host)
         + ", port: " + in_quotes(std::to_string(at.port) + at.path_prefix)
         + ", useTLS: " + std::string(boolean(at.tls))
         + ",\n});\n"
           "await pusher.trigger(\"news\", \"hello\", { from: \"Node\" });\n";
}

std::string js_snippet(const app& of, const endpoint& at) {
  return "// npm install pusher-js\n"
         "import Pusher from \"pusher-js\";\n\n"
         "const pusher = new Pusher("
         + in_quotes(of.keys.front().key) + ", {\n" + client_options(at, "  ")
         + "});\n"
           "pusher.subscribe(\"news\").bind(\"hello\", console.log);\n";
}

} // namespace tidewire::config::moving
