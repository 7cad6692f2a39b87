#include "bench/churn_record.hpp"

#include "tests/catch.hpp"

using tidewire::bench::churn_record;

TEST_CASE("open is what was opened and not closed") {
  churn_record record("");
  record.opened(1, 40'000);
  record.opened(2, 40'001);
  record.never_opened(3, "half handshake");
  record.closed(1, "fin");
  CHECK(record.open() == 1);
  CHECK(record.good());
}

TEST_CASE("a record that cannot be written is not good") {
  churn_record record("/no/such/folder/record.jsonl");
  CHECK_FALSE(record.good());
}
