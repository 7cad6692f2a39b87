#include "net/pusher/api_request.hpp"

#include "net/pusher/json_fields.hpp"
#include "net/pusher/query.hpp"
#include "net/pusher/server_event.hpp"
#include "net/pusher/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

namespace tidewire::pusher {

namespace {

namespace json = boost::json;

using event_result = std::variant<publish_request, api_error>;

// The members of an event as they came, from whichever place.
struct raw_event {
  std::array<json_field, 6> fields{
      json_field{"name"},     json_field{"data"},      json_field{"channel"},
      json_field{"channels"}, json_field{"socket_id"}, json_field{"info"}};

  json_field& name() { return fields[0]; }
  json_field& data() { return fields[1]; }
  json_field& channel() { return fields[2]; }
  json_field& channels() { return fields[3]; }
  json_field& socket() { return fields[4]; }
  json_field& info() { return fields[5]; }
};

api_error refuse(std::string message, int status = 400) {
  return {status, std::move(message), {}};
}

std::optional<api_error> check_name(const json_field& name,
                                    const config::limit_settings& limits) {
  if (name.kind != json_kind::string || name.text.empty())
    return refuse("name must be a non-empty string: the event's name");
  if (count_characters(name.text) > limits.event_name)
    return refuse("name has more than " + std::to_string(limits.event_name)
                  + " characters");
  return std::nullopt;
}

std::optional<api_error> check_data(const json_field& data,
                                    const config::limit_settings& limits) {
  if (!given(data))
    return refuse("data is missing; it must be a string");
  if (data.kind != json_kind::string)
    return refuse("data must be a string; serialise it first, as with "
                  "JSON.stringify(data)");
  if (data.text.size() > limits.event_data)
    return refuse("data has " + std::to_string(data.text.size())
                      + " bytes, at most " + std::to_string(limits.event_data)
                      + " are allowed; send less or a reference",
                  413);
  return std::nullopt;
}

std::optional<api_error> check_channels(std::vector<std::string>& channels,
                                        const config::limit_settings& limits) {
  if (channels.empty())
    return refuse("channels must name at least one channel");
  if (channels.size() > limits.channels_per_event)
    return refuse("channels has " + std::to_string(channels.size())
                  + " names, at most "
                  + std::to_string(limits.channels_per_event)
                  + " are allowed; publish in several requests");
  // A channel named twice is one channel.
  auto end = channels.begin();
  for (auto it = channels.begin(); it != channels.end(); ++it) {
    if (auto wrong = check_channel_name(*it, limits.channel_name))
      return refuse(*std::move(wrong));
    if (std::find(channels.begin(), end, *it) != end)
      continue;
    if (it != end)
      *end = std::move(*it);
    ++end;
  }
  channels.erase(end, channels.end());
  if (channels.size() == 1)
    return std::nullopt;
  for (const auto& channel : channels)
    if (is_encrypted(*classify(channel)))
      return refuse("Encrypted channels have a key each: publish to "
                    + in_quotes(channel) + " in a request of its own");
  return std::nullopt;
}

std::optional<api_error> read_socket(const json_field& field,
                                     std::optional<socket_id>& exclude) {
  if (!given(field))
    return std::nullopt;
  std::string_view text = field.text;
  auto dot = text.find('.');
  if (field.kind != json_kind::string || dot == std::string_view::npos
      || !all_digits(text.substr(0, dot)) || !all_digits(text.substr(dot + 1)))
    return refuse("socket_id must be a string like \"123.456\"");
  // Digits beyond 64 bits are a socket id that nobody here has.
  exclude = parse_socket_id(text);
  return std::nullopt;
}

// What all ways of publishing have in common, once channels are read.
event_result check_event(raw_event&& raw, std::vector<std::string> channels,
                         const config::limit_settings& limits, bool counts) {
  if (auto wrong = check_name(raw.name(), limits))
    return *std::move(wrong);
  if (auto wrong = check_channels(channels, limits))
    return *std::move(wrong);
  if (auto wrong = check_data(raw.data(), limits))
    return *std::move(wrong);
  publish_request result;
  if (auto wrong = read_socket(raw.socket(), result.exclude))
    return *std::move(wrong);
  if (given(raw.info())) {
    if (raw.info().kind != json_kind::string)
      return refuse("info must be a string like \"user_count\"");
    auto info = parse_info(raw.info().text);
    if (auto wrong = std::get_if<api_error>(&info))
      return std::move(*wrong);
    result.info = std::get<info_set>(info);
    if (auto wrong = check_publish_info(result.info, channels, counts))
      return *std::move(wrong);
  }
  result.name = std::move(raw.name().text);
  result.data = std::move(raw.data().text);
  result.channels = std::move(channels);
  return result;
}

// A publish in the query string as the body it stands for. The parser of
// bodies then finds what a query may hold and JSON may not, as bad UTF-8.
std::string body_of_query(std::string_view raw_query) {
  std::string members = "{";
  std::string channels = "[";
  for (const auto& param : parse_query(raw_query, plus_sign::space)) {
    auto key = lower_case(param.key);
    auto& out = key == "channels[]" ? channels : members;
    if (out.size() > 1)
      out += ',';
    if (key != "channels[]") {
      append_json_string(out, key);
      out += ':';
    }
    append_json_string(out, param.value);
  }
  if (channels.size() > 1) {
    members += members.size() > 1 ? "," : "";
    members += R"("channels":)" + channels + ']';
  }
  return members + '}';
}

event_result read_batch_item(const json::value& item,
                             const config::limit_settings& limits,
                             bool counts) {
  auto object = item.if_object();
  if (object == nullptr)
    return refuse("it must be an object");
  raw_event raw;
  for (auto& field : raw.fields) {
    auto value = object->if_contains(field.name);
    if (value == nullptr)
      continue;
    if (auto text = value->if_string()) {
      field.kind = json_kind::string;
      field.text.assign(text->data(), text->size());
    } else {
      // Only a string is ever right here, so other kinds need no telling apart.
      field.kind = value->is_null() ? json_kind::null : json_kind::object;
    }
  }
  if (given(raw.channels()))
    return refuse("an event of a batch has one channel, not channels");
  if (raw.channel().kind != json_kind::string)
    return refuse("channel must be a string");
  std::vector<std::string> channels;
  channels.push_back(std::move(raw.channel().text));
  return check_event(std::move(raw), std::move(channels), limits, counts);
}

} // namespace

std::variant<publish_request, api_error>
parse_events_body(std::string_view body, std::string_view raw_query,
                  const config::limit_settings& limits, bool counts) {
  std::string from_query;
  if (body.empty())
    body = from_query = body_of_query(raw_query);
  raw_event raw;
  if (auto wrong = read_fields(body, raw.fields))
    return refuse("The body is " + *wrong);
  std::vector<std::string> channels;
  if (given(raw.channel()) && given(raw.channels()))
    return refuse("Send channel or channels, not both");
  if (given(raw.channel())) {
    if (raw.channel().kind != json_kind::string)
      return refuse("channel must be a string");
    channels.push_back(std::move(raw.channel().text));
  } else {
    auto names = raw.channels().kind == json_kind::array
                     ? read_strings(raw.channels().text)
                     : std::nullopt;
    if (!names)
      return refuse("channels must be an array of strings");
    channels = *std::move(names);
  }
  return check_event(std::move(raw), std::move(channels), limits, counts);
}

// As the body of an event of today, so that there is one way of reading it.
std::variant<publish_request, api_error>
parse_channel_event(std::string_view channel, std::string_view body,
                    std::string_view raw_query,
                    const config::limit_settings& limits) {
  std::string today = R"({"channel":)";
  append_json_string(today, channel);
  today += R"(,"data":)";
  append_json_string(today, body);
  auto query = parse_query(raw_query, plus_sign::space);
  for (std::string_view key : {"name", "socket_id"})
    if (auto value = find_param(query, key)) {
      today += ",\"" + std::string{key} + "\":";
      append_json_string(today, *value);
    }
  return parse_events_body(today + '}', {}, limits, false);
}

std::variant<std::vector<publish_request>, api_error>
parse_batch_body(std::string_view body, const config::limit_settings& limits,
                 bool counts) {
  unsigned char buffer[8192];
  json::monotonic_resource memory(buffer, sizeof(buffer));
  json::parse_options options;
  options.max_depth = max_json_depth;
  json::error_code error;
  auto tree = json::parse(body, error, &memory, options);
  if (error)
    return refuse("The body is not valid JSON (" + error.message() + ')');
  auto object = tree.if_object();
  auto batch = object == nullptr ? nullptr : object->if_contains("batch");
  auto items = batch == nullptr ? nullptr : batch->if_array();
  if (items == nullptr || items->empty())
    return refuse("batch must be an array of events");
  if (items->size() > limits.events_per_batch)
    return refuse("batch has " + std::to_string(items->size())
                  + " events, at most "
                  + std::to_string(limits.events_per_batch) + " are allowed");
  std::vector<publish_request> result;
  result.reserve(items->size());
  for (const auto& item : *items) {
    auto event = read_batch_item(item, limits, counts);
    if (auto wrong = std::get_if<api_error>(&event)) {
      wrong->message =
          "batch[" + std::to_string(result.size()) + "]: " + wrong->message;
      return std::move(*wrong);
    }
    result.push_back(std::get<publish_request>(std::move(event)));
  }
  return result;
}

} // namespace tidewire::pusher
