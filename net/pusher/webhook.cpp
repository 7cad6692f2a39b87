#include "net/pusher/webhook.hpp"

#include "net/pusher/json_fields.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tidewire::pusher {

std::string_view name_of(webhook_kind kind) noexcept {
  static constexpr std::array<std::string_view, 7> names{
      "channel_occupied",  "channel_vacated", "member_added",
      "member_removed",    "client_event",    "cache_miss",
      "subscription_count"};
  return names[static_cast<std::size_t>(kind)];
}

std::string render_webhook_event(const webhook_event& what) {
  boost::json::object out;
  out["name"] = name_of(what.kind);
  out["channel"] = what.channel;
  if (what.kind == webhook_kind::client_event) {
    out["event"] = what.event;
    out["data"] = what.data;
    out["socket_id"] = what.socket_id;
  }
  if (what.kind == webhook_kind::subscription_count)
    out["subscription_count"] = what.subscription_count;
  if (what.kind == webhook_kind::member_added
      || what.kind == webhook_kind::member_removed
      || (what.kind == webhook_kind::client_event && !what.user_id.empty()))
    out["user_id"] = what.user_id;
  return boost::json::serialize(out);
}

std::string render_webhook_body(std::int64_t time_ms,
                                std::span<const std::string> events) {
  auto out = R"({"time_ms":)" + std::to_string(time_ms) + R"(,"events":[)";
  for (auto& event : events) {
    if (&event != events.data())
      out += ',';
    out += event;
  }
  return out += "]}";
}

std::optional<told_client_event> read_client_event(std::string_view text) {
  std::array<json_field, 3> fields{json_field{"event"}, json_field{"data"},
                                   json_field{"user_id"}};
  if (read_fields(text, fields) || fields[0].kind != json_kind::string)
    return std::nullopt;
  auto& [event, data, user] = fields;
  return told_client_event{std::move(event.text), std::move(data.text),
                           user.kind == json_kind::string ? std::move(user.text)
                                                          : std::string{}};
}

// Greedy with one place to return to: linear for what people write.
bool matches_pattern(std::string_view pattern, std::string_view name) noexcept {
  std::size_t p = 0;
  std::size_t n = 0;
  auto star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

} // namespace tidewire::pusher
