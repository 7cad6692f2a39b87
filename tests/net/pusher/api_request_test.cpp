#include "net/pusher/api_request.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

namespace {

publish_request read(std::string_view body, bool counts = true) {
  auto result = parse_events_body(body, {}, default_limits, counts);
  auto wrong = as<api_error>(result);
  INFO((wrong ? wrong->message : "a request"));
  REQUIRE_FALSE(wrong);
  return *as<publish_request>(result);
}

// Status and sentence of a body that is refused; 0 for one that is not.
api_error refusal(std::string_view body, bool counts = true) {
  auto result = parse_events_body(body, {}, default_limits, counts);
  auto wrong = as<api_error>(result);
  return wrong ? *wrong : api_error{0, {}, {}};
}

// A body with these members in place of the usual ones.
std::string event(std::string_view members) {
  return joined(R"({"name":"e","data":"d",)", std::string{members}, '}');
}

std::string names(std::size_t n) {
  std::string result = R"("channels":[)";
  for (std::size_t i = 0; i < n; ++i)
    result += (i ? ",\"c" : "\"c") + std::to_string(i) + '"';
  return result + ']';
}

using batch_result = std::variant<std::vector<publish_request>, api_error>;

batch_result read_batch(std::string_view body, bool counts = true) {
  return parse_batch_body(body, default_limits, counts);
}

api_error batch_refusal(std::string_view body, bool counts = true) {
  auto result = read_batch(body, counts);
  auto wrong = as<api_error>(result);
  return wrong ? *wrong : api_error{0, {}, {}};
}

std::string batch_of(std::size_t n, std::string_view last = {}) {
  constexpr std::string_view good = R"({"name":"e","data":"d","channel":"c"})";
  std::string result = R"({"batch":[)";
  for (std::size_t i = 0; i < n; ++i) {
    result += i ? "," : "";
    result += i + 1 == n && !last.empty() ? last : good;
  }
  return result + "]}";
}

} // namespace

TEST_CASE("the body that libraries send is read") {
  auto r = read(
      R"({"name":"my-event","data":"{\"hello\":\"world\"}","channels":["a","presence-b"],"socket_id":"8113.42","info":"user_count,subscription_count"})");
  CHECK(r.name == "my-event");
  CHECK(r.data == R"({"hello":"world"})");
  CHECK(r.channels == std::vector<std::string>{"a", "presence-b"});
  REQUIRE(r.exclude);
  CHECK(*r.exclude == tidewire::socket_id{8113, 42});
  CHECK(r.info == info_set{true, true, false});
}

TEST_CASE("one channel may be named alone") {
  auto r = read(event(R"("channel":"a")"));
  CHECK(r.channels == std::vector<std::string>{"a"});
  CHECK_FALSE(r.exclude);
  CHECK_FALSE(r.info.any());
  CHECK(contains(refusal(event(R"("channel":"a","channels":["b"])")).message,
                 "not both"));
}

TEST_CASE("null and unknown members are ignored") {
  auto r = read(event(
      R"("channel":null,"channels":["a"],"socket_id":null,"info":null,"x":{})"));
  CHECK(r.channels == std::vector<std::string>{"a"});
  CHECK_FALSE(r.exclude);
}

TEST_CASE("data is passed on as it was sent") {
  for (std::string_view data :
       {"", "text", "{}", R"({"a":1.10})", R"("quoted")", "\xf0\x9f\x8c\x8a"}) {
    std::string body = R"({"name":"e","channel":"c","data":")";
    for (auto c : data)
      body += c == '"' ? "\\\"" : std::string(1, c);
    CHECK(read(body + "\"}").data == data);
  }
}

TEST_CASE("data must be a string, and the sentence says what to do") {
  for (auto value : {"{}", "[]", "1", "true"}) {
    auto wrong = refusal(joined(R"({"name":"e","channel":"c","data":)",
                                std::string{value}, '}'));
    CHECK(wrong.status == 400);
    CHECK(contains(wrong.message, "JSON.stringify"));
  }
  for (auto body : {R"({"name":"e","channel":"c"})",
                    R"({"name":"e","channel":"c","data":null})"}) {
    CHECK(refusal(body).status == 400);
    CHECK(contains(refusal(body).message, "data is missing"));
  }
}

TEST_CASE("data has 10,240 bytes, one more is 413") {
  auto body = [](const std::string& data) {
    return R"({"name":"e","channel":"c","data":")" + data + "\"}";
  };
  CHECK(read(body(std::string(10'240, 'x'))).data.size() == 10'240);
  CHECK(refusal(body(std::string(10'241, 'x'))).status == 413);
  CHECK(read(body(repeat("\u00e9", 5'120))).data.size() == 10'240);
  CHECK(refusal(body(repeat("\u00e9", 5'121))).status == 413);
  CHECK(read(body(repeat(R"(\u00e9)", 5'120))).data.size() == 10'240);
  CHECK(read(body(repeat(R"(\")", 10'240))).data.size() == 10'240);
}

TEST_CASE("an event has a name of up to 200 characters") {
  auto body = [](const std::string& name) {
    return R"({"data":"d","channel":"c","name":)" + name + '}';
  };
  CHECK(read(body(joined('"', std::string(200, 'n'), '"'))).name.size() == 200);
  CHECK(read(body(joined('"', repeat("\u00e9", 200), '"'))).name.size() == 400);
  CHECK(refusal(body(joined('"', std::string(201, 'n'), '"'))).status == 400);
  for (auto name : {"\"\"", "1", "null", "{}"})
    CHECK(contains(refusal(body(name)).message, "name must be"));
  CHECK(refusal(R"({"data":"d","channel":"c"})").status == 400);
}

TEST_CASE("a publish names 1 to 100 channels") {
  CHECK(read(event(names(100))).channels.size() == 100);
  CHECK(refusal(event(names(101))).status == 400);
  CHECK(contains(refusal(event(names(101))).message, "at most 100"));
  CHECK(refusal(event(names(0))).status == 400);
  CHECK(refusal(R"({"name":"e","data":"d"})").status == 400);
  for (auto value : {"\"a\"", "{}", "1", "[1]", "[\"a\",null]", "[[\"a\"]]"})
    CHECK(contains(
        refusal(event(joined(R"("channels":)", std::string{value}))).message,
        "array of strings"));
  CHECK(refusal(event(R"("channel":["a"])")).status == 400);
}

TEST_CASE("a channel named twice is published to once") {
  CHECK(read(event(R"("channels":["a","b","a","a","c","b"])")).channels
        == std::vector<std::string>{"a", "b", "c"});
  CHECK(
      read(event(R"("channels":["private-encrypted-a","private-encrypted-a"])"))
          .channels.size()
      == 1);
}

TEST_CASE("every channel name is checked") {
  for (auto name : {"", "a b", "a/b", "#x", "\\u0000"}) {
    CAPTURE(name);
    auto wrong = refusal(
        event(joined(R"("channels":["a",")", std::string{name}, "\"]")));
    CHECK(wrong.status == 400);
    CHECK(contains(wrong.message, "channel name"));
  }
  CHECK(refusal(event(joined(R"("channel":")", std::string(165, 'a'), '"')))
            .status
        == 400);
  CHECK(read(event(R"("channel":"#server-to-user-42")")).channels.size() == 1);
}

TEST_CASE("an encrypted channel is published to on its own") {
  CHECK(read(event(R"("channels":["private-encrypted-a"])")).channels.size()
        == 1);
  for (auto list : {R"(["private-encrypted-a","b"])",
                    R"(["b","private-encrypted-cache-a"])",
                    R"(["private-encrypted-a","private-encrypted-b"])"}) {
    auto wrong = refusal(event(joined(R"("channels":)", std::string{list})));
    CHECK(wrong.status == 400);
    CHECK(contains(wrong.message, "private-encrypted-"));
  }
}

TEST_CASE("socket_id is two numbers with a dot between") {
  for (auto id : {"\"\"", "\"1\"", "\".1\"", "\"1.\"", "\"1.2.3\"", "\"a.b\"",
                  "\"-1.2\"", "\"1.2\\n\"", "\" 1.2\"", "1.2", "{}"}) {
    CAPTURE(id);
    auto wrong = refusal(
        event(joined(R"("channel":"a","socket_id":)", std::string{id})));
    CHECK(wrong.status == 400);
    CHECK(contains(wrong.message, "123.456"));
  }
  // A number that no socket of ours has excludes nobody.
  CHECK_FALSE(
      read(event(R"("channel":"a","socket_id":"99999999999999999999.1")"))
          .exclude);
}

TEST_CASE("info is checked against channels and app") {
  CHECK(refusal(event(R"("channel":"a","info":"user_count")")).status == 400);
  CHECK(read(event(R"("channel":"presence-a","info":"user_count")"), false)
            .info.user_count);
  CHECK(refusal(event(R"("channel":"a","info":"subscription_count")"), false)
            .status
        == 400);
  CHECK(read(event(R"("channel":"a","info":"subscription_count")"), true)
            .info.subscription_count);
  CHECK(refusal(event(R"("channel":"a","info":"cache")")).status == 400);
  CHECK(refusal(event(R"("channel":"a","info":"nonsense")")).status == 400);
  CHECK(refusal(event(R"("channel":"a","info":["user_count"])")).status == 400);
}

TEST_CASE("a body that is not one JSON object is 400") {
  for (auto body : {" ", "x", "[]", "1", "{", R"({"name":"e"}x)",
                    "{\"name\":\"\xff\"}", R"({"name":"\ud800"})"}) {
    auto wrong = refusal(body);
    CHECK(wrong.status == 400);
    CHECK(contains(wrong.message, "The body is not"));
  }
  CHECK(refusal(repeat("[", 200'000)).status == 400);
  CHECK(refusal(joined(R"({"x":)", repeat("[", 200'000))).status == 400);
}

TEST_CASE("without a body the query string speaks") {
  auto result = parse_events_body(
      {},
      "auth_key=x&name=my+event&data=%7B%22a%22%3A%22%C3%A9%22%7D"
      "&channels[]=a&channels%5B%5D=presence-b&socket_id=1.2"
      "&info=user_count%2Csubscription_count",
      default_limits, true);
  auto r = as<publish_request>(result);
  REQUIRE(r);
  CHECK(r->name == "my event");
  CHECK(r->data == "{\"a\":\"\u00e9\"}");
  CHECK(r->channels == std::vector<std::string>{"a", "presence-b"});
  CHECK(r->exclude == tidewire::socket_id{1, 2});
  CHECK(r->info == info_set{true, true, false});
  result =
      parse_events_body({}, "name=e&data=d&channel=c", default_limits, false);
  CHECK(as<publish_request>(result));
}

TEST_CASE("a query string is held to the same rules as a body") {
  auto status = [](std::string_view query) {
    auto result = parse_events_body({}, query, default_limits, false);
    auto wrong = as<api_error>(result);
    return wrong ? wrong->status : 0;
  };
  CHECK(status("name=e&data=d&channel=c") == 0);
  CHECK(status("") == 400);
  CHECK(status("name=e&data=d") == 400);
  CHECK(status("name=e&data=%FF&channel=c") == 400);
  CHECK(status("name=%C3&data=d&channel=c") == 400);
  CHECK(status("name=e&data=d&channel=a%20b") == 400);
  CHECK(status(joined("name=e&channel=c&data=", std::string(10'241, 'x')))
        == 413);
  CHECK(status("name=e&data=d&channel=c&channels[]=d") == 400);
}

TEST_CASE("a batch holds events of one channel each") {
  auto result = read_batch(
      R"({"batch":[{"name":"a","data":"1","channel":"presence-x","info":"user_count"},{"name":"b","data":"2","channel":"y","socket_id":"3.4"}]})");
  auto events = as<std::vector<publish_request>>(result);
  REQUIRE(events);
  REQUIRE(events->size() == 2);
  CHECK(events->at(0).name == "a");
  CHECK(events->at(0).data == "1");
  CHECK(events->at(0).channels == std::vector<std::string>{"presence-x"});
  CHECK(events->at(0).info.user_count);
  CHECK(events->at(1).exclude == tidewire::socket_id{3, 4});
  CHECK_FALSE(events->at(1).info.any());
}

TEST_CASE("a batch has ten events and not eleven") {
  auto ten = read_batch(batch_of(10));
  REQUIRE(as<std::vector<publish_request>>(ten));
  CHECK(as<std::vector<publish_request>>(ten)->size() == 10);
  CHECK(batch_refusal(batch_of(11)).status == 400);
  CHECK(contains(batch_refusal(batch_of(11)).message, "at most 10"));
  CHECK(batch_refusal(batch_of(0)).status == 400);
  CHECK(batch_refusal(batch_of(50'000)).status == 400);
}

TEST_CASE("one bad event refuses the batch and is named") {
  struct row {
    std::string item;
    int status;
    std::string_view names;
  };
  auto long_data = joined(R"({"name":"e","channel":"c","data":")",
                          std::string(10'241, 'x'), "\"}");
  const row table[] = {
      {"1", 400, "object"},
      {"null", 400, "object"},
      {R"({"data":"d","channel":"c"})", 400, "name"},
      {R"({"name":"e","channel":"c"})", 400, "data"},
      {R"({"name":"e","channel":"c","data":{}})", 400, "JSON.stringify"},
      {R"({"name":"e","data":"d"})", 400, "channel"},
      {R"({"name":"e","data":"d","channel":"a b"})", 400, "channel name"},
      {R"({"name":"e","data":"d","channels":["a"]})", 400, "channels"},
      {R"({"name":"e","data":"d","channel":"c","socket_id":1})", 400,
       "socket_id"},
      {R"({"name":"e","data":"d","channel":"c","info":"user_count"})", 400,
       "user_count"},
      {long_data, 413, "10241"},
  };
  for (const auto& row : table) {
    auto wrong = batch_refusal(batch_of(3, row.item));
    CAPTURE(row.item.substr(0, 80), wrong.message);
    CHECK(wrong.status == row.status);
    CHECK(wrong.message.starts_with("batch[2]: "));
    CHECK(contains(wrong.message, row.names));
  }
}

TEST_CASE("a body that holds no batch is 400") {
  for (auto body :
       {"", "x", "[]", "{}", "1", R"({"batch":{}})", R"({"batch":null})",
        R"({"batch":[]})", R"({"batch":[{}]} x)", "{\"batch\":[\"\xff\"]}"})
    CHECK(batch_refusal(body).status == 400);
  CHECK(batch_refusal(joined(R"({"batch":)", repeat("[", 100'000))).status
        == 400);
  CHECK(batch_refusal(repeat(R"({"batch":)", 40)).status == 400);
}

TEST_CASE("limits are those of the settings") {
  tidewire::config::limit_settings limits;
  limits.event_data = 3;
  limits.event_name = 2;
  limits.channels_per_event = 1;
  limits.channel_name = 4;
  limits.events_per_batch = 1;
  auto status = [&](std::string_view body) {
    auto result = parse_events_body(body, {}, limits, false);
    auto wrong = as<api_error>(result);
    return wrong ? wrong->status : 0;
  };
  CHECK(status(R"({"name":"ab","data":"abc","channels":["abcd"]})") == 0);
  CHECK(status(R"({"name":"abc","data":"abc","channels":["abcd"]})") == 400);
  CHECK(status(R"({"name":"ab","data":"abcd","channels":["abcd"]})") == 413);
  CHECK(status(R"({"name":"ab","data":"abc","channels":["abcde"]})") == 400);
  CHECK(status(R"({"name":"ab","data":"abc","channels":["a","b"]})") == 400);
  auto batch = parse_batch_body(batch_of(2), limits, false);
  CHECK(as<api_error>(batch));
}

namespace {

std::variant<publish_request, api_error>
old_event(std::string_view body, std::string_view query,
          std::string_view channel = "c") {
  return parse_channel_event(channel, body, query, default_limits);
}

} // namespace

TEST_CASE("the old form has its data in the body, as it came") {
  for (std::string_view body :
       {R"({"a":1})", R"("text")", "no JSON", "", "\"\\\n", "\u00e4"}) {
    CAPTURE(body);
    auto result = old_event(body, "name=my%20event&auth_key=x&data=other"
                                  "&channel=other&info=user_count");
    auto event = as<publish_request>(result);
    REQUIRE(event);
    CHECK(event->name == "my event");
    CHECK(event->data == body);
    CHECK(event->channels == std::vector<std::string>{"c"});
    CHECK_FALSE(event->exclude);
    CHECK_FALSE(event->info.any()); // the answer has no room for it
  }
}

TEST_CASE(
    "the old form leaves out a socket, whatever the key is written like") {
  auto result = old_event("{}", "NAME=e&Socket_Id=12.34");
  auto event = as<publish_request>(result);
  REQUIRE(event);
  REQUIRE(event->exclude);
  CHECK(to_string(*event->exclude) == "12.34");
}

TEST_CASE("what is wrong with the old form is said as with the new one") {
  auto status = [](std::string_view body, std::string_view query) {
    auto result = old_event(body, query);
    auto wrong = as<api_error>(result);
    return wrong ? wrong->status : 0;
  };
  CHECK(status("{}", "") == 400);
  CHECK(status("{}", "name=") == 400);
  CHECK(status("{}", "name=e&socket_id=x") == 400);
  CHECK(status("\xff", "name=e") == 400);
  CHECK(status(std::string(10'240, 'x'), "name=e") == 0);
  CHECK(status(std::string(10'241, 'x'), "name=e") == 413);
}
