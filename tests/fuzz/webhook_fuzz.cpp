// The bodies of webhooks: events of arbitrary text must become JSON that says
// exactly that, and nothing else.
#include "net/pusher/webhook.hpp"

#include <boost/json/parse.hpp>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

namespace json = boost::json;
namespace pusher = tidewire::pusher;
using kind = pusher::webhook_kind;

[[noreturn]] void fail(const char* what, const std::string& body) {
  std::fprintf(stderr, "%s: %s\n", what, body.c_str());
  std::abort();
}

// The input: events, each a byte for its kind and four texts with their length
// in front.
class reader {
public:
  reader(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool done() const { return rest_.empty(); }

  std::uint8_t byte() {
    auto result = rest_.empty() ? '\0' : rest_.front();
    rest_.remove_prefix(rest_.empty() ? 0 : 1);
    return static_cast<std::uint8_t>(result);
  }

  std::string_view text() {
    std::size_t length = byte();
    auto result = rest_.substr(0, length);
    rest_.remove_prefix(result.size());
    return result;
  }

private:
  std::string_view rest_;
};

void check(const json::object& got, const pusher::webhook_event& want,
           const std::string& body) {
  std::size_t fields = 0;
  auto has = [&](std::string_view name, std::string_view value) {
    ++fields;
    auto* found = got.if_contains({name.data(), name.size()});
    if (!found || !found->is_string()
        || std::string_view{found->get_string()} != value)
      fail("a field is wrong", body);
  };
  has("name", name_of(want.kind));
  has("channel", want.channel);
  switch (want.kind) {
  case kind::client_event:
    has("event", want.event);
    has("data", want.data);
    has("socket_id", want.socket_id);
    if (!want.user_id.empty())
      has("user_id", want.user_id);
    break;
  case kind::member_added:
  case kind::member_removed:
    has("user_id", want.user_id);
    break;
  case kind::subscription_count:
    ++fields;
    if (got.at("subscription_count").to_number<std::uint64_t>()
        != want.subscription_count)
      fail("the count is wrong", body);
    break;
  default:
    break;
  }
  if (got.size() != fields)
    fail("something was added", body);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  reader in{data, size};
  std::vector<pusher::webhook_event> events;
  std::vector<std::string> rendered;
  while (!in.done()) {
    auto& e = events.emplace_back();
    e.kind = static_cast<kind>(in.byte() % 7);
    e.channel = in.text();
    e.user_id = in.text();
    e.event = in.text();
    e.data = in.text();
    e.socket_id = e.event;
    e.subscription_count = e.channel.size() * 0x9E3779B97F4A7C15u;
    rendered.push_back(render_webhook_event(e));
  }
  auto time = static_cast<std::int64_t>(size) * 1'000'003;
  auto body = pusher::render_webhook_body(time, rendered);
  // What clients send is valid UTF-8 by then; here it need not be.
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code no;
  auto value = json::parse({body.data(), body.size()}, no, {}, options);
  if (no || !value.is_object())
    fail("no JSON", body);
  auto& object = value.get_object();
  if (object.size() != 2
      || object.at("time_ms").to_number<std::int64_t>() != time)
    fail("the time is wrong", body);
  auto& list = object.at("events").as_array();
  if (list.size() != events.size())
    fail("an event is missing", body);
  for (std::size_t i = 0; i < events.size(); ++i)
    check(list[i].as_object(), events[i], body);
  // Anything may be read as a client event; names may be patterns.
  std::string_view text{reinterpret_cast<const char*>(data), size};
  static_cast<void>(pusher::read_client_event(text));
  if (auto star = text.find('*'); star != std::string_view::npos)
    static_cast<void>(
        pusher::matches_pattern(text.substr(0, star + 1), text.substr(star)));
  if (!pusher::matches_pattern("*", text))
    fail("a star matches everything", body);
  return 0;
}
