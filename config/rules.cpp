#include "config/rules.hpp"

#include "config/endpoint.hpp"
#include "config/network.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>

#include <arpa/inet.h>

namespace tidewire::config {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_word(char c) {
  return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z');
}

/// 1 to `longest` letters, digits or characters of `others`.
bool consists_of_words(std::string_view text, std::size_t longest,
                       std::string_view others) {
  return !text.empty() && text.size() <= longest
         && std::all_of(text.begin(), text.end(), [others](char c) {
              return is_word(c) || others.find(c) != std::string_view::npos;
            });
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < '\x7f'; });
}

bool parses_as(int family, std::string_view text, void* address) {
  return inet_pton(family, std::string(text).c_str(), address) == 1;
}

/// What stands behind `http://` or `https://`; empty for any other scheme.
std::string_view after_scheme(std::string_view url) {
  for (std::string_view scheme : {"http://", "https://"})
    if (url.starts_with(scheme))
      return url.substr(scheme.size());
  return {};
}

} // namespace

bool is_host(std::string_view text) {
  in6_addr address{};
  // inet_pton stops at a NUL, a text does not.
  return is_visible_ascii(text)
         && (text == "localhost" || parses_as(AF_INET, text, &address)
             || parses_as(AF_INET6, text, &address));
}

bool is_loopback(std::string_view host) {
  if (host == "localhost")
    return true;
  in_addr v4{};
  if (parses_as(AF_INET, host, &v4))
    return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  return parses_as(AF_INET6, host, &v6) && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool is_any_address(std::string_view host) {
  in_addr v4{};
  if (parses_as(AF_INET, host, &v4))
    return v4.s_addr == 0;
  in6_addr v6{};
  return parses_as(AF_INET6, host, &v6) && IN6_IS_ADDR_UNSPECIFIED(&v6);
}

namespace rules {

bool is_app_id(std::string_view text) {
  return consists_of_words(text, 64, "-_.");
}

// A key stands in paths (`/app/KEY`) and before the colon of signatures.
bool is_key(std::string_view text) {
  return consists_of_words(text, 200, "-_.~");
}

bool is_secret(std::string_view text) {
  return !text.empty() && text.size() <= 200 && is_visible_ascii(text);
}

bool is_secret_or_empty(std::string_view text) {
  return text.empty() || is_secret(text);
}

bool is_name(std::string_view text) {
  return consists_of_words(text, 64, "-_.");
}

bool is_name_or_empty(std::string_view text) {
  return text.empty() || is_name(text);
}

// A zone file begins with its magic (RFC 8536); below right/ they count leap
// seconds, which our ticks do not.
bool is_time_zone(std::string_view text) {
  if (text == "UTC")
    return true;
  if (!consists_of_words(text, 64, "-_+/") || text.front() == '/'
      || text.starts_with("posix") || text.starts_with("right/"))
    return false;
  std::ifstream file("/usr/share/zoneinfo/" + std::string(text),
                     std::ios::binary);
  std::array<char, 4> magic{};
  return file.read(magic.data(), magic.size())
         && std::string_view(magic.data(), magic.size()) == "TZif";
}

bool is_path_prefix(std::string_view text) {
  return text.empty()
         || (text.front() == '/' && text.back() != '/'
             && text.find("//") == std::string_view::npos
             && consists_of_words(text, 200, "/-_.~"));
}

bool is_folder(std::string_view text) {
  return !text.empty() && text.find('\0') == std::string_view::npos;
}

bool is_file_or_empty(std::string_view text) {
  return text.find('\0') == std::string_view::npos && !text.ends_with('/');
}

bool is_origin(std::string_view text) {
  const auto consists_of = [](std::string_view part, std::string_view others) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [&](char c) {
      return is_lower(c) || is_digit(c)
             || others.find(c) != std::string_view::npos;
    });
  };
  const auto scheme = text.find("://");
  if (scheme != std::string_view::npos)
    return consists_of(text.substr(0, scheme), "+-.")
           && consists_of(text.substr(scheme + 3), "-_.:[]");
  if (text == "*")
    return true;
  if (text.starts_with("*."))
    text.remove_prefix(2);
  // A port without a scheme would never match; IPv6 stands in brackets.
  return consists_of(text, text.starts_with('[') ? "[]:" : "-_.");
}

bool is_http_url(std::string_view text) {
  const auto rest = after_scheme(text);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  return is_visible_ascii(text) && !authority.empty()
         && authority.front() != ':'
         && authority.find('@') == std::string_view::npos; // no passwords
}

bool is_http_url_or_empty(std::string_view text) {
  return text.empty() || is_http_url(text);
}

bool is_channel_pattern(std::string_view text) {
  if (text.starts_with('#')) // of a user
    text.remove_prefix(1);
  return consists_of_words(text, 1024, "_-=@,.;*");
}

bool is_network(std::string_view text) {
  return parse_network(text).has_value();
}

bool is_endpoint(std::string_view text) {
  const auto parts = split_endpoint(text);
  return parts && parts->port != 0
         && (is_host(parts->host)
             || consists_of_words(parts->host, 253, "-_."));
}

bool is_endpoint_or_empty(std::string_view text) {
  return text.empty() || is_endpoint(text);
}

bool is_listen_address(std::string_view text) {
  const auto parts = split_endpoint(text);
  return parts && is_host(parts->host);
}

bool is_cors_origin(std::string_view text) {
  return text.empty() || text == "*" || text == "null"
         || (text.find("://") != std::string_view::npos && is_origin(text));
}

} // namespace rules

} // namespace tidewire::config
