// What a client may say on its WebSocket, and what it is answered.
#include "actors/connection.hpp"
#include "actors/shard.hpp"
#include "net/pusher/channel_name.hpp"
#include "net/pusher/presence.hpp"
#include "net/pusher/server_event.hpp"
#include "net/pusher/signature.hpp"

namespace tidewire {

namespace {

struct denial {
  std::string_view type;
  std::string sentence;
  int status;
};

// Whether a subscription is in order, name and signature; for presence
// channels, who comes.
std::optional<denial> check(const pusher::subscribe& x, const config::app& app,
                            const config::limit_settings& limits,
                            const socket_id& id, pusher::channel_kind& kind,
                            std::optional<member>& who) {
  if (auto wrong = pusher::check_channel_name(x.channel, limits.channel_name))
    return denial{"InvalidChannel", std::move(*wrong), 400};
  kind = *pusher::classify(x.channel);
  if (kind == pusher::channel_kind::user || pusher::is_cache(kind))
    return denial{"NotSupported",
                  "This version does not serve this kind of channel yet", 501};
  if (!pusher::needs_auth(kind))
    return std::nullopt;
  std::optional<std::string_view> data;
  if (x.channel_data)
    data = *x.channel_data;
  if (auto wrong = pusher::verify_channel_auth(x.auth, app.keys, to_string(id),
                                               x.channel, data))
    return denial{"AuthError", std::move(*wrong), 401};
  if (!pusher::is_presence(kind))
    return std::nullopt;
  if (!data)
    return denial{"AuthError",
                  "A presence channel needs channel_data with a user_id", 401};
  auto parsed = pusher::parse_presence_member(*data, limits);
  if (auto* wrong = std::get_if<pusher::data_error>(&parsed))
    return denial{"InvalidMember", std::move(wrong->message), 400};
  auto& user = std::get<pusher::presence_member>(parsed);
  who = member{std::move(user.user_id), std::move(user.user_info_json)};
  return std::nullopt;
}

} // namespace

void connection::say(std::string_view text) {
  queue(text_frame(text));
}

void connection::say_error(std::string_view sentence,
                           std::optional<std::uint16_t> code) {
  std::string text;
  pusher::render_error(text, code, sentence);
  say(text);
}

void connection::on(const pusher::subscribe& x) {
  if (home_.routes.subscribed(*this, x.channel)) {
    say_error("Existing subscription to channel " + x.channel);
    return;
  }
  auto& settings = home_.apps[app()];
  pusher::channel_kind kind{};
  std::optional<member> who;
  if (auto no =
          check(x, settings, home_.settings.limits, socket(), kind, who)) {
    std::string text;
    pusher::render_subscription_error(text, x.channel, no->type, no->sentence,
                                      no->status);
    say(text);
    return;
  }
  home_.routes.wish(*this, x.channel, kind, settings.subscription_counts,
                    std::move(who));
}

void connection::on(const pusher::unsubscribe& x) {
  if (!home_.routes.leave(*this, x.channel))
    say_error("No current subscription to channel " + x.channel
              + ", or subscription in progress");
}

void connection::on(const pusher::signin&) {
  say_error("This version does not serve sign-in yet");
}

void connection::on(const pusher::ping&) {
  std::string text;
  pusher::render_pong(text);
  say(text);
}

void connection::on(const pusher::pong&) {
  // That it came is all it says.
}

void connection::on(const pusher::channel_event& x) {
  auto& settings = home_.apps[app()];
  if (!settings.client_events) {
    say_error("To send client events, you must enable this feature in the "
              "configuration of this app (client_events = true).");
    return;
  }
  auto kind = pusher::classify(x.channel);
  if (!kind || !pusher::allows_client_events(*kind)) {
    say_error("Client event rejected - only supported on private and presence "
              "channels");
    return;
  }
  if (!home_.routes.attached(*this, x.channel)) {
    say_error("Client event rejected - not subscribed to channel " + x.channel);
    return;
  }
  auto now = host().now();
  if (!client_events_.allow(static_cast<std::uint64_t>(now / 1'000'000),
                            settings.client_events_per_second)) {
    auto code = pusher::close_code::client_event_rate;
    say_error(pusher::info_of(code).reason, pusher::to_number(code));
    return;
  }
  std::optional<std::string_view> user;
  if (auto* user_id = home_.routes.user_of(*this, x.channel))
    user = *user_id;
  std::string text;
  pusher::render_channel_event(text, x.event, x.channel, x.data, user);
  ++home_.totals[app()].broadcasts;
  home_.directory.send(publish_event{
      {app(), x.channel}, text_frame(text, now), socket(), {}, true});
}

void connection::on(const pusher::malformed& x) {
  say_error(x.message, x.code);
}

} // namespace tidewire
