#include "net/pusher/client_event.hpp"

#include "net/pusher/close_code.hpp"
#include "net/pusher/json_fields.hpp"
#include "net/pusher/text.hpp"

#include <array>
#include <utility>

namespace tidewire::pusher {

namespace {

malformed complain(std::string message, bool too_large = false) {
  return {std::move(message), std::nullopt, too_large};
}

std::string must_be_string(std::string_view event, std::string_view field) {
  return std::string{event} + ": \"" + std::string{field}
         + "\" must be a string";
}

// The members of `data`, which is an object or a string that holds one.
std::optional<malformed> read_data(std::string_view event,
                                   const json_field& data,
                                   std::span<json_field> wanted) {
  if (data.kind != json_kind::object && data.kind != json_kind::string)
    return complain(std::string{event} + ": \"data\" must be an object");
  if (auto wrong = read_fields(data.text, wanted))
    return complain(std::string{event} + ": \"data\" is " + *wrong);
  for (const auto& field : wanted)
    if (given(field) && field.kind != json_kind::string)
      return complain(must_be_string(event, field.name));
  return std::nullopt;
}

client_message read_subscribe(const json_field& data) {
  std::array fields{json_field{"channel"}, json_field{"auth"},
                    json_field{"channel_data"}};
  auto& [channel, auth, channel_data] = fields;
  if (auto wrong = read_data("pusher:subscribe", data, fields))
    return *std::move(wrong);
  if (!given(channel))
    return complain(must_be_string("pusher:subscribe", "channel"));
  subscribe result{std::move(channel.text), {}, {}};
  if (given(auth))
    result.auth = std::move(auth.text);
  if (given(channel_data))
    result.channel_data = std::move(channel_data.text);
  return result;
}

client_message read_unsubscribe(const json_field& data) {
  std::array fields{json_field{"channel"}};
  if (auto wrong = read_data("pusher:unsubscribe", data, fields))
    return *std::move(wrong);
  if (!given(fields[0]))
    return complain(must_be_string("pusher:unsubscribe", "channel"));
  return unsubscribe{std::move(fields[0].text)};
}

client_message read_signin(const json_field& data) {
  std::array fields{json_field{"auth"}, json_field{"user_data"}};
  auto& [auth, user_data] = fields;
  if (auto wrong = read_data("pusher:signin", data, fields))
    return *std::move(wrong);
  for (const auto& field : fields)
    if (!given(field))
      return complain(must_be_string("pusher:signin", field.name));
  return signin{std::move(auth.text), std::move(user_data.text)};
}

client_message read_channel_event(json_field& event, json_field& channel,
                                  json_field& data,
                                  const config::limit_settings& limits) {
  if (channel.kind != json_kind::string)
    return complain("Client event " + in_quotes(event.text)
                    + ": \"channel\" must be a string");
  if (count_characters(event.text) > limits.event_name)
    return complain("Client event rejected - the event name has more than "
                    + std::to_string(limits.event_name) + " characters");
  if (data.text.size() > limits.event_data)
    return complain("Client event rejected - data has "
                        + std::to_string(data.text.size()) + " bytes, at most "
                        + std::to_string(limits.event_data) + " are allowed",
                    true);
  return channel_event{std::move(event.text), std::move(channel.text),
                       std::move(data.text)};
}

} // namespace

client_message parse_client_message(std::string_view text,
                                    const config::limit_settings& limits) {
  std::array fields{json_field{"event"}, json_field{"channel"},
                    json_field{"data"}};
  auto& [event, channel, data] = fields;
  if (auto wrong = read_fields(text, fields))
    return complain("The message is " + *wrong);
  if (event.kind != json_kind::string)
    return complain("The message has no \"event\", which must be a string");
  if (event.text.starts_with("client-"))
    return read_channel_event(event, channel, data, limits);
  if (event.text == "pusher:subscribe")
    return read_subscribe(data);
  if (event.text == "pusher:unsubscribe")
    return read_unsubscribe(data);
  if (event.text == "pusher:ping")
    return ping{};
  if (event.text == "pusher:pong")
    return pong{};
  if (event.text == "pusher:signin")
    return read_signin(data);
  if (event.text.starts_with("pusher:"))
    return complain("Unknown event " + in_quotes(event.text)
                    + "; clients send pusher:subscribe, pusher:unsubscribe, "
                      "pusher:signin, pusher:ping and pusher:pong");
  return complain("Client event rejected - the name " + in_quotes(event.text)
                  + " does not start with client-");
}

} // namespace tidewire::pusher
