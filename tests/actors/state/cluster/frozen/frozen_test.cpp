// The bytes of the records as the first version wrote them. A cluster is
// upgraded node by node, so whatever a version says the next one reads.
//
// Once a version is released its file here does not change any more. Who
// changes a record raises `record_version`, writes to a peer of the version
// before what that one reads (`link_peer::version`), and puts a file of the new
// version beside this one. Until the first release they may be written anew:
// TIDEWIRE_RECORD=1 prints them.
#include "tests/actors/state/cluster/frozen/samples.hpp"
#include "tests/catch.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

const std::map<std::string, std::string> version_1{
#include "tests/actors/state/cluster/frozen/version_1.inc"
};

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (unsigned char each : bytes) {
    out += digits[each >> 4u];
    out += digits[each & 15u];
  }
  return out;
}

std::string bytes_of_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(
        std::stoi(std::string{text.substr(i, 2)}, nullptr, 16));
  return out;
}

std::vector<wire_sample> samples() {
  auto out = control_samples();
  for (auto& each : channel_samples())
    out.push_back(std::move(each));
  return out;
}

} // namespace

TEST_CASE("what the first version says is read, and means the same") {
  for (auto& each : samples()) {
    INFO(each.name);
    auto at = version_1.find(each.name);
    REQUIRE(at != version_1.end());
    auto frozen = bytes_of_hex(at->second);
    auto again = each.again(frozen);
    REQUIRE(again);
    CHECK(hex(*again) == at->second);
    CHECK_FALSE(each.again(frozen.substr(0, frozen.size() - 1)) == again);
  }
}

TEST_CASE("this version says what the first one reads") {
  // A second version says it to peers of the first; then this is about those.
  REQUIRE(cluster::record_version == 1);
  REQUIRE(cluster::oldest_record_version == 1);
  for (auto& each : samples()) {
    if (std::getenv("TIDEWIRE_RECORD")) {
      std::printf("{\"%s\",\n", each.name.c_str());
      auto text = hex(each.bytes);
      for (std::size_t i = 0; i < text.size(); i += 72)
        std::printf(" \"%s\"%s\n", text.substr(i, 72).c_str(),
                    i + 72 < text.size() ? "" : "},");
    }
    INFO(each.name);
    auto at = version_1.find(each.name);
    CHECK((at != version_1.end() && hex(each.bytes) == at->second));
  }
}

TEST_CASE("there are frozen bytes of every kind of record") {
  std::set<int> kinds;
  for (auto& each : samples())
    if (each.kind != 0)
      CHECK(kinds.insert(each.kind).second);
  CHECK(kinds == std::set<int>{1,   2,   24,  25,  32,  34,  35,  36,
                               37,  38,  39,  40,  41,  64,  65,  66,
                               67,  72,  73,  74,  96,  97,  98,  112,
                               113, 128, 129, 130, 131, 132, 160, 161});
}
