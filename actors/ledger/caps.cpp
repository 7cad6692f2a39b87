#include "actors/ledger/caps.hpp"

namespace tidewire::ledger {

namespace {

constexpr const char* columns =
    "SELECT number, scope, subject, kind, at, old, new, cause, value, cap, "
    "deadline, link FROM transitions ";

std::int64_t stored(std::uint64_t x) noexcept {
  return static_cast<std::int64_t>(x);
}

template <class Enum>
std::int64_t stored(Enum x) noexcept {
  return static_cast<std::int64_t>(x);
}

template <class Enum>
Enum read(const sqlite::statement& row, int column) {
  return static_cast<Enum>(row.number(column));
}

cap_row read(const sqlite::statement& row) {
  cap_row out;
  out.whose = {read<cap_subject::scope>(row, 1), std::string{row.text(2)},
               read<meter::cap_kind>(row, 3)};
  auto& x = out.what;
  x.at = {row.number(4)};
  x.from = read<meter::cap_level>(row, 5);
  x.to = read<meter::cap_level>(row, 6);
  x.cause = read<meter::cap_cause>(row, 7);
  x.value = static_cast<std::uint64_t>(row.number(8));
  x.cap = static_cast<std::uint64_t>(row.number(9));
  if (!row.is_null(10))
    x.deadline = meter::tick{row.number(10)};
  return out;
}

digest link_of(const digest& before, std::int64_t number, const cap_row& row) {
  auto& x = row.what;
  hasher hash{"tidewire ledger 1: transition"};
  hash.add(before)
      .add(number)
      .add(stored(row.whose.of))
      .add(row.whose.name)
      .add(stored(row.whose.kind))
      .add(x.at.number)
      .add(stored(x.from))
      .add(stored(x.to))
      .add(stored(x.cause))
      .add(x.value)
      .add(x.cap)
      .add(std::int64_t{x.deadline ? 1 : 0})
      .add(x.deadline ? x.deadline->number : 0);
  return hash.finish();
}

} // namespace

void append(sqlite::database& db, const cap_row& row) {
  auto last = db.prepare("SELECT number, link FROM transitions "
                         "ORDER BY number DESC LIMIT 1");
  std::int64_t number = 1;
  digest before{};
  if (last.step()) {
    number = last.number(0) + 1;
    before = digest_of(last.bytes(1));
  }
  auto& x = row.what;
  auto put = db.prepare(
      "INSERT INTO transitions (number, scope, subject, kind, at, old, new, "
      "cause, value, cap, deadline, link) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  put.bind(1, number)
      .bind(2, stored(row.whose.of))
      .bind(3, row.whose.name)
      .bind(4, stored(row.whose.kind))
      .bind(5, x.at.number)
      .bind(6, stored(x.from))
      .bind(7, stored(x.to))
      .bind(8, stored(x.cause))
      .bind(9, stored(x.value))
      .bind(10, stored(x.cap))
      .bind_bytes(12, bytes_of(link_of(before, number, row)));
  if (x.deadline)
    put.bind(11, x.deadline->number);
  put.run();
}

std::vector<cap_row> transitions(sqlite::database& db,
                                 const std::optional<cap_subject>& of) {
  std::vector<cap_row> out;
  auto rows = db.prepare(
      columns
      + std::string{of ? "WHERE scope = ? AND subject = ? AND kind = ? " : ""}
      + "ORDER BY number");
  if (of)
    rows.bind(1, stored(of->of)).bind(2, of->name).bind(3, stored(of->kind));
  while (rows.step())
    out.push_back(read(rows));
  return out;
}

std::optional<std::string> verify_transitions(sqlite::database& db) {
  auto rows = db.prepare(columns + std::string{"ORDER BY number"});
  digest link{};
  for (std::int64_t number = 1; rows.step(); ++number) {
    auto row = read(rows);
    link = link_of(link, number, row);
    if (rows.number(0) != number || link != digest_of(rows.bytes(11)))
      return "transition " + std::to_string(rows.number(0)) + " of "
             + row.whose.name + " is not as it was written, or one before it "
             + "is missing";
  }
  return std::nullopt;
}

} // namespace tidewire::ledger
