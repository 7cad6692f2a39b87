// Where minutes are pruned to days.
#include "actors/ledger/day_rows.hpp"
#include "actors/ledger/moment.hpp"
#include "actors/ledger/reader.hpp"
#include "actors/state/meter/day_statement.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tidewire::ledger {

namespace {

using meter::day;

constexpr auto whole_day = meter::seconds_per_day;

bool whole_days(meter::window over) noexcept {
  return over.from % whole_day == 0 && over.to % whole_day == 0;
}

std::string date_of(day which) {
  return meter::render_time(which.number * whole_day, "UTC").substr(0, 10);
}

// The last day of a window that is kept as such.
std::optional<day> last_day_row(sqlite::database& db, meter::window over) {
  auto row = db.prepare("SELECT max(day) FROM days WHERE day BETWEEN ? AND ?");
  row.bind(1, meter::day_of(over.first()).number)
      .bind(2, meter::day_of(over.last()).number);
  if (!row.step() || row.is_null(0))
    return std::nullopt;
  return day{row.number(0)};
}

} // namespace

std::vector<author_day> reader::days(const meter::app_id& of, meter::day first,
                                     meter::day last) {
  one_moment view{*db_};
  std::vector<author_day> out;
  auto number = app_number(*db_, of);
  auto ask = db_->prepare("SELECT record FROM day_records WHERE author = ? AND "
                          "day = ? AND app = ?");
  for (auto& author : all_authors(*db_))
    for (auto& x : read_days(*db_, author)) {
      if (x.at < first || last < x.at)
        continue;
      meter::day_record record;
      ask.reset();
      ask.bind(1, author.number).bind(2, x.at.number).bind(3, number);
      if (ask.step()) {
        auto found = meter::decode_day(ask.bytes(0));
        if (!std::holds_alternative<meter::day_record>(found))
          throw sqlite::error("a day of node " + author.who.node
                              + " cannot be read; `usage verify` says which");
        record = std::get<meter::day_record>(std::move(found));
      } else {
        record.known_seconds = static_cast<std::uint32_t>(x.known_seconds);
        if (x.known_samples > 0)
          record.open_samples[0] = record.billable_samples[0] =
              static_cast<std::uint32_t>(x.known_samples);
      }
      out.push_back({author.who, x.at, std::move(record)});
    }
  std::stable_sort(out.begin(), out.end(),
                   [](auto& a, auto& b) { return a.at < b.at; });
  return out;
}

bool reader::has_days(meter::window over) {
  return last_day_row(*db_, over).has_value();
}

std::variant<meter::statement, meter::statement_error>
reader::state(meter::window over, std::int64_t interval,
              std::span<const meter::app_id> of) {
  if (auto wrong = meter::check(over, interval))
    return *wrong;
  auto kept = last_day_row(*db_, over);
  if (!kept)
    return state_minutes(over, interval, of);
  auto until = "Up to " + date_of(*kept)
               + " only whole days are kept (meter.minute_days): ";
  if (!whole_days(over))
    return meter::statement_error{until
                                  + "ask for a window of whole days in UTC."};
  if (interval != 60)
    return meter::statement_error{until + "ask for samples of 60 s."};
  if (of.size() != 1)
    return meter::statement_error{
        until
        + "the peak of several apps together is not known any more; ask for "
          "each of them, or for all apps."};
  return state_days(over, of.front());
}

// Lives of one node follow each other, so their parts of a day lie side by
// side. Those of several nodes lie on top of each other.
std::variant<meter::statement, meter::statement_error>
reader::state_days(meter::window over, const meter::app_id& of) {
  auto first = meter::day_of(over.first());
  auto last = meter::day_of(over.last());
  std::vector<std::optional<meter::day_record>> all(
      static_cast<std::size_t>(last.number - first.number + 1));
  std::map<std::int64_t, std::string> nodes; // by day
  for (auto& x : days(of, first, last)) {
    auto [it, made] = nodes.emplace(x.at.number, x.who.node);
    if (!made && it->second != x.who.node)
      return meter::statement_error{
          "On " + date_of(x.at)
          + ", of which only whole days are kept (meter.minute_days), the "
            "nodes "
          + it->second + " and " + x.who.node
          + " served: their peak together is not known any more."};
    auto& into = all[static_cast<std::size_t>(x.at.number - first.number)];
    into = into ? merge(*into, x.record) : x.record;
  }
  std::map<std::int64_t, meter::day_fold> rest; // that are not pruned yet
  slices(over, {&of, 1}, [&](auto& slice) {
    if (slice.known)
      rest[meter::day_of(slice.at).number].add(slice);
    return true;
  });
  for (auto& [number, fold] : rest) {
    auto& into = all[static_cast<std::size_t>(number - first.number)];
    into = into ? merge(*into, fold.record()) : fold.record();
  }
  return meter::state_days(first, all);
}

} // namespace tidewire::ledger
