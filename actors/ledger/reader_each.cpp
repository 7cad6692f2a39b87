// Every app in one pass.
#include "actors/ledger/moment.hpp"
#include "actors/ledger/reader.hpp"
#include "actors/ledger/voices.hpp"
#include "actors/state/meter/statement_table.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tidewire::ledger {

namespace {

using part = meter::statement_table::part;
using number = meter::statement_table::number;

// Apps by their number in the file; those that are in the journal only have one
// of ours.
class directory_of_apps {
public:
  explicit directory_of_apps(sqlite::database& db) {
    auto rows = db.prepare("SELECT number, id FROM apps");
    while (rows.step())
      names_.emplace(meter::app_id{std::string{rows.text(1)}}, rows.number(0));
  }

  number of(const meter::app_id& id) {
    return names_.try_emplace(id, -1 - static_cast<number>(names_.size()))
        .first->second;
  }
  const std::map<meter::app_id, number>& all() const { return names_; }

private:
  std::map<meter::app_id, number> names_;
};

// Hands the records of a minute to the table, app by app.
class minute_pass {
public:
  minute_pass(sqlite::database& db, meter::statement_table& to,
              directory_of_apps& apps)
      : rows_(db.prepare("SELECT app, record FROM records WHERE author = ? AND "
                         "sequence = ? ORDER BY app")),
        to_(to),
        apps_(apps) {}

  // The one author that says something, in an entry that nothing corrects. In
  // `brief`, its minutes are enough where they are whole.
  void stream(std::size_t author, const voice& v, bool brief) {
    one_[0].author = author;
    auto& page = *v.folded();
    each(v, page, page.from.front(), one_[0].entry,
         brief && page.known == meter::whole_minute ? detail::minutes
                                                    : detail::ticks,
         [&](number app) { to_.add(app, one_); });
  }

  // Several: by app first.
  void gather(std::size_t author, const voice& v) {
    auto put = [&](number app, const meter::minute_entry& x) {
      auto& parts = gathered_[app];
      if (!parts.empty() && parts.back().author == author)
        parts.back().entry = x; // a correction
      else
        parts.push_back({author, x});
    };
    if (auto* page = v.folded()) {
      for (auto& from : page->from)
        each(v, *page, from, scratch_, detail::ticks,
             [&](number app) { put(app, scratch_); });
      return;
    }
    for (auto& [id, record] : v.open()->apps)
      put(apps_.of(id), record);
  }

  void flush() {
    for (auto& [app, parts] : gathered_)
      to_.add(app, parts);
    gathered_.clear();
  }

private:
  template <class Do>
  void each(const voice& v, const page& of, const page::source& from,
            meter::minute_entry& into, detail wanted, Do what) {
    rows_.reset();
    rows_.bind(1, v.who.number).bind(2, from.sequence);
    while (rows_.step()) {
      decode(rows_.bytes(1), from, v.who, of.at, into, wanted);
      what(rows_.number(0));
    }
  }

  sqlite::statement rows_;
  meter::statement_table& to_;
  directory_of_apps& apps_;
  std::vector<part> one_ = std::vector<part>(1);
  meter::minute_entry scratch_;
  std::map<number, std::vector<part>> gathered_;
};

} // namespace

std::variant<std::vector<reader::app_statement>, meter::statement_error>
reader::state_each(meter::window over, std::int64_t interval,
                   const std::function<bool(std::int64_t)>& progress) {
  if (auto wrong = meter::check(over, interval))
    return *wrong;
  if (has_days(over))
    return state_each_of_days(over, interval, progress);
  one_moment view{*db_};
  auto all = voices(*db_, meter::day_of(over.first()).first_minute(),
                    meter::minute_of(over.last()));
  std::vector<meter::author_life> lives;
  for (auto& v : all)
    lives.push_back(v.life);
  meter::statement_table table{over, interval, std::move(lives)};
  auto brief = over.from % 60 == 0 && over.to % 60 == 0 && interval % 60 == 0;
  directory_of_apps apps{*db_};
  minute_pass pass{*db_, table, apps};
  std::vector<meter::author_minute> said;
  while (auto at = next_minute(all)) {
    said.clear();
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].at() == at)
        said.push_back({i, all[i].known(), {}});
    table.begin(*at, said);
    auto& only = all[said.front().author];
    if (said.size() == 1 && only.folded() && only.folded()->from.size() == 1)
      pass.stream(said.front().author, only, brief);
    else
      for (auto& x : said)
        pass.gather(x.author, all[x.author]);
    pass.flush();
    table.end();
    for (auto& x : said)
      ++all[x.author].next;
    if (progress && at->number % 60 == 0
        && !progress(std::max<std::int64_t>(at->last().number - over.from, 0)))
      return meter::statement_error{"it was not waited for"};
  }
  std::map<number, meter::statement> found;
  for (auto& [app, result] : table.finish()) {
    if (auto* error = std::get_if<meter::statement_error>(&result))
      return *error;
    found.emplace(app, std::get<meter::statement>(std::move(result)));
  }
  auto nobody = table.nobody();
  std::vector<app_statement> out;
  for (auto& [id, app] : apps.all()) {
    auto its = found.find(app);
    out.push_back({id, its == found.end() ? nobody : std::move(its->second)});
  }
  if (out.empty() || out.front().app != meter::all_apps)
    out.insert(out.begin(), {meter::all_apps, nobody});
  return out;
}

std::variant<std::vector<reader::app_statement>, meter::statement_error>
reader::state_each_of_days(meter::window over, std::int64_t interval,
                           const std::function<bool(std::int64_t)>& progress) {
  auto ids = apps();
  ids.insert(ids.begin(), meter::all_apps);
  std::vector<app_statement> out;
  for (auto& id : ids) {
    auto found = state(over, interval, {&id, 1});
    if (auto* error = std::get_if<meter::statement_error>(&found))
      return *error;
    out.push_back({id, std::get<meter::statement>(std::move(found))});
    if (progress
        && !progress(over.seconds() * static_cast<std::int64_t>(out.size())
                     / static_cast<std::int64_t>(ids.size())))
      return meter::statement_error{"it was not waited for"};
  }
  return out;
}

} // namespace tidewire::ledger
