#include "net/pusher/api_response.hpp"

#include "net/pusher/server_event.hpp"

namespace tidewire::pusher {

namespace {

// Members after what `out` ends with; the caller opened the object.
void append_figures(std::string& out, const channel_figures& figures,
                    std::string_view subscriptions = "subscription_count") {
  auto member = [&out](std::string_view name,
                       const std::optional<std::uint64_t>& value) {
    if (!value)
      return;
    if (out.back() != '{')
      out += ',';
    out += '"';
    out += name;
    out += "\":";
    out += std::to_string(*value);
  };
  member("user_count", figures.user_count);
  member(subscriptions, figures.subscription_count);
}

} // namespace

void render_empty_object(std::string& out) {
  out += "{}";
}

void render_channels(std::string& out,
                     std::span<const named_figures> channels) {
  out += R"({"channels":{)";
  for (const auto& [channel, figures] : channels) {
    if (out.back() != '{')
      out += ',';
    append_json_string(out, channel);
    out += ":{";
    append_figures(out, figures);
    out += '}';
  }
  out += "}}";
}

void render_batch(std::string& out, std::span<const channel_figures> events) {
  out += R"({"batch":[)";
  for (const auto& figures : events) {
    if (out.back() != '[')
      out += ',';
    out += '{';
    append_figures(out, figures);
    out += '}';
  }
  out += "]}";
}

void render_channel(std::string& out, bool occupied,
                    const channel_figures& figures, bool cache_wanted,
                    const std::optional<cached_event>& cached) {
  out += occupied ? R"({"occupied":true)" : R"({"occupied":false)";
  append_figures(out, figures);
  if (cache_wanted && cached) {
    out += R"(,"cache":{"data":)";
    append_json_string(out, cached->data);
    out += R"(,"ttl":)";
    out += std::to_string(cached->ttl);
    out += '}';
  } else if (cache_wanted) {
    out += R"(,"cache":null)";
  }
  out += '}';
}

void render_stats(std::string& out, bool occupied,
                  const channel_figures& figures) {
  out += occupied ? R"({"occupied":true)" : R"({"occupied":false)";
  append_figures(out, figures, "connection_count");
  out += '}';
}

void render_connections(std::string& out, std::uint64_t count) {
  out += R"({"connections":)" + std::to_string(count) + '}';
}

void render_users(std::string& out,
                  std::span<const std::string_view> user_ids) {
  out += R"({"users":[)";
  for (auto id : user_ids) {
    if (out.back() != '[')
      out += ',';
    out += R"({"id":)";
    append_json_string(out, id);
    out += '}';
  }
  out += "]}";
}

} // namespace tidewire::pusher
