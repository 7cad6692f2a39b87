#include "tests/actors/state/meter/simulation.hpp"

#include "actors/state/meter/journal.hpp"
#include "actors/state/meter/minute_fold.hpp"
#include "actors/state/meter/timeline.hpp"
#include "tests/actors/state/meter/world.hpp"

#include <algorithm>
#include <map>

namespace tidewire::meter::testing {

namespace {

const app_id& id_of(int subject) {
  return subject == all ? all_apps : app_ids[subject];
}

std::uint64_t sum_of(const auto& values) {
  std::uint64_t sum = 0;
  for (auto x : values)
    sum += x;
  return sum;
}

bool same(const tick_figures& x, const tick_truth& y) {
  auto is = [](auto a, std::int64_t b) {
    return static_cast<std::int64_t>(a) == b;
  };
  return is(x.now.open, y.open) && is(x.now.unbilled, y.unbilled)
         && is(x.lowest, y.lowest) && is(x.highest, y.highest)
         && is(x.connection_ms, y.connection_ms)
         && is(x.unbilled_ms, y.unbilled_ms) && is(x.did.opened, y.opened)
         && is(sum_of(x.did.closed), y.closed)
         && is(sum_of(x.did.refused), y.refused)
         && is(x.did.broadcasts, y.broadcasts);
}

std::string at(std::string what, tick t) {
  return what + " at tick " + std::to_string(t.number - world::epoch);
}

// The counts of the minutes are those of the ticks that were stored.
std::string compare_counts(const life_truth& life,
                           const std::map<std::int64_t, minute_page>& pages) {
  std::int64_t opened = 0, closed = 0;
  auto truths = life.figures();
  for (std::size_t i = 0; i < truths.size(); ++i)
    if (life.has(life.stated[i])) {
      opened += truths[i][all].opened;
      closed += truths[i][all].closed;
    }
  for (auto& [number, page] : pages)
    if (auto at = page.apps.find(all_apps); at != page.apps.end()) {
      opened -= static_cast<std::int64_t>(at->second.did.opened);
      closed -= static_cast<std::int64_t>(sum_of(at->second.did.closed));
    }
  return opened == 0 && closed == 0 ? "" : "the counts of minutes differ";
}

// Row by row: what is said, and what an unsaid row means.
std::string compare_rows(const life_truth& life,
                         const world::journal& journal) {
  auto truths = life.figures();
  std::map<app_id, levels> standing;
  for (auto& [t, bytes] : journal) {
    auto read = decode_block(bytes);
    auto* block = std::get_if<tick_block>(&read);
    if (!block || block->at != t)
      return at("a block cannot be read back", t);
    if (block->restated)
      standing.clear();
    auto place = static_cast<std::size_t>(
        std::lower_bound(life.stated.begin(), life.stated.end(), t)
        - life.stated.begin());
    for (int s = 0; s < subjects; ++s) {
      auto row = std::find_if(block->apps.begin(), block->apps.end(),
                              [&](auto& x) { return x.app == id_of(s); });
      auto& now = standing[id_of(s)];
      auto figures =
          row == block->apps.end() ? tick_figures::idle(now) : row->figures;
      now = figures.now;
      if (!same(figures, truths[place][static_cast<std::size_t>(s)]))
        return at("the row of subject " + std::to_string(s) + " is wrong", t);
    }
  }
  return {};
}

// Folds each life into pages, through the codec, as the ledger does.
struct pages {
  std::vector<author_life> lives;
  std::vector<std::map<std::int64_t, minute_page>> minutes; // by author
};

void fold(const world& w, pages& out) {
  for (std::size_t i = 0; i < w.lives().size(); ++i) {
    auto& journal = w.journals()[i];
    if (journal.empty())
      continue;
    out.lives.push_back({w.lives()[i].who, journal.front().first,
                         journal.back().first, w.lives()[i].ended});
    auto& minutes = out.minutes.emplace_back();
    std::optional<minute_fold> folding;
    tick last{0};
    for (auto& [t, bytes] : journal) {
      auto m = minute_of(t);
      if (!folding || folding->page().at != m) {
        if (folding)
          minutes[folding->page().at.number] = folding->page();
        folding.emplace(m, last + 1 == m.first());
      }
      auto block = std::get<tick_block>(decode_block(bytes));
      folding->add(block);
      folding->add(block); // told twice, counted once
      last = t;
    }
    minutes[folding->page().at.number] = folding->page();
  }
}

minute_entry entry_of(const minute_page& page, const app_id& app) {
  auto at = page.apps.find(app);
  if (at == page.apps.end())
    return {};
  return std::get<minute_record>(decode_minute(encode(at->second)));
}

statement state(const pages& from, window over, std::int64_t interval,
                const std::vector<int>& of) {
  timeline line{from.lives, of.size()};
  auto builder =
      std::get<statement_builder>(statement_builder::make(over, interval));
  // Nothing is older, so nothing stands from before it.
  minute first{world::epoch / minute::ticks - 1};
  for (auto m = first; m <= minute_of(over.last()); m = m + 1) {
    std::vector<author_minute> said;
    for (std::size_t a = 0; a < from.lives.size(); ++a)
      if (auto page = from.minutes[a].find(m.number);
          page != from.minutes[a].end()) {
        author_minute x{a, page->second.known, {}};
        for (auto subject : of)
          x.entries.push_back(entry_of(page->second, id_of(subject)));
        said.push_back(std::move(x));
      }
    builder.add(line.next(m, said));
  }
  return std::get<statement>(builder.finish());
}

std::string compare_statements(statement x, statement y) {
  x.did = y.did = {};
  if (x == y)
    return {};
  if (x.doubts != y.doubts || x.unknown_seconds != y.unknown_seconds
      || x.partly_seconds != y.partly_seconds)
    return "what is unknown differs";
  if (x.open.peak != y.open.peak || x.billable.peak != y.billable.peak)
    return "the peak differs";
  if (x.open.p95 != y.open.p95 || x.billable.p95 != y.billable.p95)
    return "the 95th percentile differs";
  if (x.open.connection_ms != y.open.connection_ms
      || x.billable.connection_ms != y.billable.connection_ms)
    return "the average differs";
  return "the statement differs";
}

// Folds the cap over the known ticks, with a restart now and then.
std::string compare_caps(const std::vector<truth::instant>& instants,
                         tick first, std::uint32_t p) {
  cap_rule rule{1 + p % 7, 3 + p / 7 % 25, 80, p % 3 * 10};
  std::vector<tick> ticks;
  std::vector<std::uint64_t> values;
  for (std::size_t i = 0; i < instants.size(); ++i)
    if (instants[i].known) {
      ticks.push_back(first + static_cast<std::int64_t>(i));
      values.push_back(static_cast<std::uint64_t>(instants[i].sum[0].open));
    }
  auto expected = levels_by_the_book(rule, ticks, values);
  cap_state state{rule};
  std::vector<cap_transition> rows;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    if (i % (5 + p % 11) == 0)
      state = cap_state::restore(rule, rows);
    if (auto row = state.fold(ticks[i], values[i]))
      rows.push_back(*row);
    if (state.level() != expected[i])
      return at("the cap is " + std::string{name_of(state.level())} + ", not "
                    + std::string{name_of(expected[i])},
                ticks[i]);
  }
  return {};
}

} // namespace

std::string disagreement(const history& words) {
  // One node, or two: then they share the words.
  std::vector<world> worlds;
  worlds.emplace_back("a");
  if (!words.empty() && words[0] % 3 == 0)
    worlds.emplace_back("b");
  for (std::size_t i = 0; i < words.size(); ++i)
    worlds[i % worlds.size()].happen(words[i]);
  truth truths;
  pages folded;
  tick first{world::epoch}, last{world::epoch + 1};
  for (auto& w : worlds) {
    w.finish();
    if (!w.trouble().empty())
      return w.trouble();
    for (std::size_t i = 0; i < w.lives().size(); ++i) {
      auto& life = w.lives()[i];
      if (auto wrong = compare_rows(life, w.journals()[i]); !wrong.empty())
        return wrong;
      truths.lives.push_back(life);
      if (!life.stored.empty())
        last = std::max(last, life.stored.back());
    }
    auto author = folded.minutes.size();
    fold(w, folded);
    for (auto& life : w.lives())
      if (!life.stored.empty())
        if (auto wrong = compare_counts(life, folded.minutes[author++]);
            !wrong.empty())
          return wrong;
  }
  // A clock set forward before a restart leaves an hour of which nothing is
  // known; a look at its begin is enough.
  last = std::min(last, first + 400);
  auto p = words.empty() ? 0 : words.back() >> 3;
  window over{first.number - p % 3, last.number - (p >> 3) % 5};
  if (over.seconds() <= 0)
    over.to = over.from + 1;
  constexpr std::int64_t intervals[] = {1, 5, 7, 60};
  auto interval = intervals[p % 4];
  auto instants = truths.instants(over.first(), over.last());
  const std::vector<int> asked[] = {{0}, {0, 1}, {all}, {2}};
  for (auto& of : {asked[p % 4], asked[2]})
    if (auto wrong =
            compare_statements(state(folded, over, interval, of),
                               state_by_the_book(instants, over, interval, of));
        !wrong.empty())
      return wrong;
  return compare_caps(instants, over.first(), p);
}

} // namespace tidewire::meter::testing
