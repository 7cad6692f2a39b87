#include "tests/actors/state/meter/oracle.hpp"

#include <algorithm>
#include <set>

namespace tidewire::meter::testing {

namespace {

// Nanoseconds of the tick in which the socket was open.
std::int64_t open_ns(const socket_truth& s, tick t) {
  auto from = std::max(s.opened.ns, (t - 1).ends());
  auto to = s.closed ? std::min(s.closed->ns, t.ends()) : t.ends();
  return std::max<std::int64_t>(to - from, 0);
}

bool is_of(int subject, int app) {
  return subject == all || subject == app;
}

// The least and most open in a tick: at its begin and after every instant at
// which something happened.
void find_extremes(const life_truth& life, int subject, tick t,
                   tick_truth& out) {
  std::vector<std::pair<cluster_ns, int>> steps;
  std::int64_t level = 0;
  for (auto& s : life.sockets) {
    if (!is_of(subject, s.app))
      continue;
    level += s.open_at(t - 1) ? 1 : 0;
    if (s.opened.at == t)
      steps.emplace_back(s.opened.ns, 1);
    if (s.closed && s.closed->at == t)
      steps.emplace_back(s.closed->ns, -1);
  }
  std::sort(steps.begin(), steps.end());
  out.lowest = out.highest = level;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    level += steps[i].second;
    if (i + 1 < steps.size() && steps[i + 1].first == steps[i].first)
      continue;
    out.lowest = std::min(out.lowest, level);
    out.highest = std::max(out.highest, level);
  }
}

} // namespace

bool life_truth::has(tick t) const {
  return std::binary_search(stored.begin(), stored.end(), t);
}

std::vector<std::array<tick_truth, subjects>> life_truth::figures() const {
  std::vector<std::array<tick_truth, subjects>> out(stated.size());
  std::array<std::int64_t, apps> so_far{}; // ns
  for (std::size_t i = 0; i < stated.size(); ++i) {
    auto t = stated[i];
    auto& now = out[i];
    std::array<std::int64_t, apps> ns{};
    for (auto& s : sockets) {
      if (s.opened.at > t || (s.closed && s.closed->at < t))
        continue;
      auto& x = now[static_cast<std::size_t>(s.app)];
      x.open += s.open_at(t) ? 1 : 0;
      x.opened += s.opened.at == t ? 1 : 0;
      x.closed += s.closed && s.closed->at == t ? 1 : 0;
      ns[static_cast<std::size_t>(s.app)] += open_ns(s, t);
    }
    for (auto& r : refusals)
      if (r.at == t)
        ++now[static_cast<std::size_t>(r.app.value_or(all))].refused;
    for (auto& b : broadcasts)
      if (b.at == t)
        now[static_cast<std::size_t>(b.app)].broadcasts +=
            static_cast<std::int64_t>(b.number);
    for (std::size_t app = 0; app < apps; ++app) {
      constexpr std::int64_t ns_per_ms = 1'000'000;
      auto& x = now[app];
      x.connection_ms =
          (so_far[app] + ns[app]) / ns_per_ms - so_far[app] / ns_per_ms;
      so_far[app] += ns[app];
      if (app == apps - 1) {
        x.unbilled = x.open;
        x.unbilled_ms = x.connection_ms;
      }
      auto& sum = now[all];
      sum.open += x.open;
      sum.unbilled += x.unbilled;
      sum.connection_ms += x.connection_ms;
      sum.unbilled_ms += x.unbilled_ms;
      sum.opened += x.opened;
      sum.closed += x.closed;
      sum.refused += x.refused;
      sum.broadcasts += x.broadcasts;
    }
    for (int subject = 0; subject < subjects; ++subject)
      find_extremes(*this, subject, t, now[static_cast<std::size_t>(subject)]);
  }
  return out;
}

std::vector<truth::instant> truth::instants(tick first, tick last) const {
  std::vector<instant> out(static_cast<std::size_t>(last - first + 1));
  auto at = [&](tick t) { return static_cast<std::size_t>(t - first); };
  std::vector<bool> awaited(out.size()), begun(out.size());
  std::vector<int> missing(out.size());
  for (auto& life : lives) {
    if (life.stored.empty())
      continue;
    // Until when something is to be known of it.
    auto until = life.ended ? life.stored.back() : last;
    for (auto& other : lives)
      if (other.who.node == life.who.node && !other.stored.empty()
          && other.stored.front() > life.stored.front())
        until = std::min(until, other.stored.front() - 1);
    for (auto t = std::max(first, life.stored.front()); t <= last; t = t + 1) {
      begun[at(t)] = true;
      if (t > until)
        continue;
      awaited[at(t)] = true;
      missing[at(t)] += life.has(t) ? 0 : 1;
    }
    auto figures = life.figures();
    for (std::size_t i = 0; i < life.stated.size(); ++i) {
      auto t = life.stated[i];
      if (!life.has(t) || t < first || t > last)
        continue;
      out[at(t)].known = true;
      for (std::size_t s = 0; s < subjects; ++s) {
        auto& to = out[at(t)].sum[s];
        auto& from = figures[i][s];
        to.open += from.open;
        to.unbilled += from.unbilled;
        to.highest += from.highest;
        to.connection_ms += from.connection_ms;
        to.unbilled_ms += from.unbilled_ms;
        to.opened += from.opened;
        to.closed += from.closed;
        to.refused += from.refused;
        to.broadcasts += from.broadcasts;
      }
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].partly = out[i].known && missing[i] > 0;
    out[i].known = out[i].known || (begun[i] && !awaited[i]);
  }
  return out;
}

statement state_by_the_book(const std::vector<truth::instant>& instants,
                            window over, std::int64_t interval,
                            const std::vector<int>& of) {
  statement s;
  s.over = over;
  s.interval = interval;
  s.open.peak.at = s.billable.peak.at = over.first();
  std::vector<std::int64_t> open, billable;
  std::int64_t n = 0;
  for (auto& x : instants) {
    tick t{over.from + ++n};
    tick_truth sum;
    for (auto subject : of) {
      auto& y = x.sum[static_cast<std::size_t>(subject)];
      sum.open += y.open;
      sum.unbilled += y.unbilled;
      sum.highest += y.highest;
      sum.connection_ms += y.connection_ms;
      sum.unbilled_ms += y.unbilled_ms;
    }
    auto is_sample = n % interval == 0;
    if (!x.known || x.partly) {
      auto& d = s.doubts;
      if (!d.empty() && d.back().last + 1 == t && d.back().partly == x.partly)
        d.back().last = t;
      else
        d.push_back({t, t, x.partly});
    }
    s.unknown_seconds += x.known ? 0 : 1;
    s.partly_seconds += x.partly ? 1 : 0;
    if (!x.known) {
      s.unknown_samples += is_sample ? 1 : 0;
      continue;
    }
    if (++s.known_seconds == 1)
      s.open.peak.at = s.billable.peak.at = t;
    auto value = static_cast<std::uint64_t>(sum.open);
    auto billed = static_cast<std::uint64_t>(sum.open - sum.unbilled);
    if (value > s.open.peak.value)
      s.open.peak = {value, t};
    if (billed > s.billable.peak.value)
      s.billable.peak = {billed, t};
    s.highest = std::max(s.highest, static_cast<std::uint64_t>(sum.highest));
    s.open.connection_ms += sum.connection_ms;
    s.billable.connection_ms += sum.connection_ms - sum.unbilled_ms;
    if (is_sample) {
      open.push_back(sum.open);
      billable.push_back(sum.open - sum.unbilled);
      ++s.samples;
      s.partly_samples += x.partly ? 1 : 0;
    }
  }
  auto p95 = [](auto& samples) -> std::optional<std::uint64_t> {
    std::sort(samples.begin(), samples.end());
    for (auto drop = samples.size() * 5 / 100; drop > 0; --drop)
      samples.pop_back();
    if (samples.empty())
      return std::nullopt;
    return static_cast<std::uint64_t>(samples.back());
  };
  s.open.p95 = p95(open);
  s.billable.p95 = p95(billable);
  return s;
}

// Times above the cap are found first, with hysteresis; then which of them had
// a grace of its own; then, at each tick, whether one above the cap and not
// before the deadline was seen since the time began.
std::vector<cap_level> levels_by_the_book(const cap_rule& rule,
                                          const std::vector<tick>& ticks,
                                          const std::vector<std::uint64_t>& v) {
  struct stretch {
    std::size_t from, to;
    tick deadline;
  };
  std::vector<stretch> above;
  for (std::size_t i = 0; i < v.size(); ++i) {
    auto inside = !above.empty() && above.back().to == v.size();
    if (!inside && v[i] > rule.cap)
      above.push_back({i, v.size(), {}});
    else if (inside && v[i] + rule.slack() <= rule.cap)
      above.back().to = i;
  }
  for (std::size_t i = 0; i < above.size(); ++i) {
    auto begins = ticks[above[i].from];
    if (i > 0
        && (begins < above[i - 1].deadline
            || begins - ticks[above[i - 1].to] < rule.grace_seconds))
      above[i].deadline = above[i - 1].deadline;
    else
      above[i].deadline = begins + rule.grace_seconds;
  }
  std::vector<cap_level> out(v.size(), cap_level::ok);
  bool near = false;
  for (std::size_t i = 0; i < v.size(); ++i) {
    near = v[i] >= rule.near_line()
           || (near && v[i] + rule.slack() >= rule.near_line());
    if (near)
      out[i] = cap_level::near;
    for (auto& x : above)
      if (x.from <= i && i < x.to) {
        out[i] = cap_level::grace;
        for (auto j = x.from; j <= i; ++j)
          if (v[j] > rule.cap && ticks[j] >= x.deadline)
            out[i] = cap_level::over;
      }
  }
  return out;
}

} // namespace tidewire::meter::testing
