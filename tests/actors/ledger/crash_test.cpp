// A writer that is killed at any moment, and what its file says afterwards.
#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include <chrono>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

namespace {

constexpr int apps_at_crash = 20;

// Writes ticks from `first` on and tells of each, until it is killed.
[[noreturn]] void write_for_ever(const std::string& file, std::uint32_t seed,
                                 tick first, int told) {
  store to{file, life(seed)};
  speaker says{seed, apps_at_crash};
  for (auto t = first;; t = t + 1) {
    to.write(says.say(t, t == first));
    if (!to.health().alarm.empty()
        || ::write(told, &t.number, sizeof t.number) != sizeof t.number)
      ::_exit(1);
  }
}

// The last tick that it said was stored; before `first` if none.
tick run_and_kill(const std::string& file, std::uint32_t seed, tick first,
                  std::mt19937& random) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(pipe[0]);
    write_for_ever(file, seed, first, pipe[1]);
  }
  ::close(pipe[1]);
  auto last = first - 1;
  auto hear = [&] {
    return ::read(pipe[0], &last.number, sizeof last.number)
           == sizeof last.number;
  };
  for (auto n = random() % 150; n > 0; --n)
    REQUIRE(hear());
  auto until = std::chrono::steady_clock::now()
               + std::chrono::microseconds{random() % 4000};
  while (std::chrono::steady_clock::now() < until)
    ;
  ::kill(child, SIGKILL);
  while (hear())
    ;
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  return last;
}

} // namespace

TEST_CASE("killed at any moment, no tick that was stored is lost") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  std::mt19937 random{11};
  truth stated;
  auto begin = midnight + 40'000;
  auto first = begin;
  auto unsaid = 0;
  for (std::uint32_t round = 1; round <= 40; ++round) {
    auto told = run_and_kill(file, round, first, random);
    { store recovers{file, life(1000 + round)}; }
    // Perhaps one more was stored than it could tell.
    auto last = first - 1;
    for (auto& x : reader{file}.authors())
      if (x.who == life(round))
        last = x.last;
    REQUIRE(last >= told);
    REQUIRE(last <= told + 1);
    unsaid += last == told ? 0 : 1;
    speaker says{round, apps_at_crash};
    for (auto t = first; t <= last; t = t + 1) {
      says.say(t, t == first);
      stated[t] = says.open();
    }
    REQUIRE(verified(file).empty());
    // The next life begins a while later, often in the same minute.
    first = last + 1 + static_cast<std::int64_t>(1 + random() % 90);
  }
  // Unknown, never zero: all between two lives.
  CHECK(difference(file, stated, begin, first - 1, apps_at_crash).empty());
  WARN(stated.size() << " ticks of 40 killed lives, " << unsaid
                     << " stored but not told");
}
