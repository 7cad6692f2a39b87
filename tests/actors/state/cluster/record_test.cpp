// The framing of records.
#include "actors/state/cluster/record.hpp"

#include "tests/catch.hpp"

#include <random>
#include <utility>
#include <vector>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

using list = std::vector<std::pair<int, std::string>>;

list all_of(std::string_view bytes, bool& whole) {
  list result;
  whole = for_each_record(bytes, [&](record_kind kind, std::string_view each) {
    result.emplace_back(kind, each);
  });
  return result;
}

} // namespace

TEST_CASE("records come out as they went in, in order") {
  std::string out;
  REQUIRE(append_record(out, 1, "one"));
  REQUIRE(append_record(out, 127, ""));
  REQUIRE(append_record(out, 0, std::string(300, 'x')));
  REQUIRE(append_record(out, 255, "high"));
  bool whole = false;
  CHECK(all_of(out, whole)
        == list{
            {1, "one"}, {127, ""}, {0, std::string(300, 'x')}, {255, "high"}});
  CHECK(whole);
}

TEST_CASE("nothing at all is whole") {
  bool whole = false;
  CHECK(all_of({}, whole).empty());
  CHECK(whole);
}

TEST_CASE("ranges of kinds do not meet and leave none out below 168") {
  int owners = 0;
  for (int kind = 0; kind < 168; ++kind) {
    auto x = static_cast<record_kind>(kind);
    owners = (x == link_kind) + view_kinds.has(x) + channel_kinds.has(x)
             + row_kinds.has(x) + right_kinds.has(x) + shared_kinds.has(x)
             + cap_kinds.has(x);
    CHECK(owners == 1);
  }
}

TEST_CASE("a record as long as it may be is taken, one longer is not") {
  std::string out;
  CHECK(append_record(out, 9, std::string(max_record_bytes, 'x')));
  CHECK(out.size() == record_size(max_record_bytes));
  CHECK(out.size() <= max_record_bytes + max_record_head);
  std::string high;
  CHECK(append_record(high, 255, std::string(max_record_bytes, 'x')));
  CHECK(high.size() == record_size(max_record_bytes, 255));
  CHECK(high.size() <= max_record_bytes + max_record_head);
  bool whole = false;
  CHECK(all_of(out, whole).size() == 1);
  CHECK(whole);
  out.clear();
  CHECK_FALSE(append_record(out, 9, std::string(max_record_bytes + 1, 'x')));
  CHECK(out.empty());
  wire_writer by_hand;
  by_hand.number(9);
  by_hand.text(std::string(max_record_bytes + 1, 'x'));
  CHECK(all_of(by_hand.bytes(), whole).empty());
  CHECK_FALSE(whole);
}

TEST_CASE("a cut record is left out, and those before it are not") {
  std::string out;
  append_record(out, 5, "first");
  const auto before = out.size();
  append_record(out, 6, "second");
  for (auto size = before + 1; size < out.size(); ++size) {
    bool whole = true;
    CHECK(all_of(std::string_view{out}.substr(0, size), whole)
          == list{{5, "first"}});
    CHECK_FALSE(whole);
  }
}

TEST_CASE("a length of anything is not believed") {
  for (const auto* bytes :
       {"\x05\xff\xff\xff\xff\x0f",
        "\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        "\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x80", "\x80\x01"}) {
    bool whole = true;
    CHECK(all_of(bytes, whole).empty());
    CHECK_FALSE(whole);
  }
}

TEST_CASE("random bytes are read to their end or given up, never beyond") {
  std::mt19937_64 random{7};
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (auto& each : bytes)
      each = static_cast<char>(random());
    std::size_t sum = 0;
    for_each_record(bytes, [&](record_kind kind, std::string_view each) {
      sum += each.size() + 2;
    });
    CHECK(sum <= bytes.size());
  }
}
