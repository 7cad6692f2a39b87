#include "net/pusher/server_event.hpp"

#include "net/pusher/json_fields.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace tidewire::pusher {

namespace {

constexpr std::array<bool, 256> make_special() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 0x20; ++c)
    table[c] = true;
  table['"'] = true;
  table['\\'] = true;
  return table;
}

constexpr auto special = make_special();

// Whether one of eight bytes is a quote, a backslash or below 0x20. May say
// yes for a neighbour of such a byte, never no for one.
bool has_special(const char* bytes) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  auto zero_in = [](std::uint64_t x) { return (x - ones) & ~x & highs; };
  auto control = (word - ones * 0x20) & ~word & highs;
  return (control | zero_in(word ^ (ones * '"'))
          | zero_in(word ^ (ones * '\\')))
         != 0;
}

const char* find_special(const char* at, const char* end) noexcept {
  while (end - at >= 8 && !has_special(at))
    at += 8;
  while (at != end && !special[static_cast<unsigned char>(*at)])
    ++at;
  return at;
}

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (byte) {
  case '"':
    out += "\\\"";
    break;
  case '\\':
    out += "\\\\";
    break;
  case '\b':
    out += "\\b";
    break;
  case '\f':
    out += "\\f";
    break;
  case '\n':
    out += "\\n";
    break;
  case '\r':
    out += "\\r";
    break;
  case '\t':
    out += "\\t";
    break;
  default:
    out += "\\u00";
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void open_event(std::string& out, std::string_view event,
                std::string_view channel) {
  out += R"({"event":")";
  out += event;
  out += R"(","channel":)";
  append_json_string(out, channel);
}

// `inner` is JSON; on the wire it is a string (§1, double encoding).
void close_with_data(std::string& out, std::string_view inner) {
  out += R"(,"data":)";
  append_json_string(out, inner);
  out += '}';
}

void append_info(std::string& out, std::string_view user_info_json) {
  out += user_info_json.empty() ? std::string_view{"null"} : user_info_json;
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* at = text.data();
  const char* end = at + text.size();
  for (;;) {
    auto stop = find_special(at, end);
    out.append(at, stop);
    if (stop == end)
      break;
    append_escape(out, static_cast<unsigned char>(*stop));
    at = stop + 1;
  }
  out += '"';
}

void render_connection_established(std::string& out, std::string_view socket_id,
                                   std::uint32_t activity_timeout) {
  std::string inner = R"({"socket_id":)";
  append_json_string(inner, socket_id);
  inner += R"(,"activity_timeout":)";
  append_number(inner, activity_timeout);
  inner += '}';
  out += R"({"event":"pusher:connection_established")";
  close_with_data(out, inner);
}

void render_error(std::string& out, std::optional<std::uint16_t> code,
                  std::string_view message) {
  out += R"({"event":"pusher:error","data":{"code":)";
  if (code)
    append_number(out, *code);
  else
    out += "null";
  out += R"(,"message":)";
  append_json_string(out, message);
  out += "}}";
}

void render_ping(std::string& out) {
  out += R"({"event":"pusher:ping","data":{}})";
}

void render_pong(std::string& out) {
  out += R"({"event":"pusher:pong","data":{}})";
}

void render_subscription_succeeded(std::string& out, std::string_view channel) {
  open_event(out, "pusher_internal:subscription_succeeded", channel);
  close_with_data(out, "{}");
}

void render_subscription_succeeded(std::string& out, std::string_view channel,
                                   std::span<const presence_user> users) {
  std::string inner = R"({"presence":{"ids":[)";
  for (const auto& user : users) {
    if (inner.back() != '[')
      inner += ',';
    append_json_string(inner, user.user_id);
  }
  inner += R"(],"hash":{)";
  for (const auto& user : users) {
    if (inner.back() != '{')
      inner += ',';
    append_json_string(inner, user.user_id);
    inner += ':';
    append_info(inner, user.user_info_json);
  }
  inner += R"(},"count":)";
  append_number(inner, users.size());
  inner += "}}";
  open_event(out, "pusher_internal:subscription_succeeded", channel);
  close_with_data(out, inner);
}

void render_subscription_error(std::string& out, std::string_view channel,
                               std::string_view type, std::string_view error,
                               int status) {
  open_event(out, "pusher:subscription_error", channel);
  out += R"(,"data":{"type":)";
  append_json_string(out, type);
  out += R"(,"error":)";
  append_json_string(out, error);
  out += R"(,"status":)";
  out += std::to_string(status);
  out += "}}";
}

void render_member_added(std::string& out, std::string_view channel,
                         const presence_user& user) {
  std::string inner = R"({"user_id":)";
  append_json_string(inner, user.user_id);
  inner += R"(,"user_info":)";
  append_info(inner, user.user_info_json);
  inner += '}';
  open_event(out, "pusher_internal:member_added", channel);
  close_with_data(out, inner);
}

void render_member_removed(std::string& out, std::string_view channel,
                           std::string_view user_id) {
  std::string inner = R"({"user_id":)";
  append_json_string(inner, user_id);
  inner += '}';
  open_event(out, "pusher_internal:member_removed", channel);
  close_with_data(out, inner);
}

void render_subscription_count(std::string& out, std::string_view channel,
                               std::uint64_t count) {
  std::string inner = R"({"subscription_count":)";
  append_number(inner, count);
  inner += '}';
  open_event(out, "pusher_internal:subscription_count", channel);
  close_with_data(out, inner);
}

void render_cache_miss(std::string& out, std::string_view channel) {
  open_event(out, "pusher:cache_miss", channel);
  out += '}';
}

void render_signin_success(std::string& out, std::string_view user_data) {
  out += R"({"event":"pusher:signin_success","data":{"user_data":)";
  append_json_string(out, user_data);
  out += "}}";
}

void render_watchlist_events(std::string& out,
                             std::span<const watchlist_event> events) {
  std::string inner = R"({"events":[)";
  for (const auto& event : events) {
    if (inner.back() != '[')
      inner += ',';
    inner += R"({"name":)";
    append_json_string(inner, event.name);
    inner += R"(,"user_ids":[)";
    for (const auto& id : event.user_ids) {
      if (inner.back() != '[')
        inner += ',';
      append_json_string(inner, id);
    }
    inner += "]}";
  }
  inner += "]}";
  out += R"({"event":"pusher_internal:watchlist_events")";
  close_with_data(out, inner);
}

void render_channel_event(std::string& out, std::string_view event,
                          std::string_view channel, std::string_view data,
                          std::optional<std::string_view> user_id) {
  out.reserve(out.size() + event.size() + channel.size() + data.size()
              + data.size() / 8 + 64);
  out += R"({"event":)";
  append_json_string(out, event);
  out += R"(,"channel":)";
  append_json_string(out, channel);
  out += R"(,"data":)";
  append_json_string(out, data);
  if (user_id) {
    out += R"(,"user_id":)";
    append_json_string(out, *user_id);
  }
  out += '}';
}

std::string data_of_channel_event(std::string_view text) {
  std::array fields{json_field{"data"}};
  read_fields(text, fields);
  return std::move(fields[0].text);
}

} // namespace tidewire::pusher
