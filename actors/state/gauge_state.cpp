#include "actors/state/gauge_state.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace tidewire {

std::size_t gauge_state::apply(std::uint64_t first,
                               const lifecycle_batch& batch) {
  std::size_t known = 0;
  if (batch.reactor >= counted_.size())
    counted_.resize(batch.reactor + 1);
  if (batch.reactor >= booked_.size())
    booked_.resize(batch.reactor + 1);
  auto& counted = counted_[batch.reactor];
  for (auto& fact : batch.events)
    if (first++ <= counted) {
      ++known;
    } else {
      ++counted;
      count(fact);
      if (fact.app != no_app && fact.what != lifecycle::kind::refused)
        booked_[batch.reactor] += fact.what == lifecycle::kind::opened ? 1 : -1;
    }
  return known;
}

std::int64_t
gauge_state::unbooked(const reactor_reading& reading) const noexcept {
  std::int64_t open = 0;
  for (auto& app : reading.apps)
    open += static_cast<std::int64_t>(app.open);
  return reading.reactor < booked_.size() ? open - booked_[reading.reactor]
                                          : open;
}

void gauge_state::count(const lifecycle& fact) {
  if (fact.app == no_app) {
    if (fact.what == lifecycle::kind::refused)
      ++refused_without_app_[fact.reason];
    return;
  }
  if (fact.app >= facts_.size())
    facts_.resize(fact.app + 1);
  auto& app = facts_[fact.app];
  switch (fact.what) {
  case lifecycle::kind::opened:
    ++app.opened;
    break;
  case lifecycle::kind::closed:
    ++app.closed[fact.reason];
    app.connection_ns += fact.open_ns;
    break;
  case lifecycle::kind::refused:
    ++app.refused[fact.reason];
  }
}

gauge_reading gauge_state::merge(const std::vector<reactor_reading>& readings,
                                 bool complete,
                                 std::optional<std::int64_t> booked) const {
  gauge_reading out;
  out.apps = facts_;
  out.refused_without_app = refused_without_app_;
  out.restarts = restarts_;
  out.complete = complete;
  auto signed_of = [](std::uint64_t x) { return static_cast<std::int64_t>(x); };
  std::int64_t uncounted = 0;
  for (auto& r : readings) {
    for (auto& app : r.apps)
      uncounted += std::abs(signed_of(app.open) - signed_of(app.counted));
    if (out.apps.size() < r.apps.size())
      out.apps.resize(r.apps.size());
    for (std::size_t i = 0; i < r.apps.size(); ++i) {
      out.apps[i].open += r.apps[i].open;
      out.apps[i].unauthorized += r.apps[i].unauthorized;
      out.apps[i].connection_ns += r.apps[i].open_ns;
      out.apps[i].broadcasts += r.apps[i].broadcasts;
      out.apps[i].deliveries += r.apps[i].deliveries;
      out.apps[i].bytes += r.apps[i].bytes;
      out.apps[i].users += r.apps[i].users;
      for (std::size_t k = 0; k < limit_reasons; ++k)
        out.apps[i].limited[k] += r.apps[i].limited[k];
    }
    out.pending += r.pending;
    out.closing += r.closing;
    out.sockets += r.sockets;
    out.sockets_added += r.sockets_added;
    out.failures += r.failures;
    out.delivery.merge(r.delivery);
  }
  if (!complete)
    return out;
  auto held =
      signed_of(out.open() + out.unauthorized() + out.pending + out.closing)
      - signed_of(out.sockets);
  auto unexplained = booked.value_or(0);
  if (!booked)
    for (auto& app : out.apps)
      unexplained +=
          signed_of(app.open) - signed_of(app.opened)
          + signed_of(std::accumulate(app.closed.begin(), app.closed.end(),
                                      std::uint64_t{0}));
  out.drift = held;
  for (auto other : {unexplained, uncounted})
    if (std::abs(other) > std::abs(out.drift))
      out.drift = other;
  return out;
}

std::int64_t kernel_audit::compare(const gauge_reading& before,
                                   std::uint64_t kernel,
                                   const gauge_reading& after) noexcept {
  // Came or went something meanwhile, nothing can be said: a dump of the kernel
  // is no instant, and misses or repeats what moves while it is made.
  if (after.sockets_added != before.sockets_added
      || after.sockets != before.sockets)
    return drift_;
  auto difference = static_cast<std::int64_t>(before.sockets)
                    - static_cast<std::int64_t>(kernel);
  auto agreed = (difference > 0 && last_ > 0) || (difference < 0 && last_ < 0);
  drift_ = !agreed                                  ? 0
           : std::abs(difference) < std::abs(last_) ? difference
                                                    : last_;
  last_ = difference;
  return drift_;
}

} // namespace tidewire
