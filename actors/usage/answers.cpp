#include "actors/usage/answers.hpp"

#include "actors/usage/export.hpp"

#include <algorithm>
#include <numeric>

namespace tidewire::usage {

namespace {

using commands::answer;
using commands::cell;
using commands::facts;
using commands::listing;
using commands::unit;
using commands::whole;

constexpr std::size_t most_doubts = 100;

cell average_of(const meter::statement& s, const meter::statement_figures& f) {
  auto x = average_thousandths(s, f);
  return x ? cell{static_cast<double>(*x) / 1000} : cell{};
}

cell p95_of(const meter::statement_figures& f) {
  return f.p95 ? whole(*f.p95) : cell{};
}

cell time_at(meter::tick t) {
  return cell{t.number * 1000};
}

cell peak_of(const meter::statement& s, const meter::statement_figures& f) {
  return s.known_seconds > 0 ? whole(f.peak.value) : cell{};
}

facts figures_of(const char* key, const char* title, const meter::statement& s,
                 const meter::statement_figures& f) {
  return {key,
          {{"peak", unit::count, peak_of(s, f)},
           {"peak_at", unit::time,
            s.known_seconds > 0 ? time_at(f.peak.at) : cell{}},
           {"p95", unit::count, p95_of(f), "95th percentile"},
           {"average", unit::number, average_of(s, f)},
           {"connection_seconds", unit::number,
            cell{static_cast<double>(f.connection_ms) / 1000}}},
          title};
}

template <class Reason, std::size_t Size>
listing reasons_of(const char* key, const char* title,
                   const std::array<std::uint64_t, Size>& counts) {
  listing out{key, {{"reason"}, {"connections", unit::count}}, {}, title};
  for (std::size_t i = 0; i < Size; ++i)
    if (counts[i] != 0)
      out.rows.push_back(
          {std::string{name_of(static_cast<Reason>(i))}, whole(counts[i])});
  return out;
}

listing doubts_of(const meter::statement& s) {
  listing out{"unknown",
              {{"from", unit::time},
               {"to", unit::time},
               {"seconds", unit::seconds, "for"},
               {"known"}},
              {},
              "What is not known"};
  for (auto& x : s.doubts) {
    if (out.rows.size() == most_doubts)
      break;
    out.rows.push_back({time_at(x.first - 1), time_at(x.last),
                        whole(x.last - x.first + 1),
                        std::string{x.partly ? "partly" : "nothing"}});
  }
  return out;
}

void add_notes(answer& to, const meter::statement& s) {
  if (s.known_seconds == 0)
    to.notes.emplace_back("Nothing is known of this time.");
  if (s.peak_is_bound)
    to.notes.emplace_back(
        "The peaks are upper bounds: of this time only minutes are kept, and "
        "several of them were added up.");
  if (s.unknown_seconds > 0 || s.partly_seconds > 0)
    to.notes.emplace_back(
        "What is not known is never counted as zero: it is left out of the "
        "percentile and the average, and what is partly known counts with the "
        "part that is.");
  if (s.doubts.size() > most_doubts)
    to.notes.push_back("There are " + std::to_string(s.doubts.size())
                       + " gaps; an export lists them all.");
}

} // namespace

facts period_facts(const period& when) {
  return {"",
          {{"from", unit::time, cell{when.over.from * 1000}},
           {"to", unit::time, cell{when.over.to * 1000}},
           {"time_zone", unit::text, cell{when.zone}},
           {"so_far", unit::yes_no, cell{when.so_far}},
           {"interval_seconds", unit::seconds, whole(when.interval),
            "samples every"}}};
}

answer answer_of(const stated& one, std::span<const ledger::head> heads) {
  auto& s = one.what;
  answer out;
  facts whose{
      "",
      {{"scope", unit::text, cell{std::string{name_of(one.whose.of)}}, "of"}}};
  if (!one.whose.name.empty())
    whose.list.push_back({"name", unit::text, cell{one.whose.name}});
  out.sections.emplace_back(std::move(whose));
  out.sections.emplace_back(period_facts(one.when));
  out.sections.emplace_back(
      figures_of("connections", "Open connections", s, s.open));
  out.sections.emplace_back(
      figures_of("billable", "Billable connections", s, s.billable));
  out.sections.emplace_back(
      facts{"activity",
            {{"users_peak", unit::count, whole(s.users_peak), "most users"},
             {"highest", unit::count, whole(s.highest), "never more than"},
             {"opened", unit::count, whole(s.did.opened)},
             {"closed", unit::count,
              whole(std::accumulate(s.did.closed.begin(), s.did.closed.end(),
                                    std::uint64_t{0}))},
             {"refused", unit::count,
              whole(std::accumulate(s.did.refused.begin(), s.did.refused.end(),
                                    std::uint64_t{0}))},
             {"broadcasts", unit::count, whole(s.did.broadcasts)},
             {"deliveries", unit::count, whole(s.did.deliveries)},
             {"bytes", unit::bytes, whole(s.did.bytes), "written"}},
            "Activity"});
  if (auto x = reasons_of<close_reason>("closed", "Closed", s.did.closed);
      !x.rows.empty())
    out.sections.emplace_back(std::move(x));
  if (auto x = reasons_of<refuse_reason>("refused", "Refused", s.did.refused);
      !x.rows.empty())
    out.sections.emplace_back(std::move(x));
  out.sections.emplace_back(facts{
      "coverage",
      {{"known_seconds", unit::seconds, whole(s.known_seconds), "known"},
       {"partly_known_seconds", unit::seconds, whole(s.partly_seconds),
        "of it partly"},
       {"unknown_seconds", unit::seconds, whole(s.unknown_seconds), "unknown"},
       {"samples", unit::count, whole(s.samples)},
       {"partly_known_samples", unit::count, whole(s.partly_samples)},
       {"unknown_samples", unit::count, whole(s.unknown_samples),
        "samples left out"}},
      "Coverage"});
  if (!s.doubts.empty())
    out.sections.emplace_back(doubts_of(s));
  out.sections.emplace_back(heads_table(heads));
  add_notes(out, s);
  return out;
}

answer overview_of(std::span<const stated> all, std::size_t limit,
                   std::span<const ledger::head> heads) {
  answer out;
  auto& total = all.front();
  out.sections.emplace_back(period_facts(total.when));
  std::vector<const stated*> rows;
  for (auto& x : all.subspan(1))
    rows.push_back(&x);
  std::stable_sort(rows.begin(), rows.end(), [](auto* a, auto* b) {
    return a->what.billable.peak.value > b->what.billable.peak.value;
  });
  listing list{"apps",
               {{"app"},
                {"peak", unit::count},
                {"peak_at", unit::time},
                {"p95", unit::count},
                {"average", unit::number},
                {"connection_seconds", unit::number, "conn. seconds"},
                {"unknown_seconds", unit::count, "unknown s"}},
               {}};
  auto add = [&](std::string name, const meter::statement& s) {
    auto& f = s.billable;
    list.rows.push_back({std::move(name), peak_of(s, f),
                         s.known_seconds > 0 ? time_at(f.peak.at) : cell{},
                         p95_of(f), average_of(s, f),
                         cell{static_cast<double>(f.connection_ms) / 1000},
                         whole(s.unknown_seconds)});
  };
  add("all apps", total.what);
  for (auto* x : rows) {
    if (list.rows.size() > limit)
      break;
    add(x->whose.name, x->what);
  }
  auto listed = list.rows.size() - 1;
  out.sections.emplace_back(std::move(list));
  out.sections.emplace_back(heads_table(heads));
  out.notes.emplace_back("Billable connections. The peak of all apps is that "
                         "of their sum, not the sum of their peaks.");
  if (listed < rows.size())
    out.notes.push_back(std::to_string(rows.size() - listed)
                        + " more apps are not listed; --limit lists more.");
  return out;
}

answer export_of(std::span<const stated> all,
                 std::span<const ledger::head> heads) {
  answer out;
  out.sections.emplace_back(period_facts(all.front().when));
  out.sections.emplace_back(export_table(all, heads));
  out.sections.emplace_back(heads_table(heads));
  return out;
}

} // namespace tidewire::usage
