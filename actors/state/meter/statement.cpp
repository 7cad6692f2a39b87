#include "actors/state/meter/statement.hpp"

#include <algorithm>
#include <bit>

namespace tidewire::meter {

namespace {

constexpr int last_place = minute::ticks - 1;

bool whole_minutes(const statement& s) noexcept {
  return s.over.from % 60 == 0 && s.over.to % 60 == 0 && s.interval % 60 == 0;
}

} // namespace

std::optional<std::uint64_t> percentile95(std::vector<std::uint64_t>& samples) {
  if (samples.empty())
    return std::nullopt;
  auto dropped = samples.size() / 20;
  auto at = samples.begin() + static_cast<std::ptrdiff_t>(dropped);
  std::nth_element(samples.begin(), at, samples.end(), std::greater<>{});
  return *at;
}

std::optional<std::uint64_t>
percentile95(const std::map<std::uint64_t, std::uint64_t>& samples) noexcept {
  std::uint64_t n = 0;
  for (auto& [value, times] : samples)
    n += times;
  auto left = n / 20;
  for (auto at = samples.rbegin(); at != samples.rend(); ++at) {
    if (left < at->second)
      return at->first;
    left -= at->second;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> average_thousandths(const statement& s,
                                                 const statement_figures& f) {
  if (s.known_seconds == 0)
    return std::nullopt;
  // Milliseconds ÷ seconds are thousandths.
  return static_cast<std::uint64_t>((2 * f.connection_ms + s.known_seconds)
                                    / (2 * s.known_seconds));
}

std::string render_thousandths(std::optional<std::uint64_t> x) {
  if (!x)
    return "unknown";
  auto rest = std::to_string(*x % 1000);
  return std::to_string(*x / 1000) + '.' + std::string(3 - rest.size(), '0')
         + rest;
}

std::variant<statement_builder, statement_error>
statement_builder::make(window over, std::int64_t interval) {
  if (over.to <= over.from)
    return statement_error{
        "the window is empty: it has to end after it begins"};
  if (interval < 1 || interval > 3600)
    return statement_error{"the interval between samples is "
                           + std::to_string(interval)
                           + " s; it can be 1 s to 3600 s"};
  return statement_builder{over, interval};
}

statement_builder::statement_builder(window over, std::int64_t interval)
    : next_(over.first()) {
  out_.over = over;
  out_.interval = interval;
  open_.reserve(static_cast<std::size_t>(
      std::min(over.seconds() / interval, 400 * seconds_per_day)));
}

bool statement_builder::is_sample(tick t) const noexcept {
  return (t.number - out_.over.from) % out_.interval == 0;
}

void statement_builder::doubt_it(tick t, bool partly) {
  auto& all = out_.doubts;
  ++(partly ? out_.partly_seconds : out_.unknown_seconds);
  if (!all.empty() && all.back().partly == partly && all.back().last + 1 == t)
    all.back().last = t;
  else
    all.push_back({t, t, partly});
}

// Nobody said anything of what lies between.
void statement_builder::skip_to(tick t) {
  for (auto end = std::min(t, out_.over.last() + 1); next_ < end;
       next_ = next_ + 1) {
    doubt_it(next_, false);
    out_.unknown_samples += is_sample(next_) ? 1 : 0;
  }
}

bool statement_builder::add(const minute_slice& slice) {
  auto& m = slice.at;
  if (m.last() < next_ || m.first() > out_.over.last())
    return true;
  skip_to(m.first());
  auto begins = m.first().number - 1;
  if (begins >= out_.over.from && begins < out_.over.to)
    out_.did += slice.sum.did;
  if (!slice.coarse)
    add_ticks(slice);
  else if (whole_minutes(out_))
    add_coarse(slice);
  else
    too_coarse_ = true;
  return !too_coarse_;
}

void statement_builder::sample(const minute_slice& slice, int place) {
  if (!(slice.known & bit(place))) {
    ++out_.unknown_samples;
    return;
  }
  auto open = slice.sum.open[place];
  auto unbilled = slice.sum.unbilled[place];
  if (unbilled != 0 && billable_.empty())
    billable_ = open_;
  if (unbilled != 0 || !billable_.empty())
    billable_.push_back(open - unbilled);
  open_.push_back(open);
  ++out_.samples;
  out_.partly_samples += slice.partly & bit(place) ? 1 : 0;
}

void statement_builder::see(const minute_slice& slice, int place) {
  auto& sum = slice.sum;
  out_.open.connection_ms += sum.connection_ms[place];
  out_.billable.connection_ms +=
      sum.connection_ms[place] - sum.unbilled_ms[place];
  out_.users_peak = std::max(out_.users_peak, sum.users[place]);
  out_.highest = std::max(out_.highest, sum.highest[place]);
}

void statement_builder::add_ticks(const minute_slice& slice) {
  auto end = std::min(slice.at.last(), out_.over.last()) + 1;
  auto past = (next_.number - 1 - out_.over.from) % out_.interval;
  for (auto place = place_of(next_); next_ < end; ++place, ++next_.number) {
    if (slice.known & bit(place)) {
      auto open = slice.sum.open[place];
      out_.open.peak.see(open, next_);
      out_.billable.peak.see(open - slice.sum.unbilled[place], next_);
      see(slice, place);
      ++out_.known_seconds;
      if (slice.partly & bit(place))
        doubt_it(next_, true);
    } else {
      doubt_it(next_, false);
    }
    if (++past == out_.interval) {
      sample(slice, place);
      past = 0;
    }
  }
}

void statement_builder::add_coarse(const minute_slice& slice) {
  out_.open.peak.see(slice.open.value, slice.open.at);
  out_.billable.peak.see(slice.billable.value, slice.billable.at);
  out_.peak_is_bound |= slice.peak_is_bound;
  see(slice, last_place);
  out_.known_seconds += std::popcount(slice.known);
  for (int i = 0; i < minute::ticks; ++i)
    if (auto partly = (slice.partly & bit(i)) != 0;
        partly || !(slice.known & bit(i)))
      doubt_it(slice.at.at(i), partly);
  if (is_sample(slice.at.last()))
    sample(slice, last_place);
  next_ = slice.at.last() + 1;
}

std::variant<statement, statement_error> statement_builder::finish() {
  if (too_coarse_)
    return statement_error{
        "ticks this old are kept as minutes only: ask for a window of whole "
        "minutes and for samples of whole minutes"};
  skip_to(out_.over.last() + 1);
  out_.open.p95 = percentile95(open_);
  out_.billable.p95 =
      billable_.empty() ? out_.open.p95 : percentile95(billable_);
  for (auto* figures : {&out_.open, &out_.billable})
    if (figures->peak.value == 0)
      figures->peak.at = out_.over.first();
  return std::move(out_);
}

} // namespace tidewire::meter
