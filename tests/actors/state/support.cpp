#include "tests/actors/state/support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <stdexcept>

#include <sys/socket.h>
#include <unistd.h>

namespace tidewire::testing {

namespace json = boost::json;

namespace {

// Takes what an outbox writes.
struct pipe_of_frames final : net::outbox::observer {
  pipe_of_frames() {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::runtime_error("no socketpair");
  }
  ~pipe_of_frames() {
    ::close(ends[0]);
    ::close(ends[1]);
  }

  void written(const frame& what) noexcept override {
    // Shorter than 64 KiB: the header has 2 or 4 bytes (RFC 6455 §5.2).
    auto bytes = what.bytes();
    texts.emplace_back(bytes.substr(bytes.size() < 128 ? 2 : 4));
  }

  void drain() {
    std::array<char, 65536> bytes;
    while (::recv(ends[1], bytes.data(), bytes.size(), MSG_DONTWAIT) > 0)
      ;
  }

  int ends[2];
  std::vector<std::string> texts;
};

std::string text_of(const json::value* x) {
  if (!x)
    return {};
  return x->is_string() ? std::string{x->get_string()} : json::serialize(*x);
}

} // namespace

told parse_told(std::string_view text) {
  auto message = json::parse({text.data(), text.size()}).as_object();
  return {text_of(message.if_contains("event")),
          text_of(message.if_contains("channel")),
          text_of(message.if_contains("data"))};
}

std::vector<std::string> ids_in(const told& what) {
  auto data = json::parse(what.data).as_object();
  std::vector<std::string> result;
  if (auto* one = data.if_contains("user_id"))
    result.push_back(text_of(one));
  if (auto* presence = data.if_contains("presence"))
    for (auto& id : presence->as_object().at("ids").as_array())
      result.push_back(text_of(&id));
  return result;
}

std::vector<told> fake_subscriber::take() {
  static pipe_of_frames pipe;
  announced_ = false;
  while (outbox_.write_to(pipe.ends[0], pipe) == net::outbox::outcome::blocked)
    pipe.drain();
  pipe.drain();
  std::vector<told> result;
  for (auto& text : std::exchange(pipe.texts, {}))
    result.push_back(parse_told(text));
  return result;
}

std::vector<std::string> fake_subscriber::take_names() {
  std::vector<std::string> result;
  for (auto& x : take())
    result.push_back(x.name);
  return result;
}

} // namespace tidewire::testing
