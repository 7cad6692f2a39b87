#include "net/pusher/handshake.hpp"

#include "net/pusher/query.hpp"
#include "net/pusher/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tidewire::pusher {

namespace {

rejected refuse(close_code code) {
  return {code, info_of(code).reason};
}

// Client libraries write 8.6.0, v2.1, 4.4-rc1 or 1.0.0+build.
bool is_version(std::string_view text) noexcept {
  if (text.starts_with('v'))
    text.remove_prefix(1);
  return !text.empty() && text.front() >= '0' && text.front() <= '9'
         && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                     || (c >= 'A' && c <= 'Z') || c == '.' || c == '-'
                     || c == '+' || c == '_' || c == ' ';
            });
}

std::string_view without_prefix(std::string_view path,
                                std::string_view prefix) noexcept {
  while (prefix.ends_with('/'))
    prefix.remove_suffix(1);
  if (!prefix.empty() && path.starts_with(prefix)
      && path.substr(prefix.size()).starts_with('/'))
    path.remove_prefix(prefix.size());
  return path;
}

} // namespace

std::variant<accepted, rejected> parse_handshake(std::string_view target,
                                                 std::string_view path_prefix) {
  constexpr std::string_view app_path = "/app/";
  auto path = target.substr(0, target.find('?'));
  auto raw_query = path.size() < target.size() ? target.substr(path.size() + 1)
                                               : std::string_view{};
  path = without_prefix(path, path_prefix);
  if (!path.starts_with(app_path))
    return refuse(close_code::path_not_found);
  auto key = path.substr(app_path.size());
  if (key.empty() || key.find('/') != std::string_view::npos)
    return refuse(close_code::path_not_found);

  accepted result;
  result.key = percent_decode(key);
  auto query = parse_query(raw_query, plus_sign::space);
  result.client = find_param(query, "client").value_or("");
  result.version = find_param(query, "version").value_or("");
  auto protocol = find_param(query, "protocol");
  if (!protocol || protocol->empty())
    return refuse(close_code::no_protocol);
  if (!all_digits(*protocol))
    return refuse(close_code::bad_version);
  if (!result.version.empty() && !is_version(result.version))
    return refuse(close_code::bad_version);
  auto [end, error] = std::from_chars(
      protocol->data(), protocol->data() + protocol->size(), result.protocol);
  // 1 to 3 are gone, and a version above 7 is published nowhere: to answer it
  // with what we know would be a guess about what such a client expects.
  if (error != std::errc{} || result.protocol < 4 || result.protocol > 7)
    return refuse(close_code::unsupported_protocol);
  return result;
}

} // namespace tidewire::pusher
