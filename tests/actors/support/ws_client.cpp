#include "tests/actors/support/ws_client.hpp"

#include "net/pusher/server_event.hpp"
#include "net/pusher/signature.hpp"
#include "net/ws_handshake.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tidewire::testing {

namespace json = boost::json;

namespace {

constexpr std::uint32_t mask = 0x1D2C3B4A;

std::string text_of(const json::value* x) {
  if (!x)
    return {};
  return x->is_string() ? std::string{x->get_string()} : json::serialize(*x);
}

event parse(std::string_view text) {
  auto message = json::parse({text.data(), text.size()}).as_object();
  return {text_of(message.if_contains("event")),
          text_of(message.if_contains("channel")),
          text_of(message.if_contains("data"))};
}

std::chrono::steady_clock::time_point in(std::chrono::milliseconds wait) {
  return std::chrono::steady_clock::now() + wait;
}

} // namespace

ws_client::ws_client(std::uint16_t port, std::string_view key, bool deflate)
    : socket_(port), deflate_(deflate) {
  shake_hands(key);
  auto hello = json::parse(until("pusher:connection_established", {}).data);
  id_ = parse_socket_id(text_of(hello.as_object().if_contains("socket_id")))
            .value();
}

void ws_client::shake_hands(std::string_view key) {
  auto target = "/app/" + std::string{key} + "?protocol=7";
  auto request = net::ws_client_request("127.0.0.1", target,
                                        net::ws_client_key({1, 2, 3}));
  if (deflate_)
    request.insert(request.size() - 2,
                   "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  socket_.write(request);
  std::string head;
  auto deadline = in(patience);
  for (auto end = head.npos; end == head.npos; end = head.find("\r\n\r\n")) {
    char byte;
    std::size_t size = 1;
    if (socket_.read(&byte, size, deadline) != socket::outcome::data)
      throw std::runtime_error("no answer to the handshake: " + head);
    head += byte;
  }
  if (!head.starts_with("HTTP/1.1 101"))
    throw std::runtime_error("the handshake was refused: " + head);
  if (deflate_ && head.find("permessage-deflate") == head.npos)
    throw std::runtime_error("compression was declined: " + head);
}

void ws_client::send(std::string_view text) {
  socket_.write(net::ws_client_frame(net::ws_opcode::text, text, mask));
}

void ws_client::ask_for(std::string_view channel, std::string_view user) {
  json::object data{{"channel", channel}};
  std::optional<std::string> who;
  if (!user.empty()) {
    who = json::serialize(json::object{{"user_id", user}});
    data["channel_data"] = *who;
  }
  if (channel.starts_with("private-") || channel.starts_with("presence-"))
    data["auth"] = std::string{config::demo_key} + ":"
                   + pusher::hmac_sha256_hex(config::demo_secret,
                                             pusher::channel_string_to_sign(
                                                 to_string(id_), channel, who));
  send(json::serialize(
      json::object{{"event", "pusher:subscribe"}, {"data", data}}));
}

event ws_client::subscribe(std::string_view channel, std::string_view user) {
  ask_for(channel, user);
  return wait_for("pusher_internal:subscription_succeeded", channel);
}

void ws_client::unsubscribe(std::string_view channel) {
  send(json::serialize(json::object{{"event", "pusher:unsubscribe"},
                                    {"data", {{"channel", channel}}}}));
}

event ws_client::sign_in(std::string_view user,
                         const std::vector<std::string>& watchlist) {
  json::array watched(watchlist.begin(), watchlist.end());
  auto user_data = json::serialize(
      json::object{{"id", user}, {"watchlist", std::move(watched)}});
  auto auth = std::string{config::demo_key} + ":"
              + pusher::hmac_sha256_hex(
                  config::demo_secret,
                  pusher::user_string_to_sign(to_string(id_), user_data));
  send(json::serialize(
      json::object{{"event", "pusher:signin"},
                   {"data", {{"auth", auth}, {"user_data", user_data}}}}));
  return wait_for("pusher:signin_success", {});
}

// -- in -----------------------------------------------------------------------

bool ws_client::read(std::chrono::steady_clock::time_point deadline) {
  if (ended_)
    return false;
  std::array<char, 16384> buffer;
  auto size = buffer.size();
  switch (socket_.read(buffer.data(), size, deadline)) {
  case socket::outcome::late:
    return false;
  case socket::outcome::ended:
    ended_ = true;
    return false;
  default:
    if (decoder_.feed({buffer.data(), size}, *this,
                      deflate_ ? &inflater_ : nullptr))
      throw std::runtime_error("the server broke RFC 6455");
    return true;
  }
}

std::optional<event> ws_client::next(std::chrono::milliseconds within) {
  auto deadline = in(within);
  while (waiting_.empty())
    if (!read(deadline))
      return std::nullopt;
  auto result = std::move(waiting_.front());
  waiting_.pop_front();
  return result;
}

event ws_client::until(std::string_view name, std::string_view channel) {
  auto deadline = in(patience);
  do {
    auto at = std::find_if(waiting_.begin(), waiting_.end(), [&](auto& x) {
      return x.name == name && x.channel == channel;
    });
    if (at != waiting_.end()) {
      auto result = std::move(*at);
      waiting_.erase(at);
      return result;
    }
  } while (read(deadline));
  throw std::runtime_error("never came: " + std::string{name} + " on '"
                           + std::string{channel} + "'"
                           + (ended_ ? " before the socket ended" : ""));
}

event ws_client::wait_for(std::string_view name, std::string_view channel) {
  return until(name, channel);
}

void ws_client::sync() {
  send(R"({"event":"pusher:ping","data":{}})");
  until("pusher:pong", {});
}

bool ws_client::ends(std::chrono::milliseconds within) {
  auto deadline = in(within);
  while (read(deadline))
    ; // what comes is noted
  return ended_;
}

std::size_t ws_client::count(std::string_view name,
                             std::string_view channel) const {
  return static_cast<std::size_t>(
      std::count_if(log_.begin(), log_.end(), [&](auto& x) {
        return x.name == name && x.channel == channel;
      }));
}

bool ws_client::on_message(net::ws_opcode, std::string_view payload) {
  auto x = parse(payload);
  if (x.name == "pusher:ping") {
    send(R"({"event":"pusher:pong","data":{}})");
    return true;
  }
  if (x.name != "pusher:pong")
    log_.push_back(x);
  waiting_.push_back(std::move(x));
  return true;
}

bool ws_client::on_ping(std::string_view payload) {
  socket_.write(net::ws_client_frame(net::ws_opcode::pong, payload, mask));
  return true;
}

bool ws_client::on_close(std::uint16_t code, std::string_view) {
  close_code_ = code;
  return false;
}

} // namespace tidewire::testing
