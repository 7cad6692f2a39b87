// The bytes of a handshake as the first version said them. Whoever is upgraded
// shakes hands with those who are not, so they are said and understood for
// ever: what is new goes behind the fields of the hello, or has another form.
#include "net/cluster/handshake.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <utility>

using namespace tidewire::net::cluster;

namespace {

hello same_somebody(std::string node, std::uint64_t incarnation) {
  hello x;
  x.types = "CAF 17, BASP 4, link_batch";
  x.cluster = "tide";
  x.node = std::move(node);
  x.incarnation = incarnation;
  x.stay = 3;
  x.reactors = 8;
  x.address = "192.0.2.1:6101";
  x.nonce.fill(static_cast<unsigned char>(0xa0 + incarnation));
  return x;
}

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (unsigned char each : bytes) {
    out += digits[each >> 4u];
    out += digits[each & 15u];
  }
  return out;
}

// Gives `to` what `from` said, and returns it.
std::string carried(handshake& from, handshake& to) {
  auto said = std::exchange(from.out, {});
  for (auto rest = std::string_view{said}; !rest.empty();) {
    auto count = std::min(rest.size(), to.wants());
    REQUIRE(count != 0);
    to.take(rest.substr(0, count));
    rest.remove_prefix(count);
  }
  if (to.now() == handshake::state::deciding)
    to.agree();
  return hex(said);
}

} // namespace

TEST_CASE("a handshake is what it was in the first version") {
  const proof_key key{"secret"};
  const auto d = same_somebody("d", 1), a = same_somebody("a", 2);
  handshake dialler{handshake::role::dialler, d, key};
  handshake acceptor{handshake::role::acceptor, a, key};
  CHECK(carried(acceptor, dialler)
        == "5449444501010020a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2"
           "a2a2a2a2a2a2a2a2");
  CHECK(carried(dialler, acceptor)
        == "544944450102007701011a4341462031372c204241535020342c206c696e6b5f"
           "6261746368047469646501640103080e3139322e302e322e313a3631303120a1"
           "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a142"
           "ace7c6e3b123eaa401d5726576304546ba4df4b88229b10909e7af7221cd63");
  CHECK(carried(acceptor, dialler)
        == "544944450103007701011a4341462031372c204241535020342c206c696e6b5f"
           "6261746368047469646501610203080e3139322e302e322e313a3631303120a2"
           "a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a287"
           "c626eb33ab6c5500b67083d5cb98f6929131a35ac31c0406813a6b011e2beb");
  CHECK(carried(dialler, acceptor)
        == "54494445010400200a1d1f6de5a6309b4d3b9dedc45f03f591987ecfb10041f5"
           "427bab5fd6655ab9");
  CHECK(carried(acceptor, dialler) == "5449444501050000");
  REQUIRE(acceptor.now() == handshake::state::done);
  REQUIRE(dialler.now() == handshake::state::done);
  CHECK(hex(view_of(dialler.session()))
        == "7b883cf9a07fd3a819a16e8341e75efe970e212d9f6e0530ccf00211f1bbb1c6");
  CHECK(dialler.session() == acceptor.session());
}

TEST_CASE("neighbours speak the version of the older one") {
  const proof_key key{"secret"};
  auto d = same_somebody("d", 1), a = same_somebody("a", 2);
  for (auto [newer, older] : {std::pair{&d, &a}, std::pair{&a, &d}}) {
    *newer = same_somebody(newer->node, newer->incarnation);
    *older = same_somebody(older->node, older->incarnation);
    newer->oldest = 1;
    newer->newest = 2;
    handshake dialler{handshake::role::dialler, d, key};
    handshake acceptor{handshake::role::acceptor, a, key};
    carried(acceptor, dialler);
    carried(dialler, acceptor);
    carried(acceptor, dialler);
    carried(dialler, acceptor);
    carried(acceptor, dialler);
    REQUIRE(acceptor.now() == handshake::state::done);
    CHECK(dialler.version() == 1);
    CHECK(acceptor.version() == 1);
    newer->oldest = 2; // two versions on
    newer->newest = 3;
    handshake late_dialler{handshake::role::dialler, d, key};
    handshake late_acceptor{handshake::role::acceptor, a, key};
    carried(late_acceptor, late_dialler);
    carried(late_dialler, late_acceptor);
    CHECK(late_acceptor.why()
          == (newer == &d ? refusal::too_new : refusal::too_old));
  }
}
