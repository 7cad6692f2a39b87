// Caps without a server: a clock, the book, and the rows that it says.
#pragma once

#include "actors/state/meter/cap_book.hpp"

#include "tests/catch.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tidewire::meter::testing {

inline constexpr std::int64_t hour = 3600;
inline constexpr std::int64_t one_day = 86'400;
inline constexpr std::int64_t week = 7 * one_day;

// 2026-11-10T00:00:00Z and the begin of the next month.
inline constexpr std::int64_t tenth = 1'794'268'800;
inline constexpr std::int64_t december = 1'796'083'200;

inline const cap_subject connections_of_a{cap_subject::scope::app, "a",
                                          cap_kind::connections};
inline const cap_subject broadcasts_of_a{cap_subject::scope::app, "a",
                                         cap_kind::broadcasts};

inline tier free_tier() {
  return {.name = "free", .connections = 100, .broadcasts = 1000};
}

// A clock, the book, and the ledger that it would write.
struct book_fixture {
  cap_plans plans{.tiers = {free_tier()},
                  .accounts = {},
                  .apps = {{"a", "free", "", false}},
                  .time_zone = "UTC"};
  std::vector<cap_row> rows;
  std::unique_ptr<cap_book> book = std::make_unique<cap_book>();
  tick now{tenth + 1};
  std::vector<std::string> told; // apps of the last effects' verdicts

  book_fixture() { configure(); }

  void keep(cap_effects& what) {
    rows.insert(rows.end(), what.rows.begin(), what.rows.end());
    told.clear();
    for (auto& [app, verdict] : what.verdicts) {
      CHECK(book->verdict(app) == verdict);
      told.push_back(app);
    }
  }
  void configure() {
    cap_effects out;
    book->configure(now - 1, plans, out);
    keep(out);
  }
  void step(std::vector<cap_use> uses, bool complete = false) {
    cap_effects out;
    book->on_tick(now, uses, complete, out);
    keep(out);
    now = now + 1;
  }
  // So many connections from now on, and nothing else for so many seconds.
  void hold(std::uint64_t open, std::int64_t seconds) {
    step({{"a", open, 0}});
    while (--seconds > 0)
      step({});
  }
  void restart() {
    book = std::make_unique<cap_book>(rows);
    configure();
  }
  void answer_all(std::uint64_t broadcasts) {
    while (auto x = book->next_question())
      book->answer(*x, broadcasts);
  }
  cap_verdict verdict() const { return book->verdict("a"); }
  const cap_row& last() const { return rows.back(); }
};

} // namespace tidewire::meter::testing
