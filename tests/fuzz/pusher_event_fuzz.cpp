// Fuzzes what clients say in a WebSocket message: whatever it is, an answer can
// be made of it, and nothing in it leaves its place in an event.
//
// Input: one text message. What is no UTF-8 the codec would have refused.
#include "net/pusher/channel_name.hpp"
#include "net/pusher/client_event.hpp"
#include "net/pusher/json_fields.hpp"
#include "net/pusher/presence.hpp"
#include "net/pusher/server_event.hpp"
#include "net/pusher/signature.hpp"
#include "net/pusher/text.hpp"
#include "net/utf8.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using namespace tidewire;
using fuzzing::require;

const config::limit_settings limits;
const std::array keys{config::key_pair{"app-key", "app-secret"}};
constexpr std::string_view socket = "123.456";

// What a client finds in a text of ours.
void require_fields(std::string_view text, std::span<pusher::json_field> into) {
  require(net::valid_utf8(text), "what we say is UTF-8", text);
  require(!pusher::read_fields(text, into), "what we say is JSON", text);
}

void require_string(const pusher::json_field& found, std::string_view wanted) {
  require(found.kind == pusher::json_kind::string && found.text == wanted,
          "a text arrives as it was", found.text);
}

void check_member(const pusher::presence_member& who) {
  const auto length = pusher::count_characters(who.user_id);
  require(length > 0 && length <= limits.presence_user_id, "a user id is sane");
  std::string text;
  pusher::render_member_added(text, "presence-x",
                              {who.user_id, who.user_info_json});
  std::array outer{pusher::json_field{"event"}, pusher::json_field{"data"}};
  require_fields(text, outer);
  require_string(outer[0], "pusher_internal:member_added");
  std::array inner{pusher::json_field{"user_id"},
                   pusher::json_field{"user_info"}};
  require_fields(outer[1].text, inner);
  require_string(inner[0], who.user_id);
  text.clear();
  const std::array users{
      pusher::presence_user{who.user_id, who.user_info_json}};
  pusher::render_subscription_succeeded(text, "presence-x", users);
  require_fields(text, outer);
}

void check(const pusher::subscribe& x) {
  const auto kind = pusher::classify(x.channel);
  if (pusher::check_channel_name(x.channel, limits.channel_name))
    return;
  require(kind.has_value(), "a good name has a kind", x.channel);
  const auto data = x.channel_data
                        ? std::optional<std::string_view>{*x.channel_data}
                        : std::nullopt;
  const auto right =
      "app-key:"
      + pusher::hmac_sha256_hex("app-secret", pusher::channel_string_to_sign(
                                                  socket, x.channel, data));
  require(!pusher::verify_channel_auth(right, keys, socket, x.channel, data),
          "a right signature is accepted", x.channel);
  require(
      x.auth == right
          || pusher::verify_channel_auth(x.auth, keys, socket, x.channel, data),
      "no other one is", x.auth);
  if (!data)
    return;
  const auto who = pusher::parse_presence_member(*data, limits);
  if (const auto* member = std::get_if<pusher::presence_member>(&who))
    check_member(*member);
}

void check(const pusher::signin& x) {
  const auto right =
      "app-key:"
      + pusher::hmac_sha256_hex(
          "app-secret", pusher::user_string_to_sign(socket, x.user_data));
  require(!pusher::verify_user_auth(right, keys, socket, x.user_data),
          "a right signature is accepted", x.user_data);
  require(x.auth == right
              || pusher::verify_user_auth(x.auth, keys, socket, x.user_data),
          "no other one is", x.auth);
  std::string text;
  pusher::render_signin_success(text, x.user_data);
  std::array outer{pusher::json_field{"event"}, pusher::json_field{"data"}};
  require_fields(text, outer);
  std::array inner{pusher::json_field{"user_data"}};
  require_fields(outer[1].text, inner);
  require_string(inner[0], x.user_data);
  const auto who = pusher::parse_signin_user(x.user_data);
  const auto* user = std::get_if<pusher::signin_user>(&who);
  if (user == nullptr)
    return;
  require(user->watchlist.size() <= pusher::max_watchlist,
          "a watchlist is bounded");
  const std::array events{pusher::watchlist_event{"online", user->watchlist}};
  text.clear();
  pusher::render_watchlist_events(text, events);
  require_fields(text, outer);
  const auto member = pusher::member_of_signin(*user, limits);
  if (const auto* found = std::get_if<pusher::presence_member>(&member))
    check_member(*found);
}

void check(const pusher::channel_event& x) {
  require(x.event.starts_with("client-"), "a client event is named so");
  require(pusher::count_characters(x.event) <= limits.event_name
              && x.data.size() <= limits.event_data,
          "a client event keeps to the limits");
  std::string text;
  pusher::render_channel_event(text, x.event, x.channel, x.data, "a \"user\"");
  std::array fields{pusher::json_field{"event"}, pusher::json_field{"channel"},
                    pusher::json_field{"data"}, pusher::json_field{"user_id"}};
  require_fields(text, fields);
  require_string(fields[0], x.event);
  require_string(fields[1], x.channel);
  require_string(fields[2], x.data);
  require_string(fields[3], "a \"user\"");
}

void check(const pusher::malformed& x) {
  require(!x.message.empty(), "an error is a sentence");
  std::string text;
  pusher::render_error(text, x.code, x.message);
  std::array outer{pusher::json_field{"event"}, pusher::json_field{"data"}};
  require_fields(text, outer);
  std::array inner{pusher::json_field{"message"}};
  require_fields(outer[1].text, inner);
  require_string(inner[0], x.message);
}

void check(const pusher::unsubscribe& x) {
  std::string text;
  pusher::render_subscription_error(text, x.channel, "AuthError", x.channel,
                                    401);
  std::array outer{pusher::json_field{"channel"}, pusher::json_field{"data"}};
  require_fields(text, outer);
  require_string(outer[0], x.channel);
}

void check(const pusher::ping&) {}

void check(const pusher::pong&) {}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (size == 0 || !net::valid_utf8(text))
    return 0;
  std::visit([](const auto& x) { check(x); },
             pusher::parse_client_message(text, limits));
  return 0;
}
