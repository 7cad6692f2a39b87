#include "net/tls_engine.hpp"

#include "tests/catch.hpp"
#include "tests/net/tls_testing.hpp"

#include <array>
#include <string>
#include <vector>

#include <malloc.h>

using namespace tidewire;
using namespace tidewire::testing;
using net::tls_engine;

namespace {

using state = tls_engine::state;

constexpr std::string_view alert_type{"\x15", 1};

// What a client that offers these protocols is given, or "-" if it is refused.
std::string protocol_given(std::string_view offered) {
  auto context = server_context();
  auto client = make_client();
  SSL_CTX_set_alpn_protos(
      client.get(), reinterpret_cast<const unsigned char*>(offered.data()),
      static_cast<unsigned>(offered.size()));
  tls_pair ends{client.get(), *context};
  if (!ends.shake_hands())
    return "-";
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ends.client.native(), &name, &size);
  return size == 0 ? std::string{}
                   : std::string{reinterpret_cast<const char*>(name), size};
}

struct established_pair {
  established_pair() { REQUIRE(ends.shake_hands()); }

  net::tls_context::ptr context = server_context();
  client_context client = make_client();
  tls_pair ends{client.get(), *context};
};

} // namespace

TEST_CASE("two ends shake hands and hear each other") {
  established_pair x;
  auto& [client, server] = x.ends;
  CHECK(std::string{server.version()} == "TLSv1.3");
  REQUIRE(client.put("hello"));
  CHECK(carry(client, server) == "hello");
  REQUIRE(server.put("good day"));
  REQUIRE(server.put(", sir"));
  CHECK(carry(server, client) == "good day, sir");
  CHECK(server.now() == state::open);
}

TEST_CASE("TLS 1.2 is spoken, with forward secrecy") {
  auto context = server_context();
  auto client = make_client(TLS1_2_VERSION, TLS1_2_VERSION);
  tls_pair ends{client.get(), *context};
  REQUIRE(ends.shake_hands());
  CHECK(std::string{ends.server.version()} == "TLSv1.2");
  CHECK(std::string{SSL_get_cipher_name(ends.server.native())}.starts_with(
      "ECDHE-ECDSA-"));
  REQUIRE(ends.client.put("x"));
  CHECK(carry(ends.client, ends.server) == "x");
}

TEST_CASE("TLS 1.1 is refused with an alert") {
  auto context = server_context();
  auto client = make_client(TLS1_1_VERSION, TLS1_1_VERSION);
  tls_pair ends{client.get(), *context};
  ends.client.greet();
  REQUIRE_FALSE(ends.client.out.empty());
  carry(ends.client, ends.server);
  CHECK(ends.server.now() == state::failed);
  CHECK(ends.server.out.starts_with(alert_type));
  CHECK(std::string{ends.server.problem()} == "unsupported protocol");
  CHECK_FALSE(ends.server.put("x"));
}

TEST_CASE("of the protocols a client offers http/1.1 is taken, no other") {
  CHECK(protocol_given(std::string_view{"\x02h2\x08http/1.1"}) == "http/1.1");
  CHECK(protocol_given(std::string_view{"\x08http/1.1"}) == "http/1.1");
  CHECK(protocol_given(std::string_view{"\x02h2"}) == "-");
  CHECK(protocol_given({}) == "");
}

TEST_CASE("a client's first flight may be split anywhere") {
  auto context = server_context();
  auto client = make_client();
  for (std::size_t at = 1;; ++at) {
    tls_pair ends{client.get(), *context};
    ends.client.greet();
    auto hello = std::exchange(ends.client.out, {});
    if (at >= hello.size()) {
      CHECK(at > 200); // there was something to split
      break;
    }
    std::array<char, 32'768> plain;
    ends.server.take(std::span{hello}.first(at), plain);
    REQUIRE(ends.server.now() == state::open);
    REQUIRE(ends.server.out.empty());
    ends.server.take(std::span{hello}.subspan(at), plain);
    carry(ends.server, ends.client);
    carry(ends.client, ends.server);
    REQUIRE(ends.server.established());
  }
}

TEST_CASE("everything may come byte by byte") {
  auto context = server_context();
  for (auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto client = make_client(version, version);
    tls_pair ends{client.get(), *context};
    REQUIRE(ends.shake_hands(1));
    REQUIRE(ends.client.put("by and by"));
    CHECK(carry(ends.client, ends.server, 1) == "by and by");
    ends.client.close();
    carry(ends.client, ends.server, 1);
    CHECK(ends.server.now() == state::closed);
  }
}

TEST_CASE("a record may be split anywhere") {
  established_pair x;
  auto& [client, server] = x.ends;
  std::array<char, 32'768> plain;
  for (std::size_t at = 0;; ++at) {
    REQUIRE(client.put("split me"));
    auto record = std::exchange(client.out, {});
    if (at > record.size())
      break;
    std::string heard;
    heard.append(plain.data(), server.take(std::span{record}.first(at), plain));
    CHECK(heard.empty() == (at < record.size()));
    heard.append(plain.data(),
                 server.take(std::span{record}.subspan(at), plain));
    CHECK(heard == "split me");
  }
}

TEST_CASE("a call gives out all that came with it and before it") {
  established_pair x;
  auto& [client, server] = x.ends;
  std::string text(70'000, 0);
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<char>(i * 31 >> 3);
  REQUIRE(client.put(text));
  auto bytes = std::exchange(client.out, {});
  // All but the last byte of the first record, then nearly all at once: the
  // room needed is what was given and a record.
  constexpr std::size_t first = 16'384;
  std::vector<char> plain(bytes.size() - first + tls_engine::max_record);
  CHECK(server.take(std::span{bytes}.first(first), plain) == 0);
  auto got = server.take(std::span{bytes}.subspan(first), plain);
  CHECK(std::string_view(plain.data(), got) == text);
  CHECK(SSL_pending(server.native()) == 0);
  CHECK(SSL_has_pending(server.native()) == 0);
}

TEST_CASE("what is put leaves in records of 16 KiB") {
  established_pair x;
  REQUIRE(x.ends.server.put(std::string(65'536, 'x')));
  CHECK(x.ends.server.out.size() == 65'536 + 4 * (5 + 1 + 16));
  CHECK(carry(x.ends.server, x.ends.client).size() == 65'536);
}

TEST_CASE("close_notify is said once and tells an end from a cut") {
  established_pair x;
  auto& [client, server] = x.ends;
  REQUIRE(client.put("last words"));
  CHECK(carry(client, server) == "last words");
  CHECK(server.now() == state::open); // no more bytes is not the end
  client.close();
  auto once = client.out.size();
  client.close();
  CHECK(client.out.size() == once);
  CHECK_FALSE(client.put("and another"));
  CHECK(carry(client, server).empty());
  CHECK(server.now() == state::closed);
  // The other direction is still open.
  REQUIRE(server.put("bye"));
  server.close();
  CHECK(carry(server, client) == "bye");
  CHECK(client.now() == state::closed);
}

TEST_CASE("words and close_notify in one go are both heard") {
  established_pair x;
  REQUIRE(x.ends.client.put("that is all"));
  x.ends.client.close();
  CHECK(carry(x.ends.client, x.ends.server) == "that is all");
  CHECK(x.ends.server.now() == state::closed);
}

TEST_CASE("close is silent while hands are being shaken") {
  auto context = server_context();
  tls_engine server{context->native(), tls_engine::role::server};
  server.close();
  CHECK(server.out.empty());
}

TEST_CASE("what is not TLS fails") {
  auto context = server_context();
  std::array<char, 32'768> plain;
  for (std::string_view bytes :
       {std::string_view{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
        std::string_view{"\x16\x03\x01\x00\x05hello", 10},
        std::string_view{"\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10},
        std::string_view{"\0\0\0\0\0\0\0\0\0\0\0\0", 12}}) {
    tls_engine server{context->native(), tls_engine::role::server};
    CHECK(server.take(std::span{bytes.data(), bytes.size()}, plain) == 0);
    CHECK(server.now() == state::failed);
    CHECK_FALSE(std::string_view{server.problem()}.empty());
    CHECK(server.take(std::span{bytes.data(), bytes.size()}, plain) == 0);
  }
}

TEST_CASE("a claim of a huge first message is not believed") {
  auto context = server_context();
  std::array<char, 32'768> plain;
  auto outcome = [&](std::string_view head, std::size_t most) {
    tls_engine server{context->native(), tls_engine::role::server};
    for (; !head.empty(); head.remove_prefix(std::min(most, head.size())))
      server.take(std::span{head.data(), std::min(most, head.size())}, plain);
    CHECK((server.now() == state::failed)
          == server.out.starts_with(alert_type));
    return server.now();
  };
  constexpr std::string_view limit{"\x16\x03\x01\x02\x00\x01\x00\x40\x00", 9};
  constexpr std::string_view beyond{"\x16\x03\x01\x02\x00\x01\x00\x40\x01", 9};
  constexpr std::string_view cut{"\x16\x03\x01\x00\x03\x01\x00\x00\x16", 9};
  for (std::size_t most : {1, 2, 100}) {
    CHECK(outcome(limit, most) == state::open);
    CHECK(outcome(beyond, most) == state::failed);
    CHECK(outcome(cut, most) == state::failed);
  }
}

TEST_CASE("a changed byte anywhere in a record ends the connection") {
  auto context = server_context();
  auto client = make_client();
  for (std::size_t at = 0;; ++at) {
    tls_pair ends{client.get(), *context};
    REQUIRE(ends.shake_hands());
    REQUIRE(ends.client.put("12345678"));
    auto record = std::exchange(ends.client.out, {});
    if (at == record.size())
      break;
    if (at == 3 || at == 4)
      continue; // a longer record has not come whole yet
    record[at] = static_cast<char>(record[at] ^ 1);
    std::array<char, 32'768> plain;
    INFO("byte " << at);
    CHECK(ends.server.take(record, plain) == 0);
    CHECK(ends.server.now() == state::failed);
  }
}

TEST_CASE("good words before a bad record are heard") {
  established_pair x;
  auto& [client, server] = x.ends;
  REQUIRE(client.put("good"));
  client.out += std::string_view{"\x17\x03\x03\x00\x20", 5};
  client.out += "this is no record that was sealed";
  CHECK(carry(client, server) == "good");
  CHECK(server.now() == state::failed);
}

TEST_CASE("a client comes back with its ticket, and nothing is kept for it") {
  auto context = server_context();
  auto client = make_client();
  static SSL_SESSION* kept = nullptr;
  SSL_CTX_set_session_cache_mode(client.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(client.get(), [](SSL*, SSL_SESSION* session) {
    SSL_SESSION_free(std::exchange(kept, session));
    return 1;
  });
  {
    tls_pair first{client.get(), *context};
    REQUIRE(first.shake_hands());
    CHECK(SSL_session_reused(first.server.native()) == 0);
    first.client.close(); // or it would not trust what it was given
  }
  REQUIRE(kept != nullptr);
  CHECK(SSL_CTX_sess_number(context->native()) == 0);
  tls_pair second{client.get(), *context};
  SSL_set_session(second.client.native(), kept);
  REQUIRE(second.shake_hands());
  CHECK(SSL_session_reused(second.server.native()) == 1);
  SSL_SESSION_free(std::exchange(kept, nullptr));
}

// OpenSSL 3.2 keeps 9 KiB of record layers for each connection, and 3.5 the
// client's post-quantum key, 6 KiB (docs/tls.md).
TEST_CASE("an idle server end costs what OpenSSL's own state does") {
  constexpr std::size_t most =
      (OPENSSL_VERSION_NUMBER < 0x30200000L ? 18 : 30) * std::size_t{1024};
  auto context = server_context();
  auto client = make_client();
  if (mallinfo2().uordblks == 0) {
    SUCCEED("this allocator does not say");
    return;
  }
  constexpr std::size_t count = 100;
  {
    tls_pair first{client.get(), *context}; // what OpenSSL loads once
    REQUIRE(first.shake_hands());
  }
  std::vector<std::unique_ptr<tls_engine>> servers;
  servers.reserve(count);
  auto before = mallinfo2().uordblks;
  for (std::size_t i = 0; i < count; ++i) {
    tls_engine other{client.get(), tls_engine::role::client};
    auto& server = *servers.emplace_back(std::make_unique<tls_engine>(
        context->native(), tls_engine::role::server));
    other.greet();
    while (!other.out.empty() || !server.out.empty()) {
      carry(other, server);
      carry(server, other);
    }
    REQUIRE(other.put("hello"));
    REQUIRE(carry(other, server) == "hello");
    REQUIRE(server.put("hello"));
    REQUIRE(carry(server, other) == "hello");
  }
  auto each = (mallinfo2().uordblks - before) / count;
  INFO(each << " bytes each");
  CHECK(each < most);
}
