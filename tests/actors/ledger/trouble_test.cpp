// Disks that are full for a while.
#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include <csignal>
#include <filesystem>

#include <sys/resource.h>

using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

namespace {

// While it lives, no file of this process gets larger than so many bytes.
class full_disk {
public:
  explicit full_disk(std::uintmax_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto now = before_;
    now.rlim_cur = static_cast<rlim_t>(bytes);
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~full_disk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

private:
  rlimit before_{};
};

// States ticks as the GAUGE would: restated when the store asks for it.
struct run {
  store& to;
  speaker says{21, 6};
  truth stated{};
  tick next = midnight + 1;
  bool first = true;

  // Whether the tick is known in the end is the caller's to say.
  void say(bool known = true) {
    to.write(says.say(next, first || to.wants_restated()));
    if (known)
      stated[next] = says.open();
    first = false;
    next = next + 1;
  }
};

} // namespace

TEST_CASE("what a full disk does not take waits, and is written when it does") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  store to{file, life(1)};
  run r{to};
  for (int i = 0; i < 100; ++i)
    r.say();
  {
    full_disk disk{0};
    for (int i = 0; i < 50; ++i) {
      r.say();
      CHECK_FALSE(to.health().alarm.empty());
      CHECK(to.health().waiting_ticks == static_cast<std::size_t>(i + 1));
    }
    CHECK(to.health().alarm.find(file) != std::string::npos);
    CHECK(to.health().alarm.find("50 seconds wait") != std::string::npos);
  }
  r.say();
  CHECK(to.health().alarm.empty());
  CHECK(to.health().waiting_ticks == 0);
  CHECK(to.health().lost_ticks == 0);
  for (int i = 0; i < 100; ++i)
    r.say();
  CHECK(difference(file, r.stated, midnight + 1, r.next - 1, 6).empty());
  CHECK(verified(file).empty());
}

TEST_CASE("what is more than can wait is unknown, and nothing else") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  store to{file, life(1), {.ticks = 30}};
  run r{to};
  for (int i = 0; i < 100; ++i)
    r.say();
  {
    full_disk disk{0};
    for (int i = 0; i < 200; ++i)
      r.say(i < 30); // the first are kept
    CHECK(to.health().waiting_ticks == 30);
    CHECK(to.health().lost_ticks == 170);
    CHECK(to.health().alarm.find("are unknown") != std::string::npos);
  }
  r.say(); // restated, so nothing is lost any more
  CHECK(to.health().alarm.empty());
  for (int i = 0; i < 100; ++i)
    r.say();
  CHECK(to.health().lost_ticks == 170);
  CHECK(difference(file, r.stated, midnight + 1, r.next - 1, 6).empty());
  CHECK(verified(file).empty());
}

TEST_CASE(
    "a disk that fills up and empties at random loses only what it says") {
  temporary_folder folder;
  auto file = folder.file("ledger.db");
  store to{file, life(1), {.ticks = 10}};
  run r{to};
  std::mt19937 random{5};
  for (int episode = 0; episode < 60; ++episode) {
    auto say = [&] {
      auto lost = to.health().lost_ticks;
      r.say(false);
      if (to.health().lost_ticks == lost)
        r.stated[r.next - 1] = r.says.open();
    };
    {
      // Some of it may still be written, such as the start of the WAL.
      full_disk disk{random() % 300'000};
      for (auto n = random() % 40; n > 0; --n)
        say();
    }
    for (auto n = random() % 40; n > 0; --n)
      say();
  }
  r.say();
  r.say();
  CHECK(to.health().alarm.empty());
  WARN(r.stated.size() << " ticks known, " << to.health().lost_ticks
                       << " unknown");
  CHECK(static_cast<std::int64_t>(r.stated.size() + to.health().lost_ticks)
        == r.next - (midnight + 1));
  CHECK(difference(file, r.stated, midnight + 1, r.next - 1, 6).empty());
  CHECK(verified(file).empty());
}

TEST_CASE("a file that cannot be opened yet is an alarm, and opened later") {
  temporary_folder folder;
  auto file = folder.file("later/ledger.db");
  store to{file, life(1)};
  run r{to};
  CHECK_FALSE(to.health().alarm.empty());
  for (int i = 0; i < 10; ++i)
    r.say();
  CHECK(to.health().waiting_ticks == 10);
  std::filesystem::create_directory(folder.file("later"));
  r.say();
  CHECK(to.health().alarm.empty());
  CHECK(difference(file, r.stated, midnight + 1, r.next - 1, 6).empty());
}
