#include "actors/ledger/reader.hpp"

#include "actors/ledger/day_rows.hpp"
#include "actors/ledger/schema.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::ledger {

namespace {

// All answers of one call are of one moment.
class one_moment {
public:
  explicit one_moment(sqlite::database& db) : db_(db) { db_.run("BEGIN"); }
  ~one_moment() {
    try {
      db_.run("ROLLBACK");
    } catch (const sqlite::error&) {
      // It was only read.
    }
  }
  one_moment(const one_moment&) = delete;
  one_moment& operator=(const one_moment&) = delete;

private:
  sqlite::database& db_;
};

meter::author_life life_of(sqlite::database& db, const author_row& of) {
  return {of.who, of.first, last_tick(db, of), has_ended(db, of)};
}

} // namespace

reader::reader(const std::string& file) : db_(open_to_read(file)) {}

std::vector<meter::author_life> reader::authors() {
  one_moment view{*db_};
  std::vector<meter::author_life> out;
  for (auto& author : all_authors(*db_))
    out.push_back(life_of(*db_, author));
  std::stable_sort(out.begin(), out.end(),
                   [](auto& a, auto& b) { return a.first < b.first; });
  return out;
}

std::vector<meter::app_id> reader::apps() {
  std::vector<meter::app_id> out;
  auto rows = db_->prepare("SELECT id FROM apps WHERE id <> '' ORDER BY id");
  while (rows.step())
    out.push_back({std::string{rows.text(0)}});
  return out;
}

// -- minutes ------------------------------------------------------------------

// One author's minutes of a window: first those in the chain, then those in the
// journal.
struct reader::voice {
  author_row who;
  meter::author_life life;
  std::vector<page> pages;
  std::vector<meter::minute_page> unfolded;
  std::size_t next = 0;

  std::optional<meter::minute> at() const {
    if (next < pages.size())
      return pages[next].at;
    if (next - pages.size() < unfolded.size())
      return unfolded[next - pages.size()].at;
    return std::nullopt;
  }
};

// Those who say nothing of it are left out, but for the last of each node
// before: nobody knows how that one stands, unless it has ended.
std::vector<reader::voice> reader::voices(meter::minute first,
                                          meter::minute last) {
  auto all = all_authors(*db_);
  std::vector<voice> out;
  for (auto& x : all) {
    auto over = std::any_of(all.begin(), all.end(), [&](auto& y) {
      return y.who.node == x.who.node && x.first < y.first
             && y.first <= first.first();
    });
    if (over || x.first > last.last())
      continue;
    voice v{x, life_of(*db_, x), read_pages(*db_, x, first, last), {}, 0};
    auto from = first_in_journal(*db_, x).value_or(last + 1);
    auto to = std::min(last, meter::minute_of(v.life.last));
    for (auto m = std::max(from, first); m <= to; m = m + 1)
      if (auto found = read_journal(*db_, x, m); found.page.known)
        v.unfolded.push_back(std::move(found.page));
    out.push_back(std::move(v));
  }
  return out;
}

void reader::slices(
    meter::window over, std::span<const meter::app_id> of,
    const std::function<bool(const meter::minute_slice&)>& each) {
  one_moment view{*db_};
  auto first = meter::day_of(over.first()).first_minute();
  auto last = meter::minute_of(over.last());
  auto all = voices(first, last);
  std::vector<std::int64_t> numbers;
  for (auto& app : of)
    numbers.push_back(app_number(*db_, app));
  std::vector<meter::author_life> lives;
  std::vector<record_reader> readers;
  readers.reserve(all.size());
  for (auto& v : all) {
    lives.push_back(v.life);
    readers.emplace_back(*db_, v.who);
  }
  meter::timeline line{std::move(lives), of.size()};
  std::vector<meter::author_minute> said;
  for (;;) {
    std::optional<meter::minute> at;
    for (auto& v : all)
      if (auto its = v.at(); its && (!at || *its < *at))
        at = its;
    if (!at)
      return;
    said.clear();
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto& v = all[i];
      if (v.at() != at)
        continue;
      auto place = v.next++;
      auto& to = said.emplace_back(meter::author_minute{i, 0, {}});
      if (place < v.pages.size()) {
        auto& p = v.pages[place];
        to.known = p.known;
        for (auto number : numbers)
          to.entries.push_back(readers[i].read(p, number));
      } else {
        auto& p = v.unfolded[place - v.pages.size()];
        to.known = p.known;
        for (auto& app : of) {
          auto found = p.apps.find(app);
          to.entries.push_back(found == p.apps.end()
                                   ? meter::minute_entry{}
                                   : meter::minute_entry{found->second});
        }
      }
    }
    if (!each(line.next(*at, said)))
      return;
  }
}

std::variant<meter::statement, meter::statement_error>
reader::state(meter::window over, std::int64_t interval,
              std::span<const meter::app_id> of) {
  auto made = meter::statement_builder::make(over, interval);
  if (auto* error = std::get_if<meter::statement_error>(&made))
    return *error;
  auto& builder = std::get<meter::statement_builder>(made);
  slices(over, of, [&](auto& slice) { return builder.add(slice); });
  return builder.finish();
}

// -- the rest -----------------------------------------------------------------

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

std::vector<cap_row> reader::transitions(const std::optional<cap_subject>& of) {
  return ledger::transitions(*db_, of);
}

std::vector<head> reader::heads() {
  one_moment view{*db_};
  return ledger::heads(*db_);
}

std::optional<fault>
reader::verify(std::span<const head> exported,
               const std::function<void(std::uint64_t entries)>& progress) {
  one_moment view{*db_};
  return ledger::verify(*db_, exported, progress);
}

} // namespace tidewire::ledger
