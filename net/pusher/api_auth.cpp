#include "net/pusher/api_auth.hpp"

#include "net/pusher/query.hpp"
#include "net/pusher/signature.hpp"
#include "net/pusher/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <vector>

namespace tidewire::pusher {

namespace {

api_error refuse(std::string message) {
  return {401, std::move(message), {}};
}

// Order and form in which parameters are signed.
std::string canonical(const std::vector<query_param>& params) {
  std::string result;
  for (const auto& param : params) {
    if (param.key == "auth_signature")
      continue;
    if (!result.empty())
      result += '&';
    result += param.key;
    result += '=';
    result += param.value;
  }
  return result;
}

std::vector<query_param> signed_params(std::string_view raw, plus_sign plus) {
  auto params = parse_query(raw, plus);
  for (auto& param : params)
    param.key = lower_case(param.key);
  // Stable: channels[]=b&channels[]=a stays in the order it was sent and
  // signed.
  std::stable_sort(params.begin(), params.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
  return params;
}

std::optional<std::string>
find_repeated(const std::vector<query_param>& params) {
  for (std::string_view name : {"auth_key", "auth_timestamp", "auth_version",
                                "auth_signature", "body_md5"})
    if (std::count_if(params.begin(), params.end(),
                      [name](const auto& p) { return p.key == name; })
        > 1)
      return std::string{name};
  return std::nullopt;
}

std::optional<api_error> check_timestamp(std::string_view text,
                                         std::int64_t now,
                                         std::chrono::milliseconds skew) {
  std::int64_t sent = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), sent);
  if (!all_digits(text) || error != std::errc{})
    return refuse("auth_timestamp must be a Unix time in whole seconds");
  auto allowed = std::chrono::duration_cast<std::chrono::seconds>(skew).count();
  auto away = now > sent ? now - sent : sent - now;
  if (away > allowed)
    return refuse("auth_timestamp " + std::string{text} + " is "
                  + std::to_string(away) + " s away from this server's clock, "
                  + std::to_string(allowed)
                  + " s are allowed; check the clock of the sender");
  return std::nullopt;
}

std::optional<api_error> check_body(std::optional<std::string_view> digest,
                                    std::string_view body) {
  if (body.empty() && (!digest || digest->empty()))
    return std::nullopt;
  if (!digest)
    return refuse("body_md5 is missing; a request with a body needs it");
  if (!constant_time_equal(*digest, md5_hex(body)))
    return refuse("body_md5 is not the MD5 hex digest of the body; sign the "
                  "bytes that are sent");
  return std::nullopt;
}

std::optional<api_error> check_signature(const std::vector<query_param>& params,
                                         std::string_view method,
                                         std::string_view path,
                                         std::string_view raw_query,
                                         std::string_view secret) {
  auto signature = *find_param(params, "auth_signature");
  auto to_sign = http_string_to_sign(method, path, canonical(params));
  if (constant_time_equal(signature, hmac_sha256_hex(secret, to_sign)))
    return std::nullopt;
  // Form encoders send a space, which was signed as one, as a plus.
  if (raw_query.find('+') != std::string_view::npos) {
    auto spaced = canonical(signed_params(raw_query, plus_sign::space));
    auto other = http_string_to_sign(method, path, spaced);
    if (constant_time_equal(signature, hmac_sha256_hex(secret, other)))
      return std::nullopt;
  }
  constexpr std::size_t longest = 1000;
  return refuse("Invalid signature: expected the HMAC SHA256 hex digest of "
                + quoted(to_sign, longest) + ", but got " + quoted(signature));
}

} // namespace

std::optional<api_error>
authenticate(std::string_view method, std::string_view path,
             std::string_view raw_query, std::string_view body,
             std::span<const config::key_pair> keys,
             std::int64_t now_unix_seconds, std::chrono::milliseconds skew) {
  auto params = signed_params(raw_query, plus_sign::literal);
  if (auto name = find_repeated(params))
    return refuse(*name + " is given more than once");
  for (std::string_view name :
       {"auth_key", "auth_timestamp", "auth_version", "auth_signature"})
    if (!find_param(params, name))
      return refuse(std::string{name}
                    + " is missing from the query; sign the request");
  auto key = *find_param(params, "auth_key");
  auto pair = find_key(keys, key);
  if (pair == nullptr)
    return refuse("Unknown auth_key " + quoted(key) + " for this app");
  if (*find_param(params, "auth_version") != "1.0")
    return refuse("auth_version must be 1.0");
  if (auto wrong = check_timestamp(*find_param(params, "auth_timestamp"),
                                   now_unix_seconds, skew))
    return wrong;
  // The signature before the body, so that a stranger has us digest nothing.
  if (auto wrong =
          check_signature(params, method, path, raw_query, pair->secret))
    return wrong;
  return check_body(find_param(params, "body_md5"), body);
}

} // namespace tidewire::pusher
