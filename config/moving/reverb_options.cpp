// Laravel Reverb's variables and ours.
#include "config/moving/option.hpp"

namespace tidewire::config::moving {

namespace {

constexpr std::string_view for_clients =
    "it tells Laravel where the server is: `tidewire apps env --laravel` "
    "prints what takes its place";
constexpr std::string_view no_laravel =
    "Tidewire is not part of the Laravel application; it has metrics of its "
    "own";
constexpr std::string_view own_rate =
    "Tidewire limits client events, not every message: "
    "client_events_per_second";

constexpr option reverb_rows[] = {
    {"", "SERVER", "", reading::text, "there is one kind of server"},
    {"", "SERVER_HOST", "server.host"},
    {"", "SERVER_PORT", "server.port", reading::count},
    {"", "SERVER_PATH", "server.path_prefix"},
    {"", "HOST", "", reading::text, for_clients},
    {"", "PORT", "", reading::text, for_clients},
    {"", "SCHEME", "", reading::text, for_clients},
    {"", "INTERNAL_HOST", "", reading::text, for_clients},
    {"", "INTERNAL_PORT", "", reading::text, for_clients},
    {"", "INTERNAL_SCHEME", "", reading::text, for_clients},
    {"", "MAX_REQUEST_SIZE", "limits.max_http_body", reading::bytes},
    {"", "SCALING_ENABLED", "", reading::flag, no_redis},
    {"", "SCALING_CHANNEL", "", reading::text, no_redis},
    {"", "PULSE_INGEST_INTERVAL", "", reading::seconds, no_laravel},
    {"", "TELESCOPE_INGEST_INTERVAL", "", reading::seconds, no_laravel},
    {"", "APP_ID", "apps[0].id"},
    {"", "APP_KEY", "apps[0].keys[0].key"},
    {"", "APP_SECRET", "apps[0].keys[0].secret"},
    {"", "APP_PING_INTERVAL", "", reading::seconds,
     "silent clients are pinged after limits.activity_timeout"},
    {"", "APP_ACTIVITY_TIMEOUT", "limits.activity_timeout", reading::seconds},
    {"", "APP_MAX_CONNECTIONS", "apps[0].max_connections", reading::limit},
    {"", "APP_MAX_MESSAGE_SIZE", "limits.max_message", reading::bytes},
    {"", "APP_ACCEPT_CLIENT_EVENTS_FROM", "apps[0].client_events",
     reading::own_way},
    {"", "APP_RATE_LIMITING_ENABLED", "", reading::flag, own_rate},
    {"", "APP_RATE_LIMIT_MAX_ATTEMPTS", "", reading::count, own_rate},
    {"", "APP_RATE_LIMIT_DECAY_SECONDS", "", reading::seconds, own_rate},
    {"", "APP_RATE_LIMIT_TERMINATE", "", reading::flag, own_rate},
};

} // namespace

std::span<const option> reverb_options() {
  return reverb_rows;
}

} // namespace tidewire::config::moving
