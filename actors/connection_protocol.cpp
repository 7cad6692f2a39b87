// What a client may say on its WebSocket, and what it is answered.
#include "actors/channel_factory.hpp"
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

// The member that a subscription brings: the one it shows, or the user who is
// signed in on the connection.
std::variant<pusher::presence_member, pusher::data_error>
member_of(std::optional<std::string_view> data, const member* user,
          const config::limit_settings& limits) {
  if (data)
    return pusher::parse_presence_member(*data, limits);
  if (user)
    return pusher::member_of_signin({user->user_id, user->user_info, {}, false},
                                    limits);
  return pusher::data_error{"A presence channel needs channel_data with a "
                            "user_id, or a connection that is signed in"};
}

// Whether a subscription is in order, name and signature; for presence
// channels, who comes. `user` is who is signed in, or null.
std::optional<denial> check(const pusher::subscribe& x, const config::app& app,
                            const config::limit_settings& limits,
                            const socket_id& id, const member* user,
                            std::optional<member>& who) {
  if (auto wrong = pusher::check_channel_name(x.channel, limits.channel_name))
    return denial{"InvalidChannel", std::move(*wrong), 400};
  auto kind = *pusher::classify(x.channel);
  if (kind == pusher::channel_kind::user
      && (!user || user->user_id != pusher::user_of_channel(x.channel)))
    return denial{"AuthError",
                  "Only a connection that is signed in as this user may "
                  "subscribe to "
                      + x.channel,
                  401};
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
  auto parsed = member_of(data, user, limits);
  if (auto* wrong = std::get_if<pusher::data_error>(&parsed))
    return denial{data || user ? "InvalidMember" : "AuthError",
                  std::move(wrong->message), data || user ? 400 : 401};
  auto& found = std::get<pusher::presence_member>(parsed);
  who = member{std::move(found.user_id), std::move(found.user_info_json)};
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
  auto limits = home_.limits(app());
  std::optional<member> who;
  auto no =
      check(x, settings, limits, socket(), home_.routes.signed_in(*this), who);
  if (!no && limits.subscriptions_per_connection != 0
      && subscriptions.size() >= limits.subscriptions_per_connection) {
    no = denial{"LimitReached",
                "A connection may be subscribed to "
                    + std::to_string(limits.subscriptions_per_connection)
                    + " channels; unsubscribe from one first",
                4100};
    home_.note_limited(app(), limit_reason::subscriptions);
  }
  if (no) {
    std::string text;
    pusher::render_subscription_error(text, x.channel, no->type, no->sentence,
                                      no->status);
    say(text);
    return;
  }
  home_.routes.wish(*this, x.channel,
                    manner_of(x.channel, settings.subscription_counts),
                    std::move(who));
}

void connection::on(const pusher::unsubscribe& x) {
  if (!home_.routes.leave(*this, x.channel))
    say_error("No current subscription to channel " + x.channel
              + ", or subscription in progress");
}

// The first sign-in stands: the same user again changes nothing, another one is
// an error (protocol.md, 6).
void connection::on(const pusher::signin& x) {
  auto& settings = home_.apps[app()];
  if (!settings.user_authentication) {
    say_error("Users cannot sign in: it is not enabled for this app "
              "(user_authentication)");
    return;
  }
  if (auto wrong = pusher::verify_user_auth(x.auth, settings.keys,
                                            to_string(socket()), x.user_data)) {
    say_error(*wrong);
    return;
  }
  auto parsed = pusher::parse_signin_user(x.user_data);
  if (auto* wrong = std::get_if<pusher::data_error>(&parsed)) {
    say_error(wrong->message);
    return;
  }
  auto& user = std::get<pusher::signin_user>(parsed);
  auto* before = home_.routes.signed_in(*this);
  if (before && before->user_id != user.id) {
    say_error("This connection is signed in as another user; open another "
              "connection");
    return;
  }
  if (state_ == state::pending && !accept()) {
    if (waits_)
      said_ = std::make_unique<pusher::signin>(x);
    return;
  }
  std::string text;
  pusher::render_signin_success(text, x.user_data);
  say(text);
  if (before)
    return;
  constexpr auto too_long = pusher::close_code::watchlist_too_long;
  if (!settings.watchlist)
    user.watchlist.clear();
  else if (user.watchlist_cut)
    say_error(pusher::info_of(too_long).reason, pusher::to_number(too_long));
  known_as(user.id);
  home_.routes.sign_in(*this,
                       {std::move(user.id), std::move(user.user_info_json)},
                       user.watchlist);
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
    home_.note_limited(app(), limit_reason::client_event_rate);
    auto code = pusher::close_code::client_event_rate;
    say_error(pusher::info_of(code).reason, pusher::to_number(code));
    return;
  }
  if (!home_.quotas.ruling(app()).broadcasts) {
    home_.note_limited(app(), limit_reason::tier_broadcasts);
    say_error("Client event rejected - this app has used up its broadcasts of "
              "this month");
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
  if (x.too_large)
    home_.note_limited(app(), limit_reason::event_size);
  say_error(x.message, x.code);
}

} // namespace tidewire
