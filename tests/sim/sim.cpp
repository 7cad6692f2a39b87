// `./dev sim`: many worlds, until one breaks an invariant.
#include "tests/sim/run.hpp"

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <iostream>
#include <mutex>
#include <thread>

using namespace tidewire::sim;

namespace {

struct options {
  std::uint64_t seed = 1;
  std::uint64_t runs = 10'000;
  std::uint64_t every = 0;
  unsigned jobs = 1;
  std::string about = "any";
  bool shrink = false;
  bool trace = false;
  bool all = false;
  wish wanted;
};

// Seeds are shared out in small heaps; the least that fails is reported.
class search {
public:
  explicit search(const options& what) : what_(what) {}

  void work() {
    constexpr std::uint64_t heap = 16;
    while (!stop_) {
      auto from = next_.fetch_add(heap);
      if (from >= what_.runs)
        return;
      auto count = std::min(heap, what_.runs - from);
      for (std::uint64_t i = 0; i < count && !stop_; ++i) {
        ++done_;
        if (auto x = run_seeds(what_.seed + from + i, 1, what_.wanted))
          note(std::move(*x));
      }
      tell_progress();
    }
  }

  std::uint64_t done() const noexcept { return done_; }
  std::uint64_t failures() const noexcept { return failures_; }
  const std::optional<failure>& first() const noexcept { return first_; }

private:
  void tell_progress() {
    std::lock_guard hold{mutex_};
    if (what_.every == 0 || done_ / what_.every == told_)
      return;
    told_ = done_ / what_.every;
    std::cout << done_ << " of " << what_.runs << " from seed " << what_.seed
              << ", " << failures_ << " broke an invariant" << std::endl;
  }

  void note(failure x) {
    std::lock_guard hold{mutex_};
    ++failures_;
    if (what_.all)
      std::cout << "seed " << x.what.seed << ": " << x.found.invariant << ": "
                << x.found.sentence << std::endl;
    else
      stop_ = true;
    if (!first_ || x.what.seed < first_->what.seed)
      first_ = std::move(x);
  }

  const options& what_;
  std::atomic<std::uint64_t> next_{0}, done_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::uint64_t failures_ = 0, told_ = 0;
  std::optional<failure> first_;
};

void read(CLI::App& cli, options& x) {
  cli.add_option("--seed", x.seed, "the first seed")->capture_default_str();
  cli.add_option("--runs", x.runs, "how many worlds, a seed each")
      ->capture_default_str();
  cli.add_option("--nodes", x.wanted.hosts,
                 "hosts of each world; 0: 3 to 7, mostly 3")
      ->check(CLI::Range(0, 7))
      ->capture_default_str();
  cli.add_option("--steps", x.wanted.steps, "steps of each world")
      ->capture_default_str();
  cli.add_option("--about", x.about,
                 "view, meter, permits, channels, all; any: each in turn")
      ->check(
          CLI::IsMember({"any", "view", "meter", "permits", "channels", "all"}))
      ->capture_default_str();
  cli.add_option("--jobs", x.jobs, "worlds at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  cli.add_option("--every", x.every,
                 "say how far it is each time so many worlds are done")
      ->capture_default_str();
  cli.add_flag("--shrink", x.shrink, "make the failing world small");
  cli.add_flag("--trace", x.trace, "tell the story of the first seed");
  cli.add_flag("--all", x.all, "go on after a failure and list all of them");
}

int report(const search& s, const options& x, double seconds) {
  std::cout << s.done() << " sequences about " << x.about << " of "
            << x.wanted.steps << " steps, seeds " << x.seed << " to "
            << x.seed + x.runs - 1 << ", " << seconds << " s, "
            << static_cast<std::uint64_t>(static_cast<double>(s.done())
                                          / std::max(seconds, 1e-3))
            << " per second: ";
  if (!s.first()) {
    std::cout << "every invariant held\n";
    return 0;
  }
  std::cout << s.failures() << " broke an invariant\n";
  auto& found = *s.first();
  if (x.shrink) {
    std::cout << "shrinking seed " << found.what.seed << " …" << std::endl;
    tell(shrink(found), std::cout);
  } else {
    std::cout << "seed " << found.what.seed << ": " << found.found.invariant
              << ": " << found.found.sentence
              << "\nits story: ./dev sim --seed " << found.what.seed
              << " --runs 1 --shrink (or --trace)\n";
  }
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  options x;
  CLI::App cli{"Many worlds, a seed each, until one breaks an invariant"};
  read(cli, x);
  CLI11_PARSE(cli, argc, argv);
  x.wanted.about = focus_called(x.about);
  if (x.trace) {
    auto found = run(make_scenario(x.seed, x.wanted), &std::cout);
    if (found)
      std::cout << "broken: " << found->invariant << ": " << found->sentence
                << '\n';
    return found ? 1 : 0;
  }
  auto began = std::chrono::steady_clock::now();
  search s{x};
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < x.jobs; ++i)
    workers.emplace_back([&s] { s.work(); });
  s.work();
  for (auto& w : workers)
    w.join();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  return report(s, x, took.count());
}
