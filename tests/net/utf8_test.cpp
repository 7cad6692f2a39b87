// UTF-8 itself (RFC 3629), against the reference of the fuzzers.
#include "net/utf8.hpp"

#include "tests/catch.hpp"
#include "tests/fuzz/ws_reference.hpp"

#include <random>
#include <string>

using namespace tidewire::net;

namespace {

// Both questions at once: is it valid, and could it become so?
bool agrees(std::string_view text) {
  utf8_validator validator;
  return valid_utf8(text) == reference::valid_utf8(text)
         && validator.feed(text) == reference::begins_valid_utf8(text);
}

} // namespace

TEST_CASE("all texts of up to two bytes are judged right") {
  CHECK(valid_utf8(""));
  for (int first = 0; first < 256; ++first) {
    std::string text(1, static_cast<char>(first));
    if (!agrees(text))
      FAIL("byte " << first);
    text += ' ';
    for (int second = 0; second < 256; ++second) {
      text[1] = static_cast<char>(second);
      if (!agrees(text))
        FAIL("bytes " << first << ' ' << second);
    }
  }
  SUCCEED("65,792 texts");
}

TEST_CASE("all code points are judged right, near and far from the end") {
  // The shape of four bytes covers all code points, and what only looks like
  // one; behind them a short and a long rest take different paths.
  const int lead = GENERATE(0x41, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
                            0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF);
  const std::string rest = GENERATE("", "and so on, for a while and longer");
  constexpr int edges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90,
                           0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
  for (int second = 0; second < 256; ++second)
    for (const int third : edges)
      for (const int fourth : edges) {
        std::string text{static_cast<char>(lead), static_cast<char>(second),
                         static_cast<char>(third), static_cast<char>(fourth)};
        text += rest;
        if (!agrees(text))
          FAIL("bytes " << lead << ' ' << second << ' ' << third << ' '
                        << fourth);
      }
  SUCCEED("all");
}

TEST_CASE("how a text is cut does not matter") {
  std::mt19937 dice{20240607};
  const std::string points[] = {"a",        "plain text of some length",
                                "é",        "ß",
                                "日",       "本",
                                "😀",        "\xFF",
                                "\xED\xA0", "\xC3"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto count = dice() % 12; count > 0; --count)
      text += points[dice() % (dice() % 8 == 0 ? 10 : 7)];
    bool possible = true;
    utf8_validator validator;
    for (std::size_t at = 0; at < text.size();) {
      const auto size = 1 + dice() % 20;
      possible = validator.feed(std::string_view{text}.substr(at, size));
      at += size;
    }
    if (possible != reference::begins_valid_utf8(text)
        || (possible && validator.complete()) != valid_utf8(text))
      FAIL("round " << round);
  }
  SUCCEED("all rounds");
}

TEST_CASE("a byte that is wrong is found wherever it stands") {
  for (std::size_t size = 1; size < 100; ++size) {
    std::string text(size, 'a');
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = '\x80';
      if (valid_utf8(text))
        FAIL("size " << size << ", at " << at);
      text[at] = 'a';
    }
    CHECK(valid_utf8(text));
  }
}

TEST_CASE("a validator stays invalid until it is reset") {
  utf8_validator validator;
  CHECK_FALSE(validator.feed("\xFF"));
  CHECK_FALSE(validator.feed("fine"));
  CHECK_FALSE(validator.feed(""));
  CHECK_FALSE(validator.complete());
  validator.reset();
  CHECK(validator.feed("fine"));
  CHECK(validator.complete());
  CHECK(validator.feed("\xC3"));
  CHECK_FALSE(validator.complete());
}

TEST_CASE("a prefix does not cut a code point") {
  CHECK(utf8_prefix("short", 10) == "short");
  CHECK(utf8_prefix("short", 5) == "short");
  CHECK(utf8_prefix("short", 4) == "shor");
  CHECK(utf8_prefix("", 0).empty());
  CHECK(utf8_prefix("é", 1).empty());
  CHECK(utf8_prefix("aé", 2) == "a");
  CHECK(utf8_prefix("aé", 3) == "aé");
  CHECK(utf8_prefix("日本", 5) == "日");
  CHECK(utf8_prefix("😀", 3).empty());
  CHECK(utf8_prefix("😀!", 4) == "😀");
}
