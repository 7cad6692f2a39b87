#include "actors/usage/sizing.hpp"

#include "actors/usage/answers.hpp"

#include <algorithm>
#include <bit>

namespace tidewire::usage {

namespace {

using commands::answer;
using commands::cell;
using commands::facts;
using commands::listing;
using commands::unit;
using commands::whole;

cell price_of(const meter::tier& t) {
  return t.price_cents == 0 ? cell{}
                            : cell{static_cast<double>(t.price_cents) / 100};
}

cell cap_of(const meter::tier& t) {
  return t.connections == 0 ? cell{std::string{"none"}} : whole(t.connections);
}

cell name_at(std::span<const meter::tier> tiers,
             const std::optional<std::size_t>& at) {
  return at ? cell{tiers[*at].name} : cell{std::string{"none"}};
}

std::string_view name_of(meter::billing_outcome::rule by) {
  using rule = meter::billing_outcome::rule;
  return by == rule::peak ? "peak" : by == rule::p95 ? "p95" : "average";
}

cell crossing_of(const size_fold::outcome& was, const meter::tier& t) {
  if (t.connections == 0)
    return cell{std::string{"never"}};
  if (was.daily_peaks.size() < 2)
    return {};
  auto on = meter::crossing_day(was.daily_peaks, t.connections);
  if (!on)
    return cell{std::string{"not in ten years"}};
  return cell{meter::render_time(on->number * meter::seconds_per_day, "UTC")
                  .substr(0, 10)};
}

listing outcomes_of(std::span<const meter::tier> tiers, std::uint64_t needed,
                    const std::optional<size_fold::outcome>& was) {
  listing out{"tiers",
              {{"tier"},
               {"connections", unit::count, "cap"},
               {"fits", unit::yes_no},
               {"price", unit::number}},
              {},
              "What each tier would have meant"};
  if (was)
    for (auto& c : std::vector<commands::column>{
             {"graces", unit::count},
             {"grace_seconds", unit::seconds, "in grace"},
             {"times_over", unit::count, "over"},
             {"over_seconds", unit::seconds, "for"},
             {"refused", unit::count},
             {"crossed_on", unit::text, "crossed on"}})
      out.columns.push_back(c);
  else
    out.title = "Tiers";
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    auto& t = tiers[i];
    auto& row = out.rows.emplace_back();
    row = {t.name, cap_of(t), t.connections == 0 || t.connections >= needed,
           price_of(t)};
    if (!was)
      continue;
    auto& x = was->tiers[i];
    row.push_back(whole(x.graces));
    row.push_back(whole(x.grace_seconds));
    row.push_back(whole(x.times_over));
    row.push_back(whole(x.over_seconds));
    row.push_back(whole(x.refused));
    row.push_back(crossing_of(*was, t));
  }
  return out;
}

listing rules_of(std::span<const meter::tier> tiers,
                 const meter::statement& s) {
  listing out{
      "billing",
      {{"by"}, {"connections", unit::count}, {"tier"}, {"price", unit::number}},
      {},
      "What each way to bill would have charged"};
  for (auto& x : meter::compare_rules(s, tiers))
    out.rows.push_back({std::string{name_of(x.by)}, whole(x.connections),
                        name_at(tiers, x.tier),
                        x.tier ? price_of(tiers[*x.tier]) : cell{}});
  return out;
}

} // namespace

size_fold::size_fold(const period& when, std::span<const meter::tier> tiers)
    : figures_(when.over, when.interval),
      coverage_(when.over, when.interval),
      replay_(when.over, tiers),
      over_(when.over) {}

bool size_fold::add(const meter::minute_slice& slice) {
  coverage_.add(slice.at, slice.known, slice.partly);
  replay_.add(slice);
  std::optional<std::uint64_t> most;
  for (int i = 0; i < meter::minute::ticks; ++i) {
    auto t = slice.at.at(i);
    if (!(slice.known & meter::bit(i)) || t < over_.first() || over_.last() < t)
      continue;
    auto value = slice.coarse ? slice.billable.value
                              : slice.sum.open[i] - slice.sum.unbilled[i];
    most = std::max(most.value_or(0), value);
  }
  if (most) {
    auto& peak = peaks_[meter::day_of(slice.at).number];
    peak = std::max(peak, *most);
  }
  return figures_.add(slice);
}

std::variant<size_fold::outcome, meter::statement_error> size_fold::finish() {
  meter::statement coverage;
  coverage_.finish(coverage);
  auto made = figures_.finish(coverage);
  if (auto* no = std::get_if<meter::statement_error>(&made))
    return *no;
  outcome out{
      std::get<meter::statement>(std::move(made)), replay_.outcomes(), {}};
  for (auto& [at, peak] : peaks_)
    out.daily_peaks.emplace_back(meter::day{at}, peak);
  return out;
}

answer size_answer(std::span<const meter::tier> tiers, const outlook& ahead,
                   const std::optional<subject>& whose,
                   const std::optional<period>& when,
                   const std::optional<size_fold::outcome>& was,
                   std::string_view now) {
  answer out;
  auto peak = ahead.peak.value_or(was ? was->what.billable.peak.value : 0);
  meter::expectation expected{peak, ahead.growth_percent,
                              ahead.headroom_percent};
  auto needed = expected.connections();
  auto tier = meter::smallest_tier(tiers, needed);
  if (whose)
    out.sections.emplace_back(
        facts{"", {{"of", unit::text, cell{title_of(*whose)}}}});
  if (when)
    out.sections.emplace_back(period_facts(*when));
  facts size{"recommendation",
             {{"tier", unit::text, name_at(tiers, tier)},
              {"peak", unit::count, whole(peak)},
              {"growth", unit::percent, whole(ahead.growth_percent)},
              {"headroom", unit::percent, whole(ahead.headroom_percent)},
              {"connections", unit::count, whole(needed), "to be ready for"}},
             "Recommended"};
  if (!now.empty())
    size.list.push_back(
        {"present_tier", unit::text, cell{std::string{now}}, "tier now"});
  out.sections.emplace_back(std::move(size));
  out.sections.emplace_back(outcomes_of(tiers, needed, was));
  if (was)
    out.sections.emplace_back(rules_of(tiers, was->what));
  if (!tier)
    out.notes.push_back("No tier holds " + std::to_string(needed)
                        + " connections.");
  if (!was)
    return out;
  if (was->what.known_seconds == 0)
    out.notes.emplace_back("Nothing is known of this time: say what is "
                           "expected with --peak.");
  else if (was->what.unknown_seconds > 0)
    out.notes.push_back(std::to_string(was->what.unknown_seconds)
                        + " s of this time are not known; the peak may have "
                          "been there.");
  if (was->daily_peaks.size() < 2)
    out.notes.emplace_back("Two days are needed to say when growth crosses a "
                           "cap.");
  out.notes.emplace_back("Refusals are an estimate: who is refused does not "
                         "stay and may come again.");
  return out;
}

} // namespace tidewire::usage
