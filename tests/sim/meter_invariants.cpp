// Invariants of the meter: I1 to I4, I8.
#include "tests/sim/invariants.hpp"
#include "tests/sim/sim_node.hpp"

#include <algorithm>

namespace tidewire::sim {

namespace {

constexpr std::uint64_t absurd = std::uint64_t{1} << 40u;

std::string tick_name(meter::tick t) {
  return "tick " + std::to_string(t.number - epoch_s);
}

using sums = std::array<std::uint64_t, apps + 1>;

// By the generator's numbers of apps.
sums sums_of(const cluster::cluster_meter& gauge,
             const cluster::app_levels& levels) {
  sums result{};
  for (cluster::app_number i = 0; i < levels.size(); ++i) {
    auto& id = gauge.apps().id(i);
    std::uint32_t app = all;
    for (std::uint32_t a = 0; a < apps; ++a)
      if (id.text == app_names[a])
        app = a;
    result[app] = levels[i].open;
  }
  return result;
}

// When a process read that tick; nothing if it did not.
const world::reading* reading_of(const world& w, process who, meter::tick t) {
  auto& all_of_it = w.readings(who);
  auto at = std::lower_bound(
      all_of_it.begin(), all_of_it.end(), t,
      [](const world::reading& x, meter::tick y) { return x.of < y; });
  return at == all_of_it.end() || at->of != t ? nullptr : &*at;
}

bool has_row(world& w, process by, process whose, meter::tick t) {
  auto& node = w.node(by);
  for (auto& book : w.disk_of(w.host_of(by)).books)
    if (book.whose == node.life_of(whose))
      return book.known.has(t);
  return false;
}

// What may stand at a tick: of each process as it was when it read it. Least:
// of those whose rows `by` has.
bounds truth_at(world& w, process by, std::uint32_t app, meter::tick t) {
  constexpr instant blur = 2 * us;
  bounds result;
  for (process p = 0; p < w.lives().size(); ++p)
    if (auto* x = reading_of(w, p, t)) {
      auto part = w.record().within(app, p, x->at - blur, x->at + blur);
      // Who was found closed on waking was so since the last tick before.
      if (x->stated > x->at + blur)
        part.least -= w.record().ended(app, p, x->at, x->stated);
      if (!has_row(w, by, p, t))
        part.least = 0;
      result += part;
    }
  return result;
}

// What each process had when it read that tick, for people.
std::string parts_of(const world& w, std::uint32_t app, meter::tick t) {
  std::string result;
  for (process p = 0; p < w.lives().size(); ++p)
    if (auto* x = reading_of(w, p, t))
      result += "; " + process_name(w, p) + " "
                + std::to_string(w.record().within(app, p, x->at, x->at).most)
                + " at " + std::to_string(x->at / ms) + " ms";
  return result;
}

// How far a meter is with each life, for people.
std::string standings_of(const cluster::cluster_meter& gauge) {
  auto text = [](const std::optional<meter::tick>& t) {
    return t ? std::to_string(t->number - epoch_s) : std::string{"?"};
  };
  auto result = "; final through " + text(gauge.final_through()) + ", newest "
                + text(gauge.newest());
  for (auto& x : gauge.lives()) {
    result += "; " + x.who.node + " ("
              + std::to_string(x.who.incarnation % 10'000) + ") from "
              + text(x.first) + " to " + text(x.last);
    if (x.end)
      result += ", ends " + text(x.end->last);
    if (x.lacks)
      result += ", lacks " + text(x.lacks);
    if (x.closing)
      result += ", closing";
    if (x.linked)
      result += ", linked";
  }
  return result;
}

sim_meter* meter_of(world& w, process x) {
  return x == nobody ? nullptr : w.node(x).meter();
}

// Clocks are slewed, never stepped (design §6): one that was far off when its
// node started counts its connections at other ticks until it has come nearer,
// which takes longer than any quiet time. Its alarm says so, and V6 sees to it
// that it does come nearer.
bool clocks_agree(world& w) {
  auto least = INT64_MAX, most = INT64_MIN;
  for (host h = 0; h < w.hosts(); ++h)
    if (w.running(h) != nobody) {
      auto time = w.node(w.running(h)).who_is_there().cluster_time();
      least = std::min(least, time);
      most = std::max(most, time);
    }
  return most - least < second / 2;
}

} // namespace

void gauge_is_the_record(world& w) {
  if (someone_stays_lost(w) || !clocks_agree(w))
    return;
  for (host h = 0; h < w.hosts(); ++h) {
    auto* m = meter_of(w, w.running(h));
    if (!m)
      continue;
    // One who died with a clock that was ahead has rows that are still to come.
    auto ahead = [&](auto& book) {
      return book.end && m->gauge().final_through() <= book.end->last;
    };
    auto& books = w.disk_of(h).books;
    if (std::any_of(books.begin(), books.end(), ahead))
      continue;
    if (!m->gauge().last_final().any)
      return w.fail("I1", "after healing " + process_name(w, w.running(h))
                              + " has no sum of any final tick"
                              + standings_of(m->gauge()));
    auto got = sums_of(m->gauge(), m->gauge().last_final().apps);
    for (std::uint32_t a = 0; a <= apps; ++a)
      if (got[a] != static_cast<std::uint64_t>(w.record().open(a)))
        return w.fail("I1", "after healing the gauge of "
                                + process_name(w, w.running(h)) + " shows "
                                + std::to_string(got[a]) + " for app "
                                + app_names[a] + ", but there are "
                                + std::to_string(w.record().open(a)));
  }
}

void final_tick_is_true(world& w, process by) {
  auto& gauge = w.node(by).meter()->gauge();
  auto& x = gauge.last_final();
  auto got = sums_of(gauge, x.apps);
  for (std::uint32_t a = 0; a <= apps; ++a) {
    auto truth = truth_at(w, by, a, x.at);
    auto is = static_cast<std::int64_t>(got[a]);
    if (is < truth.least || is > truth.most)
      return w.fail(is > truth.most ? "I4" : "I2",
                    process_name(w, by) + " calls " + tick_name(x.at)
                        + " final with " + std::to_string(is) + " for app "
                        + app_names[a] + ", but there were "
                        + std::to_string(truth.least) + " to "
                        + std::to_string(truth.most) + parts_of(w, a, x.at));
  }
}

// A life of which nobody knew yet may have rows for a tick that was final
// without it: then there is a correction to come.
void final_ticks_agree(world& w, process by) {
  auto& gauge = w.node(by).meter()->gauge();
  auto& x = gauge.last_final();
  auto got = sums_of(gauge, x.apps);
  auto [at, is_new] =
      w.finals().try_emplace(x.at.number, world::final_tick{got, by});
  for (std::uint32_t a = 0; a <= apps && !is_new; ++a)
    if (at->second.sums[a] != got[a])
      return w.dispute({x.at, at->second.by, by,
                        tick_name(x.at) + " is final with "
                            + std::to_string(got[a]) + " for app "
                            + app_names[a] + " on " + process_name(w, by)
                            + ", but with " + std::to_string(at->second.sums[a])
                            + " on " + process_name(w, at->second.by)
                            + ", and nobody logged a correction"});
}

// Where clocks are apart, there is one each second to the end; corrections are
// said with the next turn.
void disputes_are_settled(world& w) {
  if (someone_stays_lost(w))
    return;
  for (auto& x : w.disputes())
    if (x.found + second < w.now() && w.alive(x.one) && w.alive(x.other)
        && !w.was_corrected(x.of))
      return w.fail("I2 agreement", x.sentence);
}

void ticks_are_final(world& w) {
  if (someone_stays_lost(w))
    return;
  // Who is ahead has to wait for the others to come to the same tick.
  std::int64_t least = INT64_MAX, most = INT64_MIN;
  for (host h = 0; h < w.hosts(); ++h)
    if (auto* m = meter_of(w, w.running(h))) {
      least = std::min(least, m->next().number);
      most = std::max(most, m->next().number);
    }
  auto apart = most > least ? most - least : 0;
  for (host h = 0; h < w.hosts(); ++h)
    if (auto* m = meter_of(w, w.running(h))) {
      auto behind = m->next() - m->gauge().final_through();
      if (behind > 4 + apart)
        return w.fail("I2 finality", process_name(w, w.running(h))
                                         + " has no final tick of "
                                           "the last "
                                         + std::to_string(behind)
                                         + ", though all is healed"
                                         + standings_of(m->gauge()));
    }
}

void never_negative(world& w) {
  for (host h = 0; h < w.hosts(); ++h) {
    auto* m = meter_of(w, w.running(h));
    if (!m)
      continue;
    auto range = m->gauge().at(m->gauge().newest());
    for (std::size_t i = 0; i < range.most.size(); ++i) {
      auto least = i < range.least.size() ? range.least[i].open : 0;
      if (range.most[i].open > absurd || least > range.most[i].open)
        return w.fail("I3", process_name(w, w.running(h)) + " shows "
                                + std::to_string(least) + " to "
                                + std::to_string(range.most[i].open));
    }
    for (auto& x : m->gauge().last_final().apps)
      if (x.open > absurd)
        return w.fail("I3", process_name(w, w.running(h)) + " shows "
                                + std::to_string(x.open));
  }
}

void peak_is_true(world& w, process by) {
  auto& gauge = w.node(by).meter()->gauge();
  auto& x = gauge.last_final();
  auto got = sums_of(gauge, x.apps);
  // Between the first and the last reading of the tick, whoever moved may be
  // counted twice.
  instant first = never, last = 0;
  for (process p = 0; p < w.lives().size(); ++p)
    if (auto* r = reading_of(w, p, x.at)) {
      first = std::min(first, r->at);
      last = std::max(last, r->at);
    }
  if (first == never)
    return;
  for (std::uint32_t a = 0; a <= apps; ++a) {
    auto most = w.record().peak(a, first - us, last + us)
                + w.record().openings(a, first, last);
    if (static_cast<std::int64_t>(got[a]) > most)
      return w.fail("I4", tick_name(x.at) + " shows " + std::to_string(got[a])
                              + " for app " + app_names[a] + " on "
                              + process_name(w, by)
                              + ", but there never were more "
                                "than "
                              + std::to_string(most) + " about it");
  }
}

void unknown_is_not_zero(world& w, process by) {
  auto& m = *w.node(by).meter();
  auto& x = m.gauge().last_final();
  if (x.unknown != 0)
    return;
  // The ledger hears of an end only when it has all rows before it.
  auto lives = m.gauge().lives();
  auto has_ended = [&](process p) {
    auto who = w.node(by).life_of(p);
    return std::any_of(lives.begin(), lives.end(), [&](auto& life) {
      return life.who == who && life.end && life.end->last < x.at;
    });
  };
  std::int64_t least = 0;
  for (process p = 0; p < w.lives().size(); ++p) {
    if (w.readings(p).empty() || w.readings(p).front().of > x.at)
      continue;
    auto heard = m.heard_at(p);
    if (p != by && (!heard || *heard >= x.at || has_ended(p)))
      continue;
    auto* read = reading_of(w, p, x.at);
    if (!read && w.alive(p))
      return w.fail("I8", process_name(w, by) + " calls " + tick_name(x.at)
                              + " final, but " + process_name(w, p)
                              + ", which it knows, has not even stated it");
    if (read && read->stated <= read->at + 2 * us)
      least += w.record().within(all, p, read->at - us, read->at + us).least;
  }
  auto got = sums_of(m.gauge(), x.apps)[all];
  if (static_cast<std::int64_t>(got) < least)
    w.fail("I8", process_name(w, by) + " calls " + tick_name(x.at)
                     + " final with " + std::to_string(got)
                     + ", but those it knows had " + std::to_string(least)
                     + parts_of(w, all, x.at));
}

void check_final(world& w, process by) {
  if (w.node(by).draining())
    return; // it has said goodbye, and waits for nobody
  final_tick_is_true(w, by);
  final_ticks_agree(w, by);
  peak_is_true(w, by);
  unknown_is_not_zero(w, by);
}

} // namespace tidewire::sim
