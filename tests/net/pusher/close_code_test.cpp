#include "net/pusher/close_code.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <set>

using namespace tidewire::pusher;

TEST_CASE("the table of close codes is ordered and names each code once") {
  CHECK(std::is_sorted(
      close_table.begin(), close_table.end(),
      [](const auto& a, const auto& b) { return a.code < b.code; }));
  std::set<std::string_view> names;
  for (const auto& row : close_table)
    names.insert(row.name);
  CHECK(names.size() == close_table.size());
}

TEST_CASE("every reason fits into a close frame and is a sentence") {
  for (const auto& row : close_table) {
    CAPTURE(to_number(row.code));
    CHECK(row.reason.size() <= 123);
    CHECK(row.reason.size() > 10);
  }
}

TEST_CASE("every Pusher code has the number and the effect of protocol.md §7") {
  using enum client_action;
  struct expected {
    std::uint16_t code;
    client_action action;
  };
  constexpr expected table[] = {
      {4000, switch_to_tls}, {4001, stop},           {4003, stop},
      {4004, stop},          {4005, stop},           {4006, stop},
      {4007, stop},          {4008, stop},           {4009, stop},
      {4100, back_off},      {4200, reconnect_now},  {4201, reconnect_now},
      {4202, reconnect_now}, {4301, stay_connected}, {4302, stay_connected}};
  for (const auto& row : table) {
    CAPTURE(row.code);
    auto found = find_close_info(row.code);
    REQUIRE(found != nullptr);
    CHECK(found->action == row.action);
    CHECK(&info_of(found->code) == found);
  }
}

TEST_CASE("a number that is not in the table has no row") {
  for (std::uint16_t code : {0, 1004, 2999, 3000, 4002, 4203, 4999, 65535})
    CHECK(find_close_info(code) == nullptr);
  static_assert(find_close_info(4100)->name == "over_capacity");
}
