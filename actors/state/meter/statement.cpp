#include "actors/state/meter/statement.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::meter {

namespace {

bool whole_minutes(const statement& s) noexcept {
  return s.over.from % 60 == 0 && s.over.to % 60 == 0 && s.interval % 60 == 0;
}

// How many samples are taken at the ticks from `first` to `last`.
std::uint64_t samples_between(const statement& s, tick first,
                              tick last) noexcept {
  auto before = (first.number - 1 - s.over.from) / s.interval;
  return static_cast<std::uint64_t>((last.number - s.over.from) / s.interval
                                    - before);
}

} // namespace

std::optional<std::uint64_t> average_thousandths(const statement& s,
                                                 const statement_figures& f) {
  if (s.known_seconds == 0)
    return std::nullopt;
  // Milliseconds ÷ seconds are thousandths.
  return static_cast<std::uint64_t>((2 * f.connection_ms + s.known_seconds)
                                    / (2 * s.known_seconds));
}

tick first_known(const statement& s) {
  auto first = s.over.first();
  if (s.known_seconds == 0)
    return first;
  for (auto& x : s.doubts) // they are in order
    if (x.first == first && !x.partly)
      first = x.last + 1;
  return first;
}

std::string render_thousandths(std::optional<std::uint64_t> x) {
  if (!x)
    return "unknown";
  auto rest = std::to_string(*x % 1000);
  return std::to_string(*x / 1000) + '.' + std::string(3 - rest.size(), '0')
         + rest;
}

std::optional<statement_error> check(window over, std::int64_t interval) {
  if (over.to <= over.from)
    return statement_error{
        "the window is empty: it has to end after it begins"};
  if (interval < 1 || interval > 3600)
    return statement_error{"the interval between samples is "
                           + std::to_string(interval)
                           + " s; it can be 1 s to 3600 s"};
  return std::nullopt;
}

// -- what is known ------------------------------------------------------------

coverage_fold::coverage_fold(window over, std::int64_t interval)
    : next_(over.first()) {
  out_.over = over;
  out_.interval = interval;
}

bool coverage_fold::is_sample(tick t) const noexcept {
  return (t.number - out_.over.from) % out_.interval == 0;
}

void coverage_fold::doubt_it(tick t, bool partly) {
  auto& all = out_.doubts;
  ++(partly ? out_.partly_seconds : out_.unknown_seconds);
  if (!all.empty() && all.back().partly == partly && all.back().last + 1 == t)
    all.back().last = t;
  else
    all.push_back({t, t, partly});
}

// Nobody said anything of what lies between.
void coverage_fold::skip_to(tick t) {
  for (auto end = std::min(t, out_.over.last() + 1); next_ < end;
       next_ = next_ + 1) {
    doubt_it(next_, false);
    out_.unknown_samples += is_sample(next_) ? 1 : 0;
  }
}

void coverage_fold::add(minute at, tick_mask known, tick_mask partly) {
  if (at.last() < next_ || at.first() > out_.over.last())
    return;
  skip_to(at.first());
  auto end = std::min(at.last(), out_.over.last()) + 1;
  if (known == whole_minute && partly == 0) {
    out_.known_seconds += end - next_;
    out_.samples += samples_between(out_, next_, end - 1);
    next_ = end;
    return;
  }
  for (; next_ < end; ++next_.number) {
    auto place = bit(place_of(next_));
    if (!(known & place)) {
      doubt_it(next_, false);
      out_.unknown_samples += is_sample(next_) ? 1 : 0;
      continue;
    }
    ++out_.known_seconds;
    if (partly & place)
      doubt_it(next_, true);
    if (is_sample(next_)) {
      ++out_.samples;
      out_.partly_samples += partly & place ? 1 : 0;
    }
  }
}

void coverage_fold::finish(statement& into) {
  skip_to(out_.over.last() + 1);
  into.over = out_.over;
  into.interval = out_.interval;
  into.known_seconds = out_.known_seconds;
  into.partly_seconds = out_.partly_seconds;
  into.unknown_seconds = out_.unknown_seconds;
  into.samples = out_.samples;
  into.partly_samples = out_.partly_samples;
  into.unknown_samples = out_.unknown_samples;
  into.doubts = std::move(out_.doubts);
}

// -- the figures --------------------------------------------------------------

figures_fold::figures_fold(window over, std::int64_t interval) {
  out_.over = over;
  out_.interval = interval;
}

void figures_fold::sample(std::uint64_t open, std::uint64_t unbilled,
                          std::uint64_t times) {
  if (unbilled != 0 && !billable_)
    billable_ = open_;
  if (billable_)
    billable_->add(open - unbilled, times);
  open_.add(open, times);
}

bool figures_fold::add(const minute_slice& slice) {
  auto& over = out_.over;
  if (slice.at.last() < over.first() || slice.at.first() > over.last())
    return true;
  auto begins = slice.at.first().number - 1;
  // Of a minute that is cut, nobody can say which part it was in.
  if (begins >= over.from && begins + minute::ticks <= over.to)
    out_.did += slice.sum.did;
  if (!slice.coarse)
    add_ticks(slice);
  else if (whole_minutes(out_))
    add_coarse(slice);
  else
    too_coarse_ = true;
  return !too_coarse_;
}

void figures_fold::see(const minute_record& sum, int place) {
  out_.open.connection_ms += sum.connection_ms[place];
  out_.billable.connection_ms +=
      sum.connection_ms[place] - sum.unbilled_ms[place];
  out_.users_peak = std::max(out_.users_peak, sum.users[place]);
  out_.highest = std::max(out_.highest, sum.highest[place]);
}

void figures_fold::add_ticks(const minute_slice& slice) {
  auto first = std::max(slice.at.first(), out_.over.first());
  auto last = std::min(slice.at.last(), out_.over.last());
  auto& sum = slice.sum;
  auto end = place_of(last) + 1;
  // To see a peak is to look for a greater one, mostly in vain.
  std::uint64_t most = 0, most_billable = 0;
  for (auto i = place_of(first); i < end; ++i)
    if (slice.known & bit(i)) {
      most = std::max(most, sum.open[i]);
      most_billable = std::max(most_billable, sum.open[i] - sum.unbilled[i]);
      see(sum, i);
    }
  if (most > out_.open.peak.value || most_billable > out_.billable.peak.value)
    for (auto i = place_of(first); i < end; ++i)
      if (slice.known & bit(i)) {
        out_.open.peak.see(sum.open[i], slice.at.at(i));
        out_.billable.peak.see(sum.open[i] - sum.unbilled[i], slice.at.at(i));
      }
  auto into = (first.number - out_.over.from) % out_.interval;
  auto t = into == 0 ? first : first + (out_.interval - into);
  for (; t <= last; t = t + out_.interval)
    if (auto i = place_of(t); slice.known & bit(i))
      sample(sum.open[i], sum.unbilled[i], 1);
}

void figures_fold::add_coarse(const minute_slice& slice) {
  constexpr int last_place = minute::ticks - 1;
  out_.open.peak.see(slice.open.value, slice.open.at);
  out_.billable.peak.see(slice.billable.value, slice.billable.at);
  out_.peak_is_bound |= slice.peak_is_bound;
  see(slice.sum, last_place);
  if ((slice.at.last().number - out_.over.from) % out_.interval == 0
      && slice.known & bit(last_place))
    sample(slice.sum.open[last_place], slice.sum.unbilled[last_place], 1);
}

void figures_fold::stand(const levels& at, tick first, tick last) {
  auto seconds = last - first + 1;
  out_.open.peak.see(at.open, first);
  out_.billable.peak.see(at.billable(), first);
  out_.open.connection_ms +=
      seconds * static_cast<std::int64_t>(at.open) * 1000;
  out_.billable.connection_ms +=
      seconds * static_cast<std::int64_t>(at.billable()) * 1000;
  out_.users_peak = std::max(out_.users_peak, at.users);
  out_.highest = std::max(out_.highest, at.open);
  if (auto times = samples_between(out_, first, last))
    sample(at.open, at.unbilled, times);
}

std::variant<statement, statement_error>
figures_fold::finish(const statement& coverage) {
  if (too_coarse_)
    return statement_error{
        "ticks this old are kept as minutes only: ask for a window of whole "
        "minutes and for samples of whole minutes"};
  if (open_.size() < coverage.samples)
    sample(0, 0, coverage.samples - open_.size());
  auto out = coverage;
  out.open = out_.open;
  out.billable = out_.billable;
  out.users_peak = out_.users_peak;
  out.highest = out_.highest;
  out.did = out_.did;
  out.peak_is_bound = out_.peak_is_bound;
  out.open.p95 = open_.percentile95();
  out.billable.p95 = billable_ ? billable_->percentile95() : out.open.p95;
  for (auto* figures : {&out.open, &out.billable})
    if (figures->peak.value == 0)
      figures->peak.at = first_known(out);
  return out;
}

// -- both ---------------------------------------------------------------------

std::variant<statement_builder, statement_error>
statement_builder::make(window over, std::int64_t interval) {
  if (auto wrong = check(over, interval))
    return *wrong;
  return statement_builder{over, interval};
}

bool statement_builder::add(const minute_slice& slice) {
  coverage_.add(slice.at, slice.known, slice.partly);
  return figures_.add(slice);
}

std::variant<statement, statement_error> statement_builder::finish() {
  statement coverage;
  coverage_.finish(coverage);
  return figures_.finish(coverage);
}

} // namespace tidewire::meter
