#include "actors/state/cluster/file_notes.hpp"

#include "tests/catch.hpp"

using namespace tidewire::cluster;

namespace {

const life other{"bob", 2};
using enum file_thing;

} // namespace

TEST_CASE("files that say the same are not spoken of") {
  file_comparison a, b;
  file_notes same{{{app, "1"}, 5}, {{tier, "pro"}, 6}};
  CHECK(a.mine_are(same));
  CHECK_FALSE(a.mine_are(same));
  b.mine_are(same);
  for (auto& record : b.records())
    CHECK(a.receive(other, record));
  CHECK(a.differences().empty());
  CHECK(a.apps_elsewhere() == std::map<std::string, std::string>{{"1", "bob"}});
  a.unlinked(other);
  CHECK(a.apps_elsewhere().empty());
}

TEST_CASE("what differs between two files is named, and not all of it") {
  file_comparison a, b;
  a.mine_are({{{app, "1"}, 5}, {{account, "acme"}, 1}});
  file_notes theirs{{{app, "1"}, 6}};
  for (int i = 10; i < 30; ++i)
    theirs[{tier, "t" + std::to_string(i)}] = 1;
  b.mine_are(theirs);
  for (auto& record : b.records())
    a.receive(other, record);
  CHECK(a.differences()
        == std::vector<std::string>{
            "The configurations of this node and of bob differ: app 1 is not "
            "the same; give all nodes of a cluster the same.",
            "The configurations of this node and of bob differ: tier t10, tier "
            "t11, tier t12, tier t13, tier t14 and 15 more are only in that "
            "of bob; give all nodes of a cluster the same.",
            "The configurations of this node and of bob differ: account acme "
            "is only in this one; give all nodes of a cluster the same."});
  b.mine_are({{{app, "1"}, 5}, {{account, "acme"}, 1}});
  for (auto& record : b.records())
    a.receive(other, record);
  CHECK(a.differences().empty());
}

TEST_CASE("a file of many apps comes in parts, and counts when it is whole") {
  file_comparison a, b;
  file_notes many;
  for (int i = 0; i < 100'000; ++i)
    many[{app, "app-" + std::to_string(i)}] = 1;
  b.mine_are(many);
  auto records = b.records();
  CHECK(records.size() > 1);
  a.mine_are(many);
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(a.differences().empty());
    CHECK(records[i].size() < 300 * 1024);
    CHECK(a.receive(other, records[i]));
  }
  CHECK(a.differences().empty());
  CHECK(a.apps_elsewhere().size() == 100'000);
  for (std::size_t size : {0u, 1u, 3u, 100u})
    CHECK_FALSE(a.receive(other, std::string_view{records[0]}.substr(0, size)));
}
