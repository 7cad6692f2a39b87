// tidewire bench connections: opens N, holds them, counts what they cost.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "bench/client_pool.hpp"
#include "bench/crew.hpp"
#include "bench/modes.hpp"
#include "bench/proc_stats.hpp"
#include "bench/progress.hpp"

namespace tidewire::bench {
namespace {

class holder final : public worker {
public:
  holder(pool_plan plan, nanos epoch) : pool(events_, std::move(plan), epoch) {}

  client_pool pool;

private:
  nanos step(stage current, nanos at) override {
    switch (current) {
    case stage::opening:
      if (pool.settled()) {
        finish(stage::opening);
        return at + a_second;
      }
      return pool.step(at);
    case stage::closing:
      if (pool.closed())
        finish(stage::closing);
      return pool.step_closing(at);
    default:
      return at + a_second;
    }
  }
};

std::uint64_t sum(const std::vector<std::unique_ptr<holder>>& holders,
                  std::atomic<std::uint64_t> client_pool::*member) {
  std::uint64_t total = 0;
  for (const auto& one : holders)
    total += (one->pool.*member).load(std::memory_order_relaxed);
  return total;
}

// Pings in the whole seconds from one moment to another, both counted from the
// beginning of the run.
void report_pings(report& result, const pool_figures& figures,
                  std::uint64_t held, nanos all_open, nanos hold_end) {
  auto pings = figures.pings;
  const auto end = static_cast<std::size_t>(hold_end / a_second);
  pings.resize(end, 0);
  result.add("pings", "pings",
             std::accumulate(pings.begin(), pings.end(), std::uint64_t{0}));
  result.add("activity_timeout_s", "activity timeout announced",
             figures.activity_timeout, "s");
  if (figures.activity_timeout == 0)
    return;
  // Before one timeout has passed nobody has been silent for that long, so
  // those seconds would flatter the mean. The greatest second is of them all.
  const auto quiet = figures.activity_timeout * a_second;
  const auto begin = static_cast<std::size_t>(
      (all_open + static_cast<nanos>(quiet) + a_second - 1) / a_second);
  if (begin >= end)
    return;
  const auto total =
      std::accumulate(pings.begin() + static_cast<std::ptrdiff_t>(begin),
                      pings.end(), std::uint64_t{0});
  const auto mean =
      static_cast<double>(total) / static_cast<double>(end - begin);
  const auto due =
      static_cast<double>(held) / static_cast<double>(figures.activity_timeout);
  result.add("ping_window_s", "seconds after the first timeout",
             std::uint64_t{end - begin}, "s");
  result.add("pings_per_second_mean", "pings per second, mean there", mean);
  result.add("pings_per_second_due", "connections / activity timeout", due);
  result.add("ping_ratio", "mean / that", mean / due);
  const auto greatest = *std::max_element(pings.begin(), pings.end());
  result.add("pings_max_second", "pings in the greatest second of all",
             std::uint64_t{greatest});
  if (mean > 0)
    result.add("ping_peak_ratio", "greatest second / mean", greatest / mean);
}

void report_memory(report& result, const memory_use& before,
                   const memory_use& after, std::uint64_t held) {
  const auto each = [held](std::uint64_t a, std::uint64_t b) {
    return (static_cast<double>(b) - static_cast<double>(a))
           / static_cast<double>(held);
  };
  result.add("anonymous_bytes_per_connection",
             "user memory per connection (anonymous)",
             each(before.anonymous, after.anonymous), "bytes");
  result.add("private_dirty_bytes_per_connection", "private dirty each",
             each(before.private_dirty, after.private_dirty), "bytes");
  result.add("resident_bytes_per_connection", "resident set each",
             each(before.resident, after.resident), "bytes");
  result.add("anonymous_bytes_before", "anonymous before", before.anonymous,
             "bytes");
}

} // namespace

report run_connections(const run_settings& settings,
                       const connections_options& options) {
  report result("connections", settings.to.url());
  progress line(settings.quiet);

  pool_plan plan;
  plan.to = settings.address;
  plan.sources = settings.sources;
  plan.stride = settings.threads;
  plan.rate = options.rate / static_cast<double>(settings.threads);
  plan.in_flight =
      std::max<std::size_t>(options.in_flight / settings.threads, 1);
  plan.deflate = options.deflate;
  for (std::size_t i = 0; i < options.channels; ++i)
    plan.plans.push_back(
        {upgrade_request(settings.to, settings.app.key, options.deflate),
         subscribe_frame(i == 0 ? "bench" : "bench-" + std::to_string(i))});

  const auto epoch = now();
  std::vector<std::unique_ptr<holder>> holders;
  std::vector<worker*> workers;
  for (std::size_t i = 0; i < settings.threads; ++i) {
    plan.first = i;
    plan.clients = options.hold / settings.threads
                   + (i < options.hold % settings.threads ? 1 : 0);
    holders.push_back(std::make_unique<holder>(plan, epoch));
    workers.push_back(holders.back().get());
  }

  const auto memory_before = settled_memory_of(settings.pids);
  const auto cpu_before = cpu_of(settings.pids);
  const auto begun = now();
  crew threads(workers);

  std::uint64_t seen = 0;
  auto moved = begun;
  const auto opening = [&] {
    const auto opened = sum(holders, &client_pool::opened);
    const auto settled = opened + sum(holders, &client_pool::failed);
    if (settled != seen)
      moved = now();
    seen = settled;
    line.show("opening", static_cast<double>(settled) / options.hold,
              grouped(opened) + " of " + grouped(options.hold));
    return now() - moved < 2 * patience;
  };
  threads.wait(stage::opening, std::numeric_limits<nanos>::max(), opening);
  const auto cpu_after = cpu_of(settings.pids);
  const auto opened = sum(holders, &client_pool::opened);

  threads.enter(stage::holding);
  const auto hold_begin = now();
  const auto memory_after = settled_memory_of(settings.pids);
  threads.pass(
      std::max<nanos>(options.duration - (now() - hold_begin), 0), [&] {
        const auto held = sum(holders, &client_pool::open_now);
        line.show("holding",
                  to_seconds(now() - hold_begin) / to_seconds(options.duration),
                  grouped(held) + " open, "
                      + grouped(sum(holders, &client_pool::pinged_total))
                      + " pings");
        return held > 0;
      });
  const auto hold_end = now();
  const auto held_at_end = sum(holders, &client_pool::open_now);

  threads.enter(stage::closing);
  threads.wait(stage::closing, patience, [&] {
    line.show("closing", 1, "");
    return true;
  });
  threads.join();
  line.clear();

  pool_figures figures;
  for (const auto& one : holders) {
    figures.merge(one->pool.figures());
    one->pool.drop_all();
  }
  const auto took = to_seconds(figures.last_ready - begun);
  result.add("asked", "connections asked for", std::uint64_t{options.hold});
  result.add("opened", "opened and subscribed", opened);
  result.add("held_at_end", "still open at the end", held_at_end);
  result.add("open_seconds", "time to open them", took, "s");
  result.add("connects_per_second", "connects per second",
             static_cast<double>(opened) / took, "/s");
  result.add_times("subscribe", "connect to subscribed",
                   figures.subscribe_time);
  if (opened > 0)
    report_pings(result, figures, opened, figures.last_ready - epoch,
                 hold_end - epoch);
  if (!settings.pids.empty() && opened > 0) {
    if (cpu_before && cpu_after)
      result.add("cpu_us_per_connect", "server CPU per full connect",
                 static_cast<double>(cpu_after->total - cpu_before->total)
                     / a_microsecond / static_cast<double>(opened),
                 "us");
    if (memory_before && memory_after)
      report_memory(result, *memory_before, *memory_after, opened);
    if (!cpu_after || !memory_after)
      result.fail("the server's process has ended or cannot be read");
  }
  result.fail_each("not opened", figures.failures);
  result.fail_each("the server said", figures.errors);
  for (const auto& [code, count] : figures.closes)
    result.fail("the server closed " + grouped(count) + " with "
                + std::to_string(code));
  if (opened < options.hold && figures.failures.empty())
    result.fail(interrupted() ? "interrupted" : "the server stopped answering");
  return result;
}

} // namespace tidewire::bench
