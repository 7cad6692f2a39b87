// tidewire bench churn: opens and closes at random and keeps a record.
#include <algorithm>
#include <limits>

#include "bench/churn_worker.hpp"
#include "bench/client_pool.hpp"
#include "bench/gauge_probe.hpp"
#include "bench/modes.hpp"
#include "bench/progress.hpp"

namespace tidewire::bench {
namespace {

// How long a gauge may take to follow: the last closes have reached the
// server's socket, but it has to look.
constexpr nanos to_follow = 3 * a_second;

struct checkpoints {
  std::uint64_t taken = 0;
  std::uint64_t wrong = 0;
  nanos slowest = 0;
  std::vector<std::string> failures;
};

// Compares at a quiet moment.
void check(checkpoints& all, churn_record& record, const run_settings& settings,
           const std::string& url) {
  ++all.taken;
  if (url.empty()) {
    record.checkpoint(-1);
    return;
  }
  const auto begun = now();
  std::optional<std::uint64_t> gauge;
  do {
    const auto text = fetch(url);
    gauge = text ? parse_gauge(*text, settings.app.id) : std::nullopt;
    if (gauge && *gauge == record.open())
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  } while (now() - begun < to_follow);
  record.checkpoint(gauge ? static_cast<std::int64_t>(*gauge) : -1);
  if (gauge && *gauge == record.open()) {
    all.slowest = std::max(all.slowest, now() - begun);
    return;
  }
  ++all.wrong;
  all.failures.push_back(
      "checkpoint " + std::to_string(all.taken) + ": "
      + (gauge ? "the gauge says " + grouped(*gauge) : "no gauge at " + url)
      + ", the record " + grouped(record.open()));
}

// Waits for the worker to come to rest after a change of stage.
bool come_to_rest(crew& threads, const churn_worker& one) {
  threads.pass(2 * patience, [&] { return !one.resting(); });
  return one.resting();
}

} // namespace

report run_churn(const run_settings& settings, const churn_options& options) {
  report result("churn", settings.to.url());
  progress line(settings.quiet);
  churn_worker one(settings, options);
  if (!one.record.good()) {
    result.fail("cannot write the record to " + options.record);
    return result;
  }
  checkpoints seen;
  const auto begun = now();
  {
    crew threads({&one});
    const auto show = [&] {
      line.show(
          "churning", to_seconds(now() - begun) / to_seconds(options.duration),
          grouped(one.begun.load()) + " begun, " + grouped(one.open_now.load())
              + " open, " + grouped(seen.taken) + " checkpoints");
      return true;
    };
    const auto until = begun + options.duration;
    while (now() < until && !interrupted()) {
      threads.enter(stage::publishing);
      threads.pass(std::min(options.checkpoint, until - now()), show);
      threads.enter(stage::holding);
      if (!come_to_rest(threads, one))
        break;
      check(seen, one.record, settings, options.gauge);
    }
    threads.enter(stage::closing);
    if (threads.wait(stage::closing, 2 * patience, [] { return true; }))
      check(seen, one.record, settings, options.gauge);
    else
      result.fail("some connections did not come to an end");
  }
  line.clear();

  result.add("seconds", "time", to_seconds(now() - begun), "s");
  result.add("begun", "connections begun", one.begun.load());
  result.add("opened", "established", one.opened);
  result.add("open_at_end", "open at the end", one.record.open());
  for (const auto& [how, count] : one.ended) {
    auto key = "ended_" + how;
    std::replace(key.begin(), key.end(), ' ', '_');
    result.add(key, "  " + how, count);
  }
  result.add("checkpoints", "checkpoints", seen.taken);
  if (!options.gauge.empty()) {
    result.add("checkpoints_wrong", "of those wrong", seen.wrong);
    result.add("gauge_followed_within_ms", "the gauge followed within",
               static_cast<double>(seen.slowest) / a_millisecond, "ms");
  }
  for (auto& why : seen.failures)
    result.fail(std::move(why));
  if (one.record.open() != 0)
    result.fail(grouped(one.record.open()) + " were left open");
  if (!one.record.good())
    result.fail("the record could not be written to " + options.record);
  result.fail_each("unexpected", one.surprises);
  return result;
}

} // namespace tidewire::bench
