#include "actors/state/cluster/dial_book.hpp"

#include "tests/catch.hpp"

using namespace tidewire::cluster;

namespace {

const life whoever{"a", 1};

} // namespace

TEST_CASE("an address is dialled once at a time") {
  dial_book book(10, 80);
  CHECK(book.dial_now("x:1", 0));
  CHECK_FALSE(book.dial_now("x:1", 5));
  CHECK(book.dial_now("y:1", 5));
  CHECK(book.ended("x:1", dial_result::failed, {}, 6) == 0);
  CHECK_FALSE(book.dial_now("x:1", 15));
  CHECK(book.due_ns("x:1") == 16);
  CHECK(book.dial_now("x:1", 16));
}

TEST_CASE("pauses double up to the longest, and news shorten them") {
  dial_book book(10, 80);
  std::int64_t now = 0;
  for (std::int64_t pause : {10, 20, 40, 80, 80}) {
    REQUIRE(book.dial_now("x:1", now));
    book.ended("x:1", dial_result::failed, {}, now);
    CHECK(book.due_ns("x:1") == now + pause);
    now += pause;
  }
  book.hurry("x:1", now - 50);
  CHECK(book.dial_now("x:1", now - 50));
  book.ended("x:1", dial_result::failed, {}, now - 50);
  CHECK(book.due_ns("x:1") == now - 40);
}

TEST_CASE("an address remembers who answered there, also when refused") {
  dial_book book(10, 80);
  CHECK_FALSE(book.resident("x:1"));
  REQUIRE(book.dial_now("x:1", 0));
  book.ended("x:1", dial_result::answered, whoever, 1);
  CHECK(book.resident("x:1") == whoever);
  REQUIRE(book.dial_now("x:1", 100));
  CHECK(book.ended("x:1", dial_result::refused, {}, 101) == 100);
  CHECK(book.resident("x:1") == whoever);
}

TEST_CASE("our own address is not dialled again") {
  dial_book book(10, 80);
  REQUIRE(book.dial_now("me:1", 0));
  book.ended("me:1", dial_result::yourself, {}, 1);
  CHECK_FALSE(book.dial_now("me:1", 1'000'000));
}

TEST_CASE("an answer that nobody waits for changes nothing") {
  dial_book book(10, 80);
  CHECK_FALSE(book.ended("x:1", dial_result::answered, whoever, 1));
  CHECK_FALSE(book.resident("x:1"));
}

TEST_CASE("an answer that never comes is not waited for for ever") {
  dial_book book(10, 80);
  REQUIRE(book.dial_now("x:1", 0));
  CHECK_FALSE(book.dial_now("x:1", 799));
  CHECK(book.dial_now("x:1", 800));
}
