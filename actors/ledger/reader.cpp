#include "actors/ledger/reader.hpp"

#include "actors/ledger/moment.hpp"
#include "actors/ledger/schema.hpp"
#include "actors/ledger/voices.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::ledger {

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

namespace {

// Where an author's records of some apps come from.
class record_source {
public:
  // A run for each of a few; for more, a look-up for each record.
  record_source(sqlite::database& db, const voice& of,
                const std::vector<std::int64_t>& apps)
      : any_(db, of.who), apps_(apps) {
    constexpr std::size_t few = 8;
    if (apps.size() <= few && !of.pages.empty())
      for (auto app : apps)
        runs_.emplace_back(db, of.who, app, of.pages);
  }

  void read(const page& of, std::vector<meter::minute_entry>& into,
            detail wanted) {
    for (std::size_t i = 0; i < apps_.size(); ++i)
      if (runs_.empty())
        any_.read(of, apps_[i], into[i]);
      else
        runs_[i].read(of, into[i], wanted);
  }

private:
  record_reader any_;
  std::vector<record_run> runs_;
  const std::vector<std::int64_t>& apps_;
};

} // namespace

void reader::slices(
    meter::window over, std::span<const meter::app_id> of,
    const std::function<bool(const meter::minute_slice&)>& each) {
  read_slices(over, of, each, detail::ticks);
}

// Where minutes are enough, a whole minute of which one author speaks of one
// app is taken as such: several could only be added up tick by tick.
void reader::read_slices(
    meter::window over, std::span<const meter::app_id> of,
    const std::function<bool(const meter::minute_slice&)>& each,
    detail wanted) {
  one_moment view{*db_};
  auto all = voices(*db_, meter::day_of(over.first()).first_minute(),
                    meter::minute_of(over.last()));
  std::vector<std::int64_t> numbers;
  for (auto& app : of)
    numbers.push_back(app_number(*db_, app));
  std::vector<meter::author_life> lives;
  std::vector<record_source> sources;
  for (auto& v : all) {
    lives.push_back(v.life);
    sources.emplace_back(*db_, v, numbers);
  }
  meter::timeline line{std::move(lives), of.size()};
  // Entries are large: they are written where the last ones were.
  std::vector<meter::author_minute> said(all.size());
  for (auto& x : said)
    x.entries.resize(of.size());
  while (auto at = next_minute(all)) {
    std::size_t speakers = 0;
    auto alone =
        of.size() == 1 && std::count_if(all.begin(), all.end(), [&](auto& v) {
                            return v.at() == at;
                          }) == 1;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto& v = all[i];
      if (v.at() != at)
        continue;
      auto& to = said[speakers++];
      to.author = i;
      to.known = v.known();
      if (auto* p = v.folded()) {
        sources[i].read(
            *p, to.entries,
            alone && to.known == meter::whole_minute ? wanted : detail::ticks);
      } else {
        auto& apps = v.open()->apps;
        for (std::size_t s = 0; s < of.size(); ++s)
          if (auto found = apps.find(of[s]); found != apps.end())
            to.entries[s] = found->second;
          else
            to.entries[s] = std::monostate{};
      }
      ++v.next;
    }
    if (!each(line.next(*at, {said.data(), speakers})))
      return;
  }
}

std::variant<meter::statement, meter::statement_error>
reader::state_minutes(meter::window over, std::int64_t interval,
                      std::span<const meter::app_id> of) {
  auto made = meter::statement_builder::make(over, interval);
  if (auto* error = std::get_if<meter::statement_error>(&made))
    return *error;
  auto& builder = std::get<meter::statement_builder>(made);
  auto whole = over.from % 60 == 0 && over.to % 60 == 0 && interval % 60 == 0;
  read_slices(
      over, of, [&](auto& slice) { return builder.add(slice); },
      whole ? detail::minutes : detail::ticks);
  return builder.finish();
}

// -- the rest -----------------------------------------------------------------

std::optional<meter::tick> reader::last_tick() {
  one_moment view{*db_};
  std::optional<meter::tick> out;
  for (auto& author : all_authors(*db_))
    if (auto its = ledger::last_tick(*db_, author); !out || *out < its)
      out = its;
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
