#include "actors/grace_rows.hpp"

#include "tests/catch.hpp"

using namespace tidewire;
using meter::cap_kind;
using meter::cap_subject;

namespace {

cluster::shared_row row(std::string id, std::string value) {
  cluster::shared_row out;
  out.id = std::move(id);
  out.value = std::move(value);
  return out;
}

} // namespace

TEST_CASE("a grace comes back as it was written, whatever it is of") {
  for (auto of : {cap_subject::scope::app, cap_subject::scope::account})
    for (auto kind : {cap_kind::connections, cap_kind::broadcasts})
      for (auto* name : {"1", "acme/europe", ""}) {
        cap_subject whose{of, name, kind};
        auto id = grace_id(whose);
        CHECK(is_grace(id));
        CHECK(read_grace(row(id, "1764000000"))
              == shared_grace{whose, 1'764'000'000});
        auto ended = row(id, "");
        ended.gone = true;
        CHECK(read_grace(ended) == shared_grace{whose, 0});
      }
}

TEST_CASE("what is no grace is none") {
  CHECK_FALSE(read_grace(row("7", "1")));
  CHECK_FALSE(read_grace(row("@grace/", "1")));
  CHECK_FALSE(read_grace(row("@grace/app/connections", "1")));
  CHECK_FALSE(read_grace(row("@grace/app/colours/7", "1")));
  CHECK_FALSE(read_grace(row("@grace/app/connections/7", "soon")));
  CHECK_FALSE(read_grace(row("@grace/app/connections/7", "1x")));
}
