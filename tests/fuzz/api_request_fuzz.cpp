// Fuzzes requests of the HTTP API as the server takes them: route, signature,
// body. Whatever a stranger sends is refused with a sentence; what is signed
// is accepted by its signature, and by no other; what is then accepted keeps to
// the limits and arrives as it was sent.
//
// Input: `METHOD target`, a newline, the body. With a query that says nothing
// about authentication the request is signed here, by the text of protocol.md
// section 8 and with no code of the server but the digests.
#include "net/pusher/api_auth.hpp"
#include "net/pusher/api_request.hpp"
#include "net/pusher/api_route.hpp"
#include "net/pusher/channel_name.hpp"
#include "net/pusher/handshake.hpp"
#include "net/pusher/json_fields.hpp"
#include "net/pusher/server_event.hpp"
#include "net/pusher/signature.hpp"
#include "net/pusher/text.hpp"
#include "net/utf8.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tidewire;
using fuzzing::require;

const config::limit_settings limits;
const std::array keys{config::key_pair{"app-key", "app-secret"},
                      config::key_pair{"next-key", "next-secret"}};
constexpr std::int64_t now = 1'700'000'000;

struct request {
  std::string method;
  std::string path;
  std::string query;
  std::string body;
};

request read(std::string_view text) {
  request result;
  const auto line = text.substr(0, text.find('\n'));
  result.body = text.substr(std::min(text.size(), line.size() + 1));
  const auto space = line.find(' ');
  result.method = line.substr(0, space);
  const auto target = space == std::string_view::npos ? std::string_view{}
                                                      : line.substr(space + 1);
  const auto mark = target.find('?');
  result.path = target.substr(0, mark);
  if (mark != std::string_view::npos)
    result.query = target.substr(mark + 1);
  return result;
}

std::string lower(std::string text) {
  for (auto& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

std::string decoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  while (!text.empty()) {
    const auto digit = [&](std::size_t i) {
      return digits.find(lower(std::string(1, text[i])));
    };
    if (text[0] == '%' && text.size() > 2 && digit(1) < 16 && digit(2) < 16) {
      result += static_cast<char>(16 * digit(1) + digit(2));
      text.remove_prefix(3);
    } else {
      result += text[0];
      text.remove_prefix(1);
    }
  }
  return result;
}

// What is signed of a query: decoded, keys in lower case and in order. Values
// of one key stay in theirs.
std::string to_sign(const request& what, bool& speaks_of_auth) {
  std::multimap<std::string, std::string> params;
  std::string left = what.query + '&';
  while (!left.empty()) {
    const auto piece = left.substr(0, left.find('&'));
    left.erase(0, piece.size() + 1);
    if (piece.empty())
      continue;
    const auto equals = std::min(piece.find('='), piece.size());
    const auto key = lower(decoded(piece.substr(0, equals)));
    speaks_of_auth =
        speaks_of_auth || key.starts_with("auth_") || key == "body_md5";
    if (key != "auth_signature")
      params.emplace(key, decoded(std::string_view{piece}.substr(
                              std::min(piece.size(), equals + 1))));
  }
  std::string text = what.method + '\n' + what.path + '\n';
  std::string separator;
  for (const auto& [key, value] : params) {
    text += std::exchange(separator, "&") + key + '=' + value;
  }
  return text;
}

bool admitted(const request& what, std::int64_t at = now) {
  const auto no =
      pusher::authenticate(what.method, what.path, what.query, what.body, keys,
                           at, limits.timestamp_skew);
  require(!no || (no->status == 401 && !no->message.empty()),
          "a stranger is told why");
  return !no;
}

void sign(request& what) {
  what.query += what.query.empty() ? "" : "&";
  what.query += "auth_key=next-key&auth_timestamp=" + std::to_string(now)
                + "&auth_version=1.0";
  if (!what.body.empty())
    what.query += "&body_md5=" + pusher::md5_hex(what.body);
  bool ignored = false;
  const auto text = to_sign(what, ignored);
  what.query +=
      "&auth_signature=" + pusher::hmac_sha256_hex("next-secret", text);
}

void check_signed(const request& good) {
  require(admitted(good), "what is signed is admitted", good.query);
  require(admitted(good, now + 600) && admitted(good, now - 600),
          "a clock may be off by the skew");
  require(!admitted(good, now + 601) && !admitted(good, now - 601),
          "and by no second more");
  const auto spoiled = [&good](auto how) {
    auto bad = good;
    how(bad);
    return !admitted(bad);
  };
  require(spoiled([](request& x) { x.method += 'X'; })
              && spoiled([](request& x) { x.path += '/'; })
              && spoiled([](request& x) { x.body += ' '; })
              && spoiled([](request& x) { x.query += "&z=1"; })
              && spoiled([](request& x) {
                   x.query.back() = x.query.back() == '0' ? '1' : '0';
                 }),
          "what was changed after signing is not", good.query);
}

void check(const pusher::api_error& no) {
  constexpr std::array known{400, 403, 404, 405, 413};
  require(std::find(known.begin(), known.end(), no.status) != known.end(),
          "an error has a status of the API");
  require(!no.message.empty() && net::valid_utf8(no.message),
          "an error is a sentence", no.message);
  require((no.status == 405) == !no.allow.empty(),
          "405 says what is allowed, and only 405");
}

void check(const pusher::publish_request& x) {
  require(!x.name.empty()
              && pusher::count_characters(x.name) <= limits.event_name
              && x.data.size() <= limits.event_data,
          "an event keeps to the limits");
  require(
      !x.channels.empty() && x.channels.size() <= limits.channels_per_event
          && std::set<std::string>(x.channels.begin(), x.channels.end()).size()
                 == x.channels.size(),
      "its channels are named once each");
  for (const auto& channel : x.channels) {
    require(!pusher::check_channel_name(channel, limits.channel_name),
            "a channel has a good name", channel);
    std::string text;
    pusher::render_channel_event(text, x.name, channel, x.data);
    require(net::valid_utf8(text), "an event is UTF-8", text);
    std::array found{pusher::json_field{"event"}, pusher::json_field{"channel"},
                     pusher::json_field{"data"}};
    require(!pusher::read_fields(text, found) && found[0].text == x.name
                && found[1].text == channel && found[2].text == x.data,
            "an event arrives as it was sent", text);
  }
}

template <class T>
void check(const std::variant<T, pusher::api_error>& result) {
  if (const auto* no = std::get_if<pusher::api_error>(&result)) {
    check(*no);
  } else if constexpr (std::is_same_v<T, pusher::publish_request>) {
    check(std::get<T>(result));
  } else {
    const auto& batch = std::get<T>(result);
    require(!batch.empty() && batch.size() <= limits.events_per_batch,
            "a batch keeps to the limit");
    for (const auto& event : batch)
      check(event);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  auto what = read({reinterpret_cast<const char*>(data), size});
  static_cast<void>(
      pusher::parse_handshake(what.path + '?' + what.query, "/ws"));
  const auto routed = pusher::parse_route(what.method, what.path, what.query);
  if (const auto* no = std::get_if<pusher::api_error>(&routed)) {
    check(*no);
  } else {
    const auto& route = std::get<pusher::route>(routed);
    for (const bool counts : {false, true})
      if (const auto wrong =
              pusher::check_route(route, limits.channel_name, counts))
        check(*wrong);
  }
  for (const bool counts : {false, true}) {
    check(pusher::parse_events_body(what.body, what.query, limits, counts));
    check(pusher::parse_batch_body(what.body, limits, counts));
  }
  bool speaks_of_auth = false;
  to_sign(what, speaks_of_auth);
  if (speaks_of_auth) {
    admitted(what);
    return 0;
  }
  require(!admitted(what), "what is not signed is not admitted");
  sign(what);
  check_signed(what);
  return 0;
}
