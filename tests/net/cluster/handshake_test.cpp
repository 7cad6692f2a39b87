// Two machines that shake hands, and what comes of everything that is wrong.
#include "net/cluster/handshake.hpp"

#include "messages/wire.hpp"

#include "tests/catch.hpp"

#include <random>

using namespace tidewire;
using namespace tidewire::net::cluster;
using state = handshake::state;
using role = handshake::role;

namespace {

hello somebody(std::string node, std::uint64_t incarnation) {
  hello x;
  x.types = "CAF 17, BASP 4, link_batch";
  x.cluster = "tide";
  x.node = std::move(node);
  x.incarnation = incarnation;
  x.stay = 3;
  x.reactors = 8;
  x.address = "192.0.2.1:6101";
  x.nonce = fresh_nonce();
  return x;
}

// Gives one side what the other one said, as much as it wants at a time.
void carry(handshake& from, handshake& to, std::size_t step = 4096) {
  while (!from.out.empty()) {
    auto count = std::min({from.out.size(), to.wants(), step});
    if (count == 0)
      break;
    to.take(std::string_view{from.out}.substr(0, count));
    from.out.erase(0, count);
  }
}

struct pair {
  explicit pair(hello d = somebody("d", 1), hello a = somebody("a", 2),
                const std::string& secret_of_d = "s",
                const std::string& secret_of_a = "s")
      : key_of_d(secret_of_d),
        key_of_a(secret_of_a),
        hello_of_d(std::move(d)),
        hello_of_a(std::move(a)),
        dialler(role::dialler, hello_of_d, key_of_d),
        acceptor(role::acceptor, hello_of_a, key_of_a) {}

  void run(std::size_t step = 4096) {
    for (int i = 0; i < 8; ++i) {
      carry(acceptor, dialler, step);
      if (dialler.now() == state::deciding)
        dialler.agree();
      carry(dialler, acceptor, step);
      if (acceptor.now() == state::deciding)
        acceptor.agree();
    }
  }

  proof_key key_of_d, key_of_a;
  hello hello_of_d, hello_of_a;
  handshake dialler, acceptor;
};

// Both sides end, for that reason and with the same sentence.
void check_refused(pair& two, refusal why, const std::string& part) {
  two.run();
  for (auto* each : {&two.dialler, &two.acceptor}) {
    CHECK((each->now() == state::refused_here
           || each->now() == state::refused_there));
    CHECK(each->why() == why);
    CHECK(each->sentence().find(part) != std::string::npos);
    CHECK(each->wants() == 0);
  }
  CHECK(two.dialler.sentence() == two.acceptor.sentence());
}

} // namespace

TEST_CASE("two nodes of a cluster agree and know each other") {
  for (std::size_t step : {1, 7, 4096}) {
    pair two;
    two.run(step);
    REQUIRE(two.dialler.now() == state::done);
    REQUIRE(two.acceptor.now() == state::done);
    CHECK(two.dialler.peer() == two.hello_of_a);
    CHECK(two.acceptor.peer() == two.hello_of_d);
    CHECK(two.dialler.session() == two.acceptor.session());
    CHECK(two.dialler.version() == 1);
    CHECK(two.dialler.wants() == 0);
    CHECK(two.acceptor.out.empty());
  }
}

TEST_CASE("no two handshakes have the same session") {
  hello d = somebody("d", 1), a = somebody("a", 2);
  pair one{d, a};
  one.run();
  a.nonce = fresh_nonce();
  pair two{d, a};
  two.run();
  CHECK(one.dialler.session() != two.dialler.session());
}

TEST_CASE("an empty secret is a secret like any other") {
  pair two{somebody("d", 1), somebody("a", 2), "", ""};
  two.run();
  CHECK(two.dialler.now() == state::done);
  pair unlike{somebody("d", 1), somebody("a", 2), "", "x"};
  check_refused(unlike, refusal::wrong_secret, "cluster.secret");
}

TEST_CASE("who does not know the secret is told so, and nothing else") {
  auto a = somebody("hidden-name", 2);
  a.address = "hidden-address:1";
  pair two{somebody("d", 1), a, "wrong", "right"};
  std::string heard;
  for (int i = 0; i < 4; ++i) {
    heard += two.acceptor.out;
    carry(two.acceptor, two.dialler);
    carry(two.dialler, two.acceptor);
  }
  CHECK(two.acceptor.why() == refusal::wrong_secret);
  CHECK_FALSE(two.acceptor.proved());
  CHECK(heard.find("hidden") == std::string::npos);
  CHECK(two.dialler.sentence()
        == "node \"d\" did not prove the secret; give all nodes of a cluster "
           "the same cluster.secret");
}

TEST_CASE("a listener that does not know the secret is not believed") {
  // It answers with a proof of its own making.
  pair two;
  auto a = somebody("a", 2);
  carry(two.acceptor, two.dialler);
  auto fake = write_hello(a) + std::string(32, 'x');
  std::string frame;
  append_frame(frame, step::answer, fake);
  two.dialler.take(std::string_view{frame}.substr(0, head_size));
  two.dialler.take(std::string_view{frame}.substr(head_size));
  CHECK(two.dialler.now() == state::refused_here);
  CHECK(two.dialler.why() == refusal::wrong_secret);
  CHECK_FALSE(two.dialler.proved());
}

TEST_CASE("a proof cannot be played back to whoever made it") {
  // Somebody without the secret dials a node, and answers its challenges with
  // what the node itself says as a dialler.
  proof_key key{"s"};
  auto me = somebody("a", 2);
  handshake acceptor{role::acceptor, me, key};
  auto as_dialler = me;
  as_dialler.nonce = fresh_nonce();
  handshake dialler{role::dialler, as_dialler, key};
  carry(acceptor, dialler);
  auto reflected = dialler.out; // a proof over that very challenge
  carry(dialler, acceptor);
  CHECK(acceptor.why() == refusal::yourself);
  // An answer that is the dialler's own greeting.
  handshake other{role::dialler, as_dialler, key};
  std::string frame;
  append_frame(frame, step::challenge, std::string(32, 'n'));
  other.take(std::string_view{frame}.substr(0, head_size));
  other.take(std::string_view{frame}.substr(head_size));
  auto greeting = other.out;
  greeting[5] = static_cast<char>(step::answer);
  other.out.clear();
  other.take(std::string_view{greeting}.substr(0, head_size));
  other.take(std::string_view{greeting}.substr(head_size));
  CHECK(other.why() == refusal::wrong_secret);
}

TEST_CASE("a greeting is good for one challenge only") {
  pair one;
  carry(one.acceptor, one.dialler);
  auto recorded = one.dialler.out;
  pair two;
  two.acceptor.take(std::string_view{recorded}.substr(0, head_size));
  two.acceptor.take(std::string_view{recorded}.substr(head_size));
  CHECK(two.acceptor.why() == refusal::wrong_secret);
}

TEST_CASE("a byte that is changed on the way is found, whichever") {
  pair sample;
  carry(sample.acceptor, sample.dialler);
  const auto length = sample.dialler.out.size();
  for (std::size_t at = 0; at < length; ++at) {
    pair two;
    carry(two.acceptor, two.dialler);
    REQUIRE(two.dialler.out.size() == length);
    two.dialler.out[at] = static_cast<char>(two.dialler.out[at] ^ 0x01);
    carry(two.dialler, two.acceptor);
    CHECK(two.acceptor.now() != state::deciding);
    CHECK(two.acceptor.now() != state::done);
    CHECK_FALSE(two.acceptor.proved());
  }
}

TEST_CASE("another cluster is refused before secrets are looked at") {
  auto d = somebody("d", 1);
  d.cluster = "ebb";
  pair two{d, somebody("a", 2), "one", "other"};
  check_refused(two, refusal::other_cluster, "not of the cluster \"ebb\"");
  // The name of the other cluster is not told.
  CHECK(two.dialler.sentence().find("tide\"") == std::string::npos);
}

TEST_CASE("versions that do not meet are refused, and say who is older") {
  auto d = somebody("d", 1);
  auto a = somebody("a", 2);
  a.oldest = 3;
  a.newest = 4;
  d.newest = 2;
  pair old{d, a};
  check_refused(old, refusal::too_old,
                "node \"d\" speaks version 1 to 2, node \"a\" speaks version 3 "
                "to 4");
  pair fresh{a, d};
  check_refused(fresh, refusal::too_new, "upgrade the older one");
  a.oldest = 2;
  pair meet{d, a};
  meet.run();
  CHECK(meet.dialler.now() == state::done);
  CHECK(meet.dialler.version() == 2);
  CHECK(meet.acceptor.version() == 2);
}

TEST_CASE("builds that carry other messages are refused") {
  auto d = somebody("d", 1);
  d.types = "CAF 18, BASP 5, link_batch";
  pair two{d};
  check_refused(two, refusal::unknown_types, "CAF 18");
}

TEST_CASE("a node that dials itself is told so") {
  auto me = somebody("d", 1);
  auto again = me;
  again.nonce = fresh_nonce();
  pair two{me, again};
  check_refused(two, refusal::yourself, "its own address");
}

TEST_CASE("two nodes of one name are refused") {
  pair two{somebody("n", 1), somebody("n", 2)};
  check_refused(two, refusal::name_taken, "server.node");
}

TEST_CASE("either may refuse in the end, and the other one hears why") {
  SECTION("the acceptor") {
    pair two;
    carry(two.acceptor, two.dialler);
    carry(two.dialler, two.acceptor);
    carry(two.acceptor, two.dialler);
    two.dialler.agree();
    carry(two.dialler, two.acceptor);
    REQUIRE(two.acceptor.now() == state::deciding);
    two.acceptor.refuse(refusal::name_taken, "because");
    carry(two.acceptor, two.dialler);
    CHECK(two.dialler.now() == state::refused_there);
    CHECK(two.dialler.why() == refusal::name_taken);
    CHECK(two.dialler.sentence() == "because");
    CHECK(two.dialler.proved());
  }
  SECTION("the dialler") {
    pair two;
    carry(two.acceptor, two.dialler);
    carry(two.dialler, two.acceptor);
    carry(two.acceptor, two.dialler);
    REQUIRE(two.dialler.now() == state::deciding);
    two.dialler.refuse(refusal::already_linked, "linked");
    carry(two.dialler, two.acceptor);
    CHECK(two.acceptor.now() == state::refused_there);
    CHECK(two.acceptor.why() == refusal::already_linked);
  }
}

TEST_CASE("what a stranger says reaches the log as printable text") {
  pair two;
  wire_writer said;
  said.number(static_cast<std::uint64_t>(refusal::busy));
  said.text("a\x1b[2Jb\nc\xff");
  std::string frame;
  append_frame(frame, step::refused, said.bytes());
  two.dialler.take(std::string_view{frame}.substr(0, head_size));
  two.dialler.take(std::string_view{frame}.substr(head_size));
  CHECK(two.dialler.now() == state::refused_there);
  CHECK(two.dialler.sentence() == "a?[2Jb?c?");
}

TEST_CASE("another protocol gets a line of text") {
  pair two;
  two.acceptor.out.clear();
  two.acceptor.take("GET / HT");
  CHECK(two.acceptor.now() == state::refused_here);
  CHECK(two.acceptor.why() == refusal::malformed);
  CHECK(two.acceptor.out
        == "This is the cluster port of a Tidewire node: only nodes speak "
           "here.\r\n");
}

TEST_CASE("who comes with TLS to a node without is told apart") {
  pair two;
  two.acceptor.out.clear();
  two.acceptor.take("\x16\x03\x01");
  CHECK(two.acceptor.now() == state::refused_here);
  CHECK(two.acceptor.why() == refusal::tls);
  CHECK(two.acceptor.sentence().find("cluster.tls") != std::string::npos);
  CHECK(two.acceptor.out.starts_with("This is the cluster port"));
}

TEST_CASE("a frame may be 4096 bytes long and no more") {
  std::string frame;
  append_frame(frame, step::greeting, std::string(4096, 'x'));
  CHECK(read_head(frame)->size == 4096);
  frame[6] = 0x10;
  frame[7] = 0x01;
  CHECK_FALSE(read_head(frame));
  pair two;
  two.acceptor.take(std::string_view{frame}.substr(0, head_size));
  CHECK(two.acceptor.why() == refusal::malformed);
  std::string largest{"TIDE\x01\x02\xff\xff", 8};
  pair other;
  other.acceptor.take(largest);
  CHECK(other.acceptor.why() == refusal::malformed);
}

TEST_CASE("a hello with a field that is too long, or cut, is none") {
  auto good = somebody("d", 1);
  REQUIRE(read_hello(write_hello(good)) == good);
  for (auto member :
       {&hello::types, &hello::cluster, &hello::node, &hello::address}) {
    auto x = good;
    x.*member = std::string(255, 'n');
    CHECK(read_hello(write_hello(x)) == x);
    x.*member = std::string(256, 'n');
    CHECK_FALSE(read_hello(write_hello(x)));
    x.*member = "a\nb";
    CHECK_FALSE(read_hello(write_hello(x)));
  }
  auto x = good;
  x.address.clear();
  CHECK_FALSE(read_hello(write_hello(x)));
  x = good;
  x.incarnation = 0;
  CHECK_FALSE(read_hello(write_hello(x)));
  x = good;
  x.reactors = 256;
  CHECK(read_hello(write_hello(x)));
  x.reactors = 257;
  CHECK_FALSE(read_hello(write_hello(x)));
  x.reactors = 0;
  CHECK_FALSE(read_hello(write_hello(x)));
  auto bytes = write_hello(good);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    CHECK_FALSE(read_hello(std::string_view{bytes}.substr(0, cut)));
  // A newer form may say more behind it.
  CHECK(read_hello(bytes + "more"));
}

TEST_CASE("another form of the handshake is refused with a sentence") {
  pair two;
  carry(two.acceptor, two.dialler);
  two.dialler.out[4] = 2;
  carry(two.dialler, two.acceptor);
  CHECK(two.acceptor.why() == refusal::too_new);
  CHECK(two.acceptor.sentence().find("form 2") != std::string::npos);
}

TEST_CASE("random bytes never make anybody believe") {
  std::mt19937_64 random{20261122};
  for (int round = 0; round < 20'000; ++round) {
    pair two;
    auto& victim = random() % 2 != 0 ? two.dialler : two.acceptor;
    for (int i = 0; i < 6 && victim.wants() != 0; ++i) {
      std::string bytes(victim.wants(), '\0');
      for (auto& each : bytes)
        each = static_cast<char>(random());
      if (bytes.size() == head_size && random() % 4 != 0) {
        bytes.clear();
        append_frame(bytes, static_cast<step>(1 + random() % 6), {});
        bytes[7] = static_cast<char>(random());
      }
      victim.take(bytes);
    }
    CHECK_FALSE(victim.proved());
    CHECK(victim.now() != state::done);
  }
}
