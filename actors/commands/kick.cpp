// kick: ends connections.
#include "actors/commands/sweep.hpp"
#include "actors/commands/table.hpp"
#include "net/utf8.hpp"

namespace tidewire::commands {

namespace {

// Each costs a close frame and its subscriptions.
constexpr std::size_t kicked_at_once = 64;

// A close frame holds 125 bytes, two of them the code (RFC 6455 §5.5).
constexpr std::size_t longest_reason = 123;

struct whom {
  std::optional<app_index> app;
  std::optional<socket_id> socket;
  std::string user;
  std::uint16_t code = 0;
  std::string reason;

  bool fits(const shard& home, const connection& who) const {
    if (socket)
      return who.socket() == *socket;
    if (user.empty())
      return true;
    auto* known = user_of(home, who);
    return known && *known == user;
  }
};

std::string nobody(const whom& how) {
  if (how.socket)
    return "There is no connection " + to_string(*how.socket)
           + " on this node; it may have ended.";
  if (!how.user.empty())
    return "Nobody is connected as \"" + how.user + "\" here.";
  return "That app has no connections here.";
}

// What is wrong with the choice, if anything.
std::string trouble_of(const call& given) {
  auto chosen = int{given.has("socket")} + int{given.has("user")}
                + int{given.flag("all")};
  if (chosen != 1)
    return "Say whom: a socket id, or --user, or --app with --all.";
  if (given.flag("all") && !given.has("app"))
    return "--all needs --app: all connections of which app?";
  if (given.has("socket") && given.has("app"))
    return "A socket id needs no --app.";
  if (given.text("reason").size() > longest_reason)
    return "--reason: at most 123 bytes fit into a close frame.";
  if (!net::valid_utf8(given.text("reason")))
    return "--reason has to be UTF-8.";
  return {};
}

void answer_kick(const request& who) {
  auto& given = who.arguments();
  if (auto trouble = trouble_of(given); !trouble.empty()) {
    who.reply(refused(status::usage, trouble));
    return;
  }
  auto how = std::make_shared<whom>();
  if (given.has("socket"))
    how->socket = parse_socket_id(given.text("socket"));
  how->user = given.text("user");
  if (given.has("app")) {
    answer no;
    how->app = named_app(who, no);
    if (!how->app) {
      who.reply(std::move(no));
      return;
    }
  }
  auto code = given.flag("reconnect") ? pusher::close_code::reconnect_now
                                      : pusher::close_code::unauthorized;
  how->code = pusher::to_number(code);
  how->reason = given.has("reason") ? given.text("reason")
                : given.flag("reconnect")
                    ? std::string{pusher::info_of(code).reason}
                    : std::string{"Closed by the operator of this server"};
  sweep<std::uint64_t>::begin(
      who,
      [how]() -> sweep<std::uint64_t>::step {
        return [how, at = connection_cursor{how->app}](std::uint64_t& kicked,
                                                       shard& home) mutable {
          return at.visit(home, kicked_at_once, [&](connection& each) {
            if (!how->fits(home, each))
              return;
            each.close(how->code, how->reason, close_reason::terminated);
            ++kicked;
          });
        };
      },
      [who, how](const std::vector<std::uint64_t>& parts) {
        std::uint64_t kicked = 0;
        for (auto each : parts)
          kicked += each;
        if (kicked == 0) {
          who.reply(refused(status::not_found, nobody(*how)));
          return;
        }
        answer out;
        out.sections.emplace_back(
            facts{"",
                  {{"kicked", unit::count, whole(kicked)},
                   {"code", unit::text, std::to_string(how->code)},
                   {"reason", unit::text, how->reason}}});
        who.reply(std::move(out));
      });
}

} // namespace

command kick_command() {
  return {
      "kick",
      role::operate,
      "Ends connections.",
      "They are closed with code 4009, at which the clients of Pusher stay "
      "away until their page or program connects again, or with 4200 and "
      "--reconnect, at which they come back at once. They do not count any "
      "more when the answer comes; the close reason is `terminated`.",
      {{"socket", kind::socket, "this connection", true},
       {"user", kind::user, "all connections of this user"},
       {"app", kind::app, "the app whose user, or whose connections"},
       {"all", kind::flag, "every connection of the app"},
       {"reason", kind::text, "what their close frame says"},
       {"reconnect", kind::flag, "let them come back: 4200 instead of 4009"}},
      {"kick 123.456", "kick --user alice --reason 'Signed out'",
       "kick --app 1 --all --reconnect"},
      answer_kick};
}

} // namespace tidewire::commands
