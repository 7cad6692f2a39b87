#include "actors/state/cluster/cap_records.hpp"

#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::cluster;
using meter::cap_kind;
using meter::cap_subject;

namespace {

caps_told full() {
  meter::cap_row row{
      {cap_subject::scope::account, "acme", cap_kind::broadcasts},
      {.at = {100},
       .from = meter::cap_level::near,
       .to = meter::cap_level::grace,
       .cause = meter::cap_cause::rose,
       .value = 7,
       .cap = 6,
       .deadline = meter::tick{200}}};
  caps_told x;
  x.asks = true;
  x.standing = true;
  x.founded = {50};
  x.newest_row = {100};
  x.memory = {
      {120}, {{row, meter::tick{90}}, {row, {}}}, {row.whose}, {{"1", 9}}};
  x.rows = {row};
  x.untold = {row, row};
  return x;
}

} // namespace

TEST_CASE("how caps stand comes as it was sent, and nothing less is read") {
  auto bytes = encode(full());
  CHECK(decode_caps_told(bytes) == full());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    CHECK_FALSE(decode_caps_told(bytes.substr(0, i)));
  CHECK_FALSE(decode_caps_told(bytes + "x"));
  CHECK(decode_caps_told(encode(caps_told{})) == caps_told{});
}

TEST_CASE("how far a node has come crosses whole") {
  caps_said x{{1}, {5}, 9, 0x1234567890abcdef, 77, {-3}};
  auto bytes = encode(x);
  CHECK(decode_caps_said(bytes) == x);
  CHECK_FALSE(decode_caps_said(bytes.substr(1)));
}

TEST_CASE("what no node would say of caps is refused") {
  auto x = full();
  x.rows[0].what.deadline.reset(); // a grace without an end
  CHECK_FALSE(decode_caps_told(encode(x)));
  x = full();
  x.founded = {std::int64_t{1} << 60};
  CHECK_FALSE(decode_caps_told(encode(x)));
  x = full();
  x.rows[0].what.cause = static_cast<meter::cap_cause>(9);
  CHECK_FALSE(decode_caps_told(encode(x)));
}
