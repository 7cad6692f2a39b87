/// What texts may look like: one predicate and one phrase each. Pure.
#pragma once

#include <array>
#include <string_view>

namespace tidewire::config {

/// A condition on a text, and how it is put to the operator ("expected …").
struct text_rule {
  bool (*accepts)(std::string_view text) = nullptr;
  std::string_view expected;
};

/// An IPv4 or IPv6 address, or `localhost`: names are not looked up, because a
/// listener that depends on DNS fails at the worst time.
bool is_host(std::string_view text);

/// Whether only this machine can reach the address.
bool is_loopback(std::string_view host);

/// Whether the address stands for every interface.
bool is_any_address(std::string_view host);

namespace rules {

/// Digits, as at Pusher; other servers allow words, and those who move in
/// bring them.
bool is_app_id(std::string_view text);
bool is_key(std::string_view text);
bool is_secret(std::string_view text);
bool is_secret_or_empty(std::string_view text);
bool is_name(std::string_view text);
bool is_name_or_empty(std::string_view text);
/// "UTC", or a zone that this machine has: the one rule that looks at a file.
bool is_time_zone(std::string_view text);
bool is_path_prefix(std::string_view text);
bool is_folder(std::string_view text);
bool is_file_or_empty(std::string_view text);
/// What an app's `origins` may hold: an origin as browsers send it, a host
/// (any scheme and port), `*.` and a host for the hosts below it, or `*`.
bool is_origin(std::string_view text);
bool is_http_url(std::string_view text);
bool is_http_url_or_empty(std::string_view text);
bool is_network(std::string_view text);
/// A host or address and a port: `node-a:6101`, `[fd00::1]:6101`.
bool is_endpoint(std::string_view text);
bool is_endpoint_or_empty(std::string_view text);
/// An address, not a name, and a port, which may be 0 for any free one.
bool is_listen_address(std::string_view text);
/// What `Access-Control-Allow-Origin` may say, or nothing.
bool is_cors_origin(std::string_view text);
/// A channel's name in which any number of `*` stand for any text.
bool is_channel_pattern(std::string_view text);

inline constexpr text_rule host{is_host, R"(an IP address or "localhost")"};
inline constexpr text_rule app_id{is_app_id,
                                  "1 to 64 letters, digits, or any of -_."};
inline constexpr text_rule key{is_key,
                               "1 to 200 letters, digits, or any of -_.~"};
inline constexpr text_rule secret{
    is_secret, "1 to 200 printable ASCII characters without spaces"};
inline constexpr text_rule secret_or_empty{
    is_secret_or_empty,
    R"(up to 200 printable ASCII characters without spaces; or "")"};
inline constexpr text_rule name{is_name,
                                "1 to 64 letters, digits, or any of -_."};
inline constexpr text_rule time_zone{
    is_time_zone,
    R"("UTC" or a time zone of this machine (package tzdata), such as )"
    R"("Europe/Berlin")"};
inline constexpr text_rule name_or_empty{
    is_name_or_empty, R"(up to 64 letters, digits, or any of -_.; or "")"};
inline constexpr text_rule path_prefix{is_path_prefix,
                                       R"("" or a path such as "/realtime")"};
inline constexpr text_rule folder{is_folder, "the path of a folder"};
inline constexpr text_rule file_or_empty{is_file_or_empty,
                                         R"(the path of a file; or "")"};
inline constexpr text_rule origin{
    is_origin,
    R"(an origin or host such as "https://example.com", "example.com",)"
    R"( "*.example.com" or "*", in lower case and without a path)"};
inline constexpr text_rule http_url{
    is_http_url, R"(a URL such as "https://example.com/hook")"};
inline constexpr text_rule http_url_or_empty{
    is_http_url_or_empty, R"(a URL such as "https://example.com/hook"; or "")"};

inline constexpr text_rule network{
    is_network,
    R"(an address or a network such as "10.0.0.0/8" or "fd00::/8")"};
inline constexpr text_rule endpoint{
    is_endpoint, R"(a host and a port such as "10.0.0.2:6101")"};
inline constexpr text_rule endpoint_or_empty{
    is_endpoint_or_empty,
    R"(a host and a port such as "10.0.0.2:6101"; or "")"};
inline constexpr text_rule listen_address{
    is_listen_address,
    R"(an address and a port such as "10.0.0.1:6101" or "[::]:6101")"};
inline constexpr text_rule cors_origin{
    is_cors_origin, R"("", "*" or an origin such as "https://example.com")"};
inline constexpr text_rule channel_pattern{
    is_channel_pattern, R"(a channel or pattern such as "presence-*")"};

inline constexpr std::array<std::string_view, 7> log_levels{
    "trace", "debug", "info", "warn", "error", "critical", "off"};
inline constexpr std::array<std::string_view, 3> log_formats{"auto", "text",
                                                             "json"};
inline constexpr std::array<std::string_view, 3> when_over{
    "refuse_4100", "refuse_4004", "observe"};
inline constexpr std::array<std::string_view, 7> webhook_events{
    "channel_occupied",  "channel_vacated", "member_added",
    "member_removed",    "client_event",    "cache_miss",
    "subscription_count"};

} // namespace rules

} // namespace tidewire::config
