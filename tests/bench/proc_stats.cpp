#include "bench/proc_stats.hpp"

#include <unistd.h>

#include "tests/catch.hpp"

using namespace tidewire::bench;

TEST_CASE("smaps_rollup gives resident, anonymous and private memory") {
  const auto use = parse_smaps_rollup(
      "55af26475000-7ffdfbba2000 ---p 00000000 00:00 0    [rollup]\n"
      "Rss:                1640 kB\n"
      "Pss:                 273 kB\n"
      "Pss_Anon:            111 kB\n"
      "Private_Clean:        40 kB\n"
      "Private_Dirty:       116 kB\n"
      "Anonymous:           112 kB\n"
      "AnonHugePages:         7 kB\n");
  REQUIRE(use);
  CHECK(use->resident == 1640 * 1024);
  CHECK(use->anonymous == 112 * 1024);
  CHECK(use->private_dirty == 116 * 1024);
}

TEST_CASE(
    "smaps_rollup without its lines, or with strange ones, gives nothing") {
  CHECK_FALSE(parse_smaps_rollup(""));
  CHECK_FALSE(parse_smaps_rollup("Rss:   12 kB\n"));
  CHECK_FALSE(parse_smaps_rollup("Rss:   12 kB\nAnonymous:\n"));
  CHECK_FALSE(parse_smaps_rollup("Rss:   12 kB\nAnonymous:   many kB\n"));
}

TEST_CASE("status stands in where smaps_rollup may not be read") {
  const auto use = parse_status("Name:\ttidewire\nVmRSS:\t    1800 kB\n"
                                "RssAnon:\t     300 kB\n");
  REQUIRE(use);
  CHECK(use->resident == 1800 * 1024);
  CHECK(use->anonymous == 300 * 1024);
  CHECK(use->private_dirty == 300 * 1024);
}

TEST_CASE("stat is read behind a name with blanks and parentheses") {
  const auto use = parse_stat(
      "77 (a (b) c) S 1 77 77 0 -1 4194560 900 0 0 0 150 25 9 9 20 0 1 0 5 6",
      100);
  REQUIRE(use);
  CHECK(use->user == 1'500'000'000);
  CHECK(use->system == 250'000'000);
  CHECK(use->total == 1'750'000'000);
}

TEST_CASE("a stat that is cut short gives nothing") {
  CHECK_FALSE(parse_stat("", 100));
  CHECK_FALSE(parse_stat("77 (name) S 1 2 3", 100));
  CHECK_FALSE(
      parse_stat("77 (name) S 1 77 77 0 -1 4194560 900 0 0 0 150", 100));
  CHECK_FALSE(parse_stat("77 (name", 100));
}

TEST_CASE("a process can look at itself, and not at one that is none") {
  const auto self = ::getpid();
  const auto before = cpu_of({self});
  REQUIRE(before);
  volatile std::uint64_t work = 0;
  for (int i = 0; i < 1'000'000; ++i)
    work = work + 1;
  const auto after = cpu_of({self});
  REQUIRE(after);
  CHECK(after->total > before->total);
  const auto memory = memory_of({self});
  REQUIRE(memory);
  CHECK(memory->anonymous > 0);
  CHECK(memory->anonymous <= memory->resident);
  CHECK_FALSE(memory_of({self, -1}));
  CHECK_FALSE(cpu_of({self, -1}));
}
