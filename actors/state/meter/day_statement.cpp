#include "actors/state/meter/day_statement.hpp"

#include <algorithm>
#include <bit>

namespace tidewire::meter {

void day_fold::add(const minute_slice& slice) {
  auto x = coarsen(slice);
  auto& r = record_;
  r.known_seconds += static_cast<std::uint32_t>(std::popcount(slice.known));
  r.open.see(x.open.value, x.open.at);
  r.billable.see(x.billable.value, x.billable.at);
  r.highest = std::max(r.highest, x.highest);
  r.users = std::max(r.users, x.users);
  r.connection_ms += x.connection_ms;
  r.unbilled_ms += x.unbilled_ms;
  r.did += x.did;
  if (slice.known & bit(minute::ticks - 1)) {
    ++r.open_samples[x.last.open];
    ++r.billable_samples[x.last.billable()];
  }
}

day_record merge(day_record x, const day_record& y) {
  for (auto& [value, times] : y.open_samples)
    x.open_samples[value] += times;
  for (auto& [value, times] : y.billable_samples)
    x.billable_samples[value] += times;
  x.known_seconds += y.known_seconds;
  x.open.see(y.open.value, y.open.at);
  x.billable.see(y.billable.value, y.billable.at);
  x.highest = std::max(x.highest, y.highest);
  x.users = std::max(x.users, y.users);
  x.connection_ms += y.connection_ms;
  x.unbilled_ms += y.unbilled_ms;
  x.did += y.did;
  return x;
}

statement state_days(day first,
                     std::span<const std::optional<day_record>> days) {
  constexpr std::uint64_t samples_per_day = 1440;
  statement s;
  s.over = {first.number * seconds_per_day,
            (first.number + static_cast<std::int64_t>(days.size()))
                * seconds_per_day};
  sample_bag open, billable;
  for (auto at = first; auto& x : days) {
    auto known = x ? x->known_seconds : 0;
    s.known_seconds += known;
    s.unknown_seconds += seconds_per_day - known;
    if (known == 0) {
      if (!s.doubts.empty() && s.doubts.back().last + 1 == at.first())
        s.doubts.back().last = at.last();
      else
        s.doubts.push_back({at.first(), at.last(), false});
    }
    if (x) {
      s.open.peak.see(x->open.value, x->open.at);
      s.billable.peak.see(x->billable.value, x->billable.at);
      s.open.connection_ms += x->connection_ms;
      s.billable.connection_ms += x->connection_ms - x->unbilled_ms;
      s.highest = std::max(s.highest, x->highest);
      s.users_peak = std::max(s.users_peak, x->users);
      s.did += x->did;
      for (auto& [value, times] : x->open_samples) {
        open.add(value, times);
        s.samples += times;
      }
      for (auto& [value, times] : x->billable_samples)
        billable.add(value, times);
    }
    ++at.number;
  }
  s.unknown_samples = days.size() * samples_per_day - s.samples;
  s.open.p95 = open.percentile95();
  s.billable.p95 = billable.percentile95();
  for (auto* figures : {&s.open, &s.billable})
    if (figures->peak.value == 0)
      figures->peak.at = first_known(s);
  return s;
}

} // namespace tidewire::meter
