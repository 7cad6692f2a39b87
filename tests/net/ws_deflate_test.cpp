// RFC 7692 §5.1 and §7.1: how compression is negotiated.
#include "net/ws_deflate.hpp"

#include "net/http_text.hpp"
#include "tests/catch.hpp"

#include <string>

using namespace tidewire::net;

namespace {

std::string answer(std::string_view offers) {
  const auto terms = accept_ws_deflate(offers);
  return terms ? terms->answer() : "declined";
}

const std::string plain = "permessage-deflate; server_no_context_takeover; "
                          "client_no_context_takeover";

} // namespace

TEST_CASE("what browsers and libraries offer is accepted") {
  const std::string offer = GENERATE(
      "permessage-deflate",
      "permessage-deflate; client_max_window_bits", // Chromium, ws
      "permessage-deflate; client_max_window_bits=15",
      "permessage-deflate;server_no_context_takeover;client_no_context_"
      "takeover",
      "permessage-deflate; client_no_context_takeover; client_max_window_bits",
      " permessage-deflate ;\tclient_max_window_bits\t=\t9 ",
      "Permessage-Deflate; CLIENT_MAX_WINDOW_BITS",
      "permessage-deflate; client_max_window_bits=\"8\"");
  INFO(offer);
  CHECK(answer(offer) == plain);
}

TEST_CASE("a window the client asks for is kept to and confirmed") {
  for (unsigned bits = 8; bits <= 15; ++bits) {
    const auto named = "server_max_window_bits=" + std::to_string(bits);
    const auto terms = accept_ws_deflate("permessage-deflate; " + named);
    REQUIRE(terms);
    CHECK(terms->window_bits == bits);
    CHECK(terms->answer() == plain + "; " + named);
  }
  CHECK(answer("permessage-deflate; server_max_window_bits=\"1\\0\"")
        == plain + "; server_max_window_bits=10");
}

TEST_CASE("a window nobody asked for is the largest and is not named") {
  const auto terms = accept_ws_deflate("permessage-deflate");
  REQUIRE(terms);
  CHECK(*terms == ws_deflate_terms{15, false});
}

TEST_CASE("an offer that is not in order is declined") {
  const std::string parameter =
      GENERATE("server_max_window_bits", "server_max_window_bits=7",
               "server_max_window_bits=16", "server_max_window_bits=08",
               "server_max_window_bits=1", "server_max_window_bits=150",
               "server_max_window_bits=-9", "server_max_window_bits=x",
               "server_max_window_bits=9; server_max_window_bits=9",
               "client_max_window_bits=7", "client_max_window_bits=16",
               "client_max_window_bits=010",
               "client_max_window_bits; client_max_window_bits=9",
               "server_no_context_takeover=1", "client_no_context_takeover=yes",
               "server_no_context_takeover; server_no_context_takeover",
               "client_no_context_takeover; client_no_context_takeover",
               "unheard_of", "mux=1");
  INFO(parameter);
  CHECK(answer("permessage-deflate; " + parameter) == "declined");
  // The one after it is taken all the same.
  CHECK(answer("permessage-deflate; " + parameter + ", permessage-deflate")
        == plain);
}

TEST_CASE("the first offer in order is taken") {
  CHECK(answer("permessage-deflate; server_max_window_bits=10, "
               "permessage-deflate; server_max_window_bits=12")
        == plain + "; server_max_window_bits=10");
  CHECK(answer("permessage-deflate; server_max_window_bits=20, "
               "permessage-deflate; server_max_window_bits=12")
        == plain + "; server_max_window_bits=12");
}

TEST_CASE("other extensions are passed over") {
  CHECK(answer("x-webkit-deflate-frame, permessage-deflate") == plain);
  CHECK(answer("permessage-bzip2; level=\"9\", permessage-deflate") == plain);
  CHECK(answer("foo, bar; baz=2") == "declined");
  CHECK(answer("permessage-deflated") == "declined");
}

TEST_CASE("empty members of the list mean nothing") {
  CHECK(answer(", ,permessage-deflate,,") == plain);
  CHECK(answer("") == "declined");
  CHECK(answer(" ") == "declined");
  CHECK(answer(",,") == "declined");
}

TEST_CASE("after a break of the grammar nothing is accepted") {
  const std::string offer = GENERATE(
      "permessage-deflate;", "permessage-deflate; ;",
      "permessage-deflate; server_max_window_bits=",
      "permessage-deflate; server_max_window_bits=\"10",
      "permessage-deflate; server_max_window_bits=\"\"",
      "permessage-deflate; server_max_window_bits=\"1 0\"",
      "permessage-deflate; server_max_window_bits=\"\\",
      "permessage-deflate; =10", "permessage-deflate permessage-deflate",
      "; permessage-deflate", "=, permessage-deflate",
      "permessage-deflate; client_max_window_bits=\xC3\xA9",
      "foo bar, permessage-deflate", "\"permessage-deflate\"");
  INFO(offer);
  CHECK(answer(offer) == "declined");
}

TEST_CASE("an answer carries what was agreed, or nothing of it") {
  const auto with = switching_protocols("dGhlIHNhbXBsZSBub25jZQ==",
                                        ws_deflate_terms{}.answer());
  CHECK(with.find("\r\nSec-WebSocket-Extensions: " + plain + "\r\n\r\n")
        != std::string::npos);
  CHECK(switching_protocols("dGhlIHNhbXBsZSBub25jZQ==").find("Extensions")
        == std::string::npos);
}
