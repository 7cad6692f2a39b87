#include "actors/state/cluster/row_records.hpp"

#include "tests/catch.hpp"

#include <random>

using namespace tidewire::cluster;

namespace {

rows_told some_rows() {
  return {{"a", 7},
          {1'700'000'000},
          {{{"a", 7}, tick{1'700'000'000}}, {{"b", ~0ull}, std::nullopt}},
          {{0, "first"}, {12, ""}, {0, std::string(300, '\0')}}};
}

held_told some_held() {
  held_told out{true, {}};
  held_life x{{{"a", 7}, tick{5}}, {}, life_end{end_kind::forgotten, {90}}, {}};
  x.covered.add({{5}, {9}});
  x.covered.add({{11}, {11}});
  x.covered.add({{500}, {90'000}});
  out.lives.push_back(x);
  out.lives.push_back({{{"b", 1}, std::nullopt}, {}, {}, end_kind::dead});
  return out;
}

} // namespace

TEST_CASE("records of rows come back as they were written") {
  CHECK(decode_rows(encode(some_rows())) == some_rows());
  CHECK(decode_held(encode(some_held())) == some_held());
  rows_asked ask{{"n", 3}, {-4}, true};
  CHECK(decode_ask(encode(ask)) == ask);
  standing_told standing{{"n", 3}, {-4}, "block"};
  CHECK(decode_standing(encode(standing)) == standing);
}

TEST_CASE("a newer form of a record may say more at its end") {
  auto bytes = encode(some_held());
  CHECK_FALSE(decode_held(bytes + "more"));
  bytes[0] = 2;
  CHECK(decode_held(bytes + "more") == some_held());
  bytes[0] = 0;
  CHECK_FALSE(decode_held(bytes));
}

TEST_CASE("a record that is cut, or of any bytes, is refused or harmless") {
  std::mt19937 random{9};
  for (auto& good : {encode(some_rows()), encode(some_held()),
                     encode(rows_asked{{"n", 3}, {4}, true}),
                     encode(standing_told{{"n", 3}, {4}, "x"})}) {
    auto all = [](std::string_view bytes) {
      decode_rows(bytes);
      decode_held(bytes);
      decode_ask(bytes);
      decode_standing(bytes);
    };
    for (std::size_t n = 0; n < good.size(); ++n)
      all(std::string_view{good}.substr(0, n));
    for (int i = 0; i < 50'000; ++i) {
      auto bad = good;
      for (auto n = 1 + random() % 5; n > 0; --n)
        bad[random() % bad.size()] = static_cast<char>(random());
      all(bad);
    }
  }
  auto rows = encode(some_rows());
  for (std::size_t n = 0; n < rows.size(); ++n)
    CHECK_FALSE(decode_rows(std::string_view{rows}.substr(0, n)));
}

TEST_CASE("more rows than one record takes, and nameless lives, are refused") {
  auto x = some_rows();
  x.rows.assign(max_rows_at_once, {0, "b"});
  CHECK(decode_rows(encode(x)));
  x.rows.push_back({0, "b"});
  CHECK_FALSE(decode_rows(encode(x)));
  x.rows.clear();
  x.whose.node.clear();
  CHECK_FALSE(decode_rows(encode(x)));
  x.whose.node.assign(256, 'a');
  CHECK_FALSE(decode_rows(encode(x)));
  x.whose.node.pop_back();
  CHECK(decode_rows(encode(x)));
}

TEST_CASE("of too many runs the last ones are told") {
  held_told out{false, {{{{"a", 1}, tick{0}}, {}, {}, {}}}};
  for (std::int64_t i = 0; i < 1000; ++i)
    out.lives[0].covered.add({{3 * i}, {3 * i}});
  auto back = decode_held(encode(out));
  REQUIRE(back);
  CHECK(back->lives[0].covered.runs().size() == max_runs);
  CHECK(back->lives[0].covered.last() == tick{2997});
}
