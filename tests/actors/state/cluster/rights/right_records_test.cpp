#include "actors/state/cluster/cells.hpp"
#include "actors/state/cluster/right_records.hpp"

#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

template <class T>
std::string bytes_of(const T& x) {
  wire_writer out;
  write(out, x);
  return out.take();
}

permit_grants some_grants() {
  return {{11, 22, 33},
          {{"7", 5, 6, 700, 8, true, false, permit_verdict::doubtful},
           {"a", 1, 2, UINT32_MAX, 0, false, true, permit_verdict::none}}};
}

cells_record some_cells() {
  cells_record x;
  x.author = {"a", 5};
  x.turn = 2;
  x.after = 10;
  x.through = 20;
  x.apps = {"7"};
  x.episodes = {{{"b", 6}, "7", false}};
  x.items = {{cell_kind::user, 0, UINT64_MAX, {3, 0}, 12},
             {cell_kind::credited, 0, 99, {1, 2}, 20}};
  return x;
}

} // namespace

TEST_CASE("what is written about rights is read again") {
  permit_hello hello{{1, 2, 3}, 4, 5, true, false, true, {{"a", 1}, {"b", 2}},
                     {{"c", 3}}};
  auto read = read_permit_hello(bytes_of(hello));
  REQUIRE(read);
  CHECK(read->in == hello.in);
  CHECK(read->open == hello.open);
  CHECK(read->gone == hello.gone);
  CHECK((read->asks && !read->informed && read->welcome));
  auto grants = read_permit_grants(bytes_of(some_grants()));
  REQUIRE(grants);
  CHECK(grants->apps.size() == 2);
  CHECK(grants->apps[0].allowed == 700);
  CHECK(grants->apps[0].verdict == permit_verdict::doubtful);
  CHECK(grants->apps[1].asks);
  auto cells = read_cells(bytes_of(some_cells()));
  REQUIRE(cells);
  CHECK(cells->items[0].detail == UINT64_MAX);
  CHECK(cells->items[1].number == 20);
  CHECK(cells->episodes == some_cells().episodes);
}

TEST_CASE("a record that is cut anywhere is not read") {
  auto grants = bytes_of(some_grants());
  auto cells = bytes_of(some_cells());
  for (std::size_t i = 0; i < grants.size(); ++i)
    CHECK(!read_permit_grants(grants.substr(0, i)));
  for (std::size_t i = 0; i < cells.size(); ++i)
    CHECK(!read_cells(cells.substr(0, i)));
  CHECK(!read_cells(cells + 'x'));
}

TEST_CASE("a record of a version to come is not read") {
  auto grants = bytes_of(some_grants());
  ++grants[0];
  CHECK(!read_permit_grants(grants));
}

TEST_CASE("a cell may not name what its record has not, nor run ahead of it") {
  auto x = some_cells();
  x.items[1].subject = 1;
  CHECK(!read_cells(bytes_of(x)));
  x = some_cells();
  x.items[1].number = 21;
  CHECK(!read_cells(bytes_of(x)));
  x = some_cells();
  x.items[1].kind = static_cast<cell_kind>(last_cell_kind + 1);
  CHECK(!read_cells(bytes_of(x)));
}

TEST_CASE("a count that cannot be is refused before anything is made of it") {
  wire_writer out;
  out.number(right_version);
  for (int i = 0; i < 3; ++i)
    out.number(1);
  out.number(UINT32_MAX); // so many apps
  CHECK(!read_permit_holdings(out.bytes()));
}
