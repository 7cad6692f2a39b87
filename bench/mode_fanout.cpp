// tidewire bench fanout: one channel, many subscribers, some publishers.
#include <algorithm>
#include <ctime>
#include <deque>
#include <limits>

#include "bench/client_pool.hpp"
#include "bench/crew.hpp"
#include "bench/fanout_worker.hpp"
#include "bench/modes.hpp"
#include "bench/proc_stats.hpp"
#include "bench/progress.hpp"

namespace tidewire::bench {
namespace {

using workers_of_run = std::vector<std::unique_ptr<fanout_worker>>;

template <class Get>
std::uint64_t sum(const workers_of_run& workers, Get get) {
  std::uint64_t total = 0;
  for (const auto& one : workers)
    total += get(*one);
  return total;
}

std::uint64_t deliveries(const workers_of_run& workers) {
  return sum(workers, [](const auto& w) { return w.deliveries.load(); });
}

std::uint64_t accepted(const workers_of_run& workers) {
  return sum(workers, [](const auto& w) { return w.accepted.load(); });
}

// The state at one end of the measured window.
struct instant {
  nanos at = now();
  std::uint64_t delivered = 0;
  std::uint64_t accepted = 0;
  std::optional<cpu_use> server;
  std::int64_t generator = 0;
};

instant take_instant(const workers_of_run& workers,
                     const std::vector<pid_t>& pids) {
  timespec own{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  return {now(), deliveries(workers), bench::accepted(workers), cpu_of(pids),
          own.tv_sec * a_second + own.tv_nsec};
}

void report_window(report& result, const instant& from, const instant& to,
                   bool has_pids) {
  const auto time = to_seconds(to.at - from.at);
  const auto delivered = static_cast<double>(to.delivered - from.delivered);
  const auto each = [delivered](nanos cpu) {
    return delivered > 0 ? static_cast<double>(cpu) / a_microsecond / delivered
                         : 0.0;
  };
  const auto busy = [&](nanos cpu) {
    return 100 * static_cast<double>(cpu)
           / static_cast<double>(to.at - from.at);
  };
  result.add("window_s", "measured for", time, "s");
  result.add("publishes", "events accepted", to.accepted - from.accepted);
  result.add("deliveries", "deliveries", to.delivered - from.delivered);
  result.add("deliveries_per_second", "deliveries per second", delivered / time,
             "/s");
  if (has_pids && from.server && to.server) {
    const auto cpu = to.server->total - from.server->total;
    result.add("cpu_us_per_delivery", "server CPU per delivery", each(cpu),
               "us");
    result.add("server_busy_percent", "server busy", busy(cpu), "% of a core");
  } else if (has_pids) {
    result.fail("the server's process has ended or cannot be read");
  }
  const auto own = to.generator - from.generator;
  result.add("generator_us_per_delivery", "generator CPU per delivery",
             each(own), "us");
  result.add("generator_busy_percent", "generator busy", busy(own),
             "% of a core");
}

// What the deliveries of the whole run looked like on the wire.
void report_wire(report& result, const workers_of_run& workers, bool deflate) {
  const auto all =
      sum(workers, [](const auto& w) { return w.pool.context().deliveries; });
  const auto size = sum(
      workers, [](const auto& w) { return w.pool.context().delivered_size; });
  const auto packed =
      sum(workers, [](const auto& w) { return w.pool.context().packed; });
  const auto each = std::max(1.0, static_cast<double>(all));
  result.add("wire_bytes_per_delivery", "bytes of a delivery on the wire",
             static_cast<double>(size) / each, "bytes");
  if (deflate)
    result.add("compressed_percent", "deliveries that came compressed",
               100 * static_cast<double>(packed) / each, "%");
}

void report_losses(report& result, const workers_of_run& workers,
                   const publish_figures& published, bool answered) {
  std::uint64_t lost = 0;
  std::uint64_t surplus = 0;
  for (const auto& one : workers)
    for (const auto& client : one->pool.clients()) {
      if (!client->was_ready())
        continue;
      const auto got = client->deliveries();
      lost += published.accepted - std::min(got, published.accepted);
      surplus += got - std::min(got, published.accepted);
    }
  const auto gaps = sum(workers, [](const auto& w) { return w.gaps(); });
  const auto disorder =
      sum(workers, [](const auto& w) { return w.disorder(); });
  result.add("lost", "deliveries lost (all subscribers)", lost);
  result.add("surplus", "deliveries too many", surplus);
  result.add("gaps", "gaps in the sequence (sampled)", gaps);
  result.add("out_of_order", "out of order (sampled)", disorder);
  if (lost != 0 || gaps != 0)
    result.fail(grouped(std::max(lost, gaps)) + " deliveries were lost");
  if (disorder != 0)
    result.fail(grouped(disorder) + " deliveries came out of order");
  if (surplus != 0 && answered)
    result.fail(grouped(surplus) + " deliveries came twice or unasked");
}

std::string describe_loop(const fanout_options& options) {
  if (options.rate > 0)
    return "fixed rate, " + grouped(static_cast<std::uint64_t>(options.rate))
           + " deliveries/s";
  if (options.one_at_a_time())
    return "closed loop, one event at a time";
  return "closed loop, " + grouped(options.pipeline) + " outstanding each";
}

} // namespace

report run_fanout(const run_settings& settings, const fanout_options& options) {
  report result("fanout", settings.to.url());
  progress line(settings.quiet);
  const auto epoch = now();
  std::atomic<bool> measuring{false};
  workers_of_run owned;
  std::vector<worker*> workers;
  for (std::size_t i = 0; i < settings.threads; ++i) {
    owned.push_back(std::make_unique<fanout_worker>(settings, options, i, epoch,
                                                    measuring));
    workers.push_back(owned.back().get());
  }
  crew threads(workers);
  const auto show_opening = [&] {
    const auto open = sum(owned, [](const auto& w) {
      return w.pool.opened.load() + w.pool.failed.load();
    });
    line.show("opening", static_cast<double>(open) / options.subscribers,
              grouped(open) + " of " + grouped(options.subscribers));
    return true;
  };
  const auto ready = threads.wait(stage::opening, 3 * patience, show_opening);
  const auto open =
      sum(owned, [](const auto& w) { return w.pool.open_now.load(); });

  result.add("subscribers", "subscribers", open);
  result.add("publishers", "publishers", std::uint64_t{options.publishers});
  result.add("loop", "publishing", describe_loop(options));
  result.add("event_bytes", "data of an event", std::uint64_t{options.size},
             "bytes");
  instant from;
  instant to;
  const auto complete = ready && open == options.subscribers;
  if (complete) {
    threads.enter(stage::publishing);
    const auto begun = now();
    auto moved = begun;
    std::uint64_t seen = 0;
    bool stalled = false;
    const auto watch = [&] {
      const auto got = deliveries(owned);
      if (got != seen)
        moved = now();
      line.show("publishing",
                to_seconds(now() - begun)
                    / to_seconds(options.warmup + options.duration),
                grouped(got) + " deliveries, "
                    + grouped(static_cast<std::uint64_t>(
                        static_cast<double>(got)
                        / std::max(to_seconds(now() - begun), 0.001)))
                    + "/s");
      seen = got;
      stalled = now() - moved > 5 * a_second;
      return !stalled;
    };
    threads.pass(options.warmup, watch);
    from = take_instant(owned, settings.pids);
    measuring = true;
    threads.pass(options.duration, watch);
    to = take_instant(owned, settings.pids);
    measuring = false;
    threads.enter(stage::draining);
    const auto draining = [&] {
      const auto got = deliveries(owned);
      if (got != seen)
        moved = now();
      seen = got;
      line.show("draining", 1, grouped(got) + " deliveries");
      return now() - moved < 3 * a_second;
    };
    moved = now();
    threads.wait(stage::draining, 6 * patience, draining);
    threads.pass(6 * patience, [&] {
      return draining() && deliveries(owned) < accepted(owned) * open;
    });
    if (stalled)
      result.fail("no delivery for 5 s");
  }
  threads.enter(stage::closing);
  threads.wait(stage::closing, patience / 2, [] { return true; });
  threads.join();
  line.clear();

  pool_figures pools;
  publish_figures published;
  histogram latency;
  for (const auto& one : owned) {
    pools.merge(one->pool.figures());
    one->add_to(published, latency);
  }
  if (complete) {
    report_window(result, from, to, !settings.pids.empty());
    result.add_times("latency", "publish to receipt", latency);
    report_wire(result, owned, options.deflate);
    report_losses(result, owned, published,
                  published.sent == published.accepted + published.refused);
    const auto rate = static_cast<double>(to.delivered - from.delivered)
                      / to_seconds(to.at - from.at);
    if (options.rate > 0 && rate < 0.95 * options.rate && !interrupted())
      result.fail("the server did not keep up with the rate");
  }
  if (published.refused + published.unanswered != 0)
    result.fail(grouped(published.refused) + " publishes were refused, "
                + grouped(published.unanswered)
                + " not answered; the first: " + published.first_refusal);
  result.fail_each("not subscribed", pools.failures);
  result.fail_each("the server said", pools.errors);
  for (const auto& [code, count] : pools.closes)
    result.fail("the server closed " + grouped(count) + " with "
                + std::to_string(code));
  if (!complete && !result.failed())
    result.fail(interrupted() ? "interrupted" : "the server stopped answering");
  return result;
}

} // namespace tidewire::bench
