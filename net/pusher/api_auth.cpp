#include "net/pusher/api_auth.hpp"

#include "net/pusher/query.hpp"
#include "net/pusher/signature.hpp"
#include "net/pusher/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace tidewire::pusher {

namespace {

api_error auth_refused(std::string message) {
  return {401, std::move(message), {}};
}

enum auth_param { key, timestamp, version, signature, body_md5, auth_params };

constexpr std::array<std::string_view, auth_params> auth_names{
    "auth_key", "auth_timestamp", "auth_version", "auth_signature", "body_md5"};

// A query as it was signed, and what it says about who signed it.
struct signed_query {
  std::string canonical; // lower-case keys in order, without the signature
  std::array<std::optional<std::string>, auth_params> auth;
  std::optional<std::string_view> repeated; // an auth parameter sent twice
};

signed_query read_query(std::string_view raw, plus_sign plus) {
  signed_query result;
  auto params = parse_query(raw, plus);
  for (auto& param : params) {
    param.key = lower_case(param.key);
    for (std::size_t i = 0; i < auth_names.size(); ++i)
      if (param.key == auth_names[i]) {
        if (result.auth[i])
          result.repeated = auth_names[i];
        result.auth[i] = param.value;
      }
  }
  std::erase_if(params,
                [](const auto& p) { return p.key == auth_names[signature]; });
  // Stable, because channels[]=b&channels[]=a is signed in the order sent.
  // Libraries send what they have sorted, so there is seldom work to do.
  auto by_key = [](const auto& a, const auto& b) { return a.key < b.key; };
  if (!std::is_sorted(params.begin(), params.end(), by_key))
    std::stable_sort(params.begin(), params.end(), by_key);
  result.canonical.reserve(raw.size());
  for (const auto& param : params) {
    if (!result.canonical.empty())
      result.canonical += '&';
    result.canonical += param.key;
    result.canonical += '=';
    result.canonical += param.value;
  }
  return result;
}

std::optional<api_error> check_timestamp(std::string_view text,
                                         std::int64_t now,
                                         std::chrono::milliseconds skew) {
  std::int64_t sent = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), sent);
  if (!all_digits(text) || error != std::errc{})
    return auth_refused("auth_timestamp must be a Unix time in whole seconds");
  auto allowed = std::chrono::duration_cast<std::chrono::seconds>(skew).count();
  auto away = now > sent ? now - sent : sent - now;
  if (away > allowed)
    return auth_refused(
        "auth_timestamp " + std::string{text} + " is " + std::to_string(away)
        + " s away from this server's clock, " + std::to_string(allowed)
        + " s are allowed; check the clock of the sender");
  return std::nullopt;
}

std::optional<api_error> check_body(const std::optional<std::string>& digest,
                                    std::string_view body) {
  if (body.empty() && (!digest || digest->empty()))
    return std::nullopt;
  if (!digest)
    return auth_refused("body_md5 is missing; a request with a body needs it");
  if (!constant_time_equal(*digest, md5_hex(body)))
    return auth_refused(
        "body_md5 is not the MD5 hex digest of the body; sign the "
        "bytes that are sent");
  return std::nullopt;
}

std::optional<api_error> check_signature(const signed_query& query,
                                         std::string_view method,
                                         std::string_view path,
                                         std::string_view raw_query,
                                         std::string_view secret) {
  const auto& sent = *query.auth[signature];
  auto to_sign = http_string_to_sign(method, path, query.canonical);
  if (constant_time_equal(sent, hmac_sha256_hex(secret, to_sign)))
    return std::nullopt;
  // Form encoders send a space, which was signed as one, as a plus.
  if (raw_query.find('+') != std::string_view::npos) {
    auto spaced = read_query(raw_query, plus_sign::space);
    auto other = http_string_to_sign(method, path, spaced.canonical);
    if (constant_time_equal(sent, hmac_sha256_hex(secret, other)))
      return std::nullopt;
  }
  constexpr std::size_t longest = 1000;
  return auth_refused(
      "Invalid signature: expected the HMAC SHA256 hex digest of "
      + in_quotes(to_sign, longest) + ", but got " + in_quotes(sent));
}

} // namespace

std::optional<api_error>
authenticate(std::string_view method, std::string_view path,
             std::string_view raw_query, std::string_view body,
             std::span<const config::key_pair> keys,
             std::int64_t now_unix_seconds, std::chrono::milliseconds skew) {
  auto query = read_query(raw_query, plus_sign::literal);
  if (query.repeated)
    return auth_refused(std::string{*query.repeated}
                        + " is given more than once");
  for (auto needed : {key, timestamp, version, signature})
    if (!query.auth[needed])
      return auth_refused(std::string{auth_names[needed]}
                          + " is missing from the query; sign the request");
  auto pair = find_key(keys, *query.auth[key]);
  if (pair == nullptr)
    return auth_refused("Unknown auth_key " + in_quotes(*query.auth[key])
                        + " for this app");
  if (*query.auth[version] != "1.0")
    return auth_refused("auth_version must be 1.0");
  if (auto wrong =
          check_timestamp(*query.auth[timestamp], now_unix_seconds, skew))
    return wrong;
  // The signature before the body, so that a stranger has us digest nothing.
  if (auto wrong =
          check_signature(query, method, path, raw_query, pair->secret))
    return wrong;
  return check_body(query.auth[body_md5], body);
}

} // namespace tidewire::pusher
