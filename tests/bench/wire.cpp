#include "bench/wire.hpp"

#include <string>

#include "tests/catch.hpp"

using namespace tidewire::bench;
using namespace std::string_literals;

TEST_CASE("frame heads of all three lengths are read") {
  frame_head head;
  REQUIRE(read_head("\x81\x05hello", head) == head_status::ok);
  CHECK(head.code == opcode::text);
  CHECK(head.final);
  CHECK(head.header == 2);
  CHECK(head.payload == 5);
  REQUIRE(read_head("\x81\x7e\x01\x02"s, head) == head_status::ok);
  CHECK(head.header == 4);
  CHECK(head.payload == 258);
  REQUIRE(read_head("\x02\x7f\0\0\0\0\0\1\0\0"s, head) == head_status::ok);
  CHECK(head.code == opcode::binary);
  CHECK_FALSE(head.final);
  CHECK(head.header == 10);
  CHECK(head.payload == 65'536);
}

TEST_CASE("a compressed frame says so") {
  frame_head head;
  REQUIRE(read_head("\xc1\x05", head) == head_status::ok);
  CHECK(head.packed);
  CHECK(head.code == opcode::text);
  REQUIRE(read_head("\x81\x05", head) == head_status::ok);
  CHECK_FALSE(head.packed);
}

TEST_CASE("a head that is not complete is told from a broken one") {
  frame_head head;
  CHECK(read_head("", head) == head_status::incomplete);
  CHECK(read_head("\x81", head) == head_status::incomplete);
  CHECK(read_head("\x81\x7e\x01", head) == head_status::incomplete);
  CHECK(read_head("\x81\x7f\0\0\0\0\0\1\0"s, head) == head_status::incomplete);
  CHECK(read_head("\x81\x85", head) == head_status::broken);
  CHECK(read_head("\xa1\x05", head) == head_status::broken);
  CHECK(read_head("\x91\x05", head) == head_status::broken);
  CHECK(read_head("\x81\x7f\0\0\0\0\0\2\0\1"s, head) == head_status::broken);
}

TEST_CASE("a client's frame is masked, as in the example of RFC 6455 5.7") {
  CHECK(client_frame(opcode::text, "Hello")
        == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  const auto longer = client_frame(opcode::text, std::string(300, 'a'));
  CHECK(longer.size() == 300 + 8);
  CHECK(longer.substr(1, 3) == "\xfe\x01\x2c");
}

TEST_CASE("a stamp is read as it was written") {
  char text[stamp::size + 1] = {};
  write_stamp(text, {255, 0x89abcdefu, 0x0123'4567'89ab});
  CHECK(std::string(text) == "tw~ff89abcdef0123456789ab");
  const auto read = read_stamp(text);
  CHECK(read.publisher == 255);
  CHECK(read.sequence == 0x89abcdefu);
  CHECK(read.sent == 0x0123'4567'89abu);
}

TEST_CASE("the shape of a delivery recognises the next one") {
  char text[stamp::size];
  write_stamp(text, {1, 2, 3});
  const auto frame = [&text](std::size_t extra) {
    auto payload = R"({"event":"bench","data":")"
                   + std::string(text, sizeof text) + std::string(extra, 'x')
                   + "\"}";
    return "\x81"s + static_cast<char>(payload.size()) + payload;
  };
  const auto first = frame(10);
  frame_head head;
  REQUIRE(read_head(first, head) == head_status::ok);
  const auto shape = shape_of(first, head);
  REQUIRE(shape);
  CHECK(shape->size == first.size());
  CHECK(shape->matches(first.data()));
  CHECK(read_stamp(first.data() + shape->stamp_at).sequence == 2);
  CHECK_FALSE(shape->matches(frame(11).data()));
}

TEST_CASE("a frame without a stamp has no shape") {
  const auto frame = "\x81\x08{\"a\":12}"s;
  frame_head head;
  REQUIRE(read_head(frame, head) == head_status::ok);
  CHECK_FALSE(shape_of(frame, head));
}

TEST_CASE("events of the server are told apart") {
  CHECK(kind_of(R"({"event":"pusher:ping","data":{}})") == event_kind::ping);
  CHECK(kind_of(R"({"event": "pusher:ping"})") == event_kind::ping);
  CHECK(kind_of(R"({"channel":"a","event":"pusher_internal:)"
                R"(subscription_succeeded","data":"{}"})")
        == event_kind::subscribed);
  CHECK(kind_of(R"({"event":"pusher:error","data":{"code":4301}})")
        == event_kind::error);
  CHECK(kind_of(R"({"event":"mine","data":"{\"event\":\"pusher:ping\"}"})")
        == event_kind::other);
  CHECK(kind_of("{}") == event_kind::other);
  CHECK(kind_of(R"({"event")") == event_kind::other);
}

TEST_CASE("numbers are found inside encoded data") {
  const auto text = R"({"data":"{\"socket_id\":\"1.2\",)"
                    R"(\"activity_timeout\":120}"})";
  CHECK(number_after(text, "activity_timeout") == 120u);
  CHECK_FALSE(number_after(text, "protocol"));
  CHECK_FALSE(
      number_after(R"({"activity_timeout":"soon"})", "activity_timeout"));
}
