#include "actors/webhook_journal.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tidewire;

namespace {

namespace fs = std::filesystem;

struct folder {
  folder() {
    auto pattern = (fs::temp_directory_path() / "tidewire-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~folder() { fs::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  std::string file() const { return path / "webhooks.db"; }

  fs::path path;
};

webhook_delivery delivery(int n, std::string app = "1") {
  return {app + "/a/x/" + std::to_string(n),   app,      "http://u", "a",
          "{\"n\":" + std::to_string(n) + "}", 1000 + n, 2000 + n,   0};
}

// What is said when the file is opened; nothing if it can be.
std::string trouble_with(const std::string& file) {
  try {
    webhook_journal journal{file};
  } catch (const sqlite::error& e) {
    return e.what();
  }
  return {};
}

void write(webhook_journal& to, std::vector<journal_entry> entries) {
  to.write(entries);
}

} // namespace

TEST_CASE("what was written is found again, in its order") {
  folder f;
  waiting_event event{7, "1", "http://u", "{}", 55, "room"};
  {
    webhook_journal journal{f.file()};
    write(journal, {put_delivery{delivery(2)}, put_delivery{delivery(1)},
                    put_waiting{event}, remember_announced{"1", "a", ""},
                    remember_announced{"1", "a", "u"}});
    write(journal, {retry_delivery{delivery(2).id, 3, 9999}});
  }
  auto found = webhook_journal{f.file()}.load();
  REQUIRE(found.deliveries.size() == 2);
  CHECK(found.deliveries[0].id == delivery(2).id);
  CHECK(found.deliveries[0].attempts == 3);
  CHECK(found.deliveries[0].next_ms == 9999);
  CHECK(found.deliveries[1] == delivery(1));
  REQUIRE(found.waiting.size() == 1);
  CHECK(found.waiting[0] == event);
  REQUIRE(found.what.size() == 2); // the member first
  CHECK(found.what[0].user == "u");
  CHECK(found.what[1].user.empty());
}

TEST_CASE("what was taken back is not found") {
  folder f;
  webhook_journal journal{f.file()};
  write(journal,
        {put_delivery{delivery(1)}, put_waiting{{7, "1", "u", "{}", 5}},
         remember_announced{"1", "a", ""}, remember_announced{"1", "a", "u"}});
  write(journal, {drop_delivery{delivery(1).id}, drop_waiting{7},
                  forget_announced{"1", "a", ""}});
  auto found = journal.load();
  CHECK(found.deliveries.empty());
  CHECK(found.waiting.empty());
  REQUIRE(found.what.size() == 1);
  CHECK(found.what[0].user == "u");
}

TEST_CASE("a process killed at any moment leaves whole transactions") {
  folder f;
  for (int round = 0; round < 8; ++round) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) { // writes until it is killed
      webhook_journal journal{f.file()};
      for (int n = round * 100'000;; ++n) {
        write(journal, {put_delivery{delivery(n)},
                        remember_announced{"1", std::to_string(n), ""}});
        char byte = 1;
        if (::write(ready[1], &byte, 1) != 1)
          ::_exit(1);
      }
    }
    ::close(ready[1]);
    char byte = 0;
    int confirmed = 0;
    while (confirmed < 5 + round * 3 && ::read(ready[0], &byte, 1) == 1)
      ++confirmed;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(ready[0], &byte, 1) == 1)
      ++confirmed;
    ::close(ready[0]);
    auto found = webhook_journal{f.file()}.load();
    auto of_round = static_cast<int>(std::count_if(
        found.deliveries.begin(), found.deliveries.end(),
        [&](auto& x) { return x.created_ms >= 1000 + round * 100'000; }));
    CHECK(of_round >= confirmed);
    CHECK(of_round <= confirmed + 1);
    CHECK(found.what.size() == found.deliveries.size());
  }
}

TEST_CASE("a dead letter is listed with its reason, and can be revived") {
  folder f;
  webhook_journal journal{f.file()};
  write(journal, {put_delivery{delivery(1)}, put_delivery{delivery(2, "2")}});
  write(journal, {bury_delivery{delivery(1), "it answered 500", 77}});
  write(journal, {bury_delivery{delivery(3), "too many", 78}});
  CHECK(journal.load().deliveries.size() == 1);
  CHECK(journal.count_dead("1") == 2);
  CHECK(journal.count_dead("2") == 0);
  auto list = journal.dead("1", 10);
  REQUIRE(list.size() == 2);
  CHECK(list[0].what.id == delivery(3).id); // newest first
  CHECK(list[1].reason == "it answered 500");
  CHECK(list[1].at_ms == 77);
  CHECK(list[1].what.body == delivery(1).body);
  CHECK(journal.dead("1", 1).size() == 1);
  CHECK(journal.revivable("1", "", 10).size() == 2);
  CHECK(journal.revivable("2", delivery(1).id, 10).empty());
  auto one = journal.revivable("1", delivery(1).id, 10);
  REQUIRE(one.size() == 1);
  write(journal, {put_delivery{one[0]}});
  CHECK(journal.count_dead("1") == 1);
  CHECK(journal.load().deliveries.size() == 2);
}

TEST_CASE("old dead letters go, and those of an app beyond its number") {
  folder f;
  webhook_journal journal{f.file()};
  for (int n = 1; n <= 5; ++n)
    write(journal, {bury_delivery{delivery(n), "x", n},
                    bury_delivery{delivery(n, "2"), "x", n}});
  journal.prune(3, 2);
  CHECK(journal.count_dead("1") == 2);
  CHECK(journal.dead("1", 9)[1].at_ms == 4);
  journal.prune(5, 2);
  CHECK(journal.count_dead("2") == 1);
  journal.prune(0, 0);
  CHECK(journal.count_dead("2") == 0);
}

TEST_CASE("a journal written anew has what we know, and its dead letters") {
  folder f;
  webhook_journal journal{f.file()};
  write(journal, {put_delivery{delivery(1)}, remember_announced{"1", "a", ""},
                  bury_delivery{delivery(9), "x", 1}});
  std::vector<journal_entry> all{put_delivery{delivery(2)},
                                 remember_announced{"1", "b", ""}};
  journal.rewrite(all);
  auto found = journal.load();
  REQUIRE(found.deliveries.size() == 1);
  CHECK(found.deliveries[0] == delivery(2));
  REQUIRE(found.what.size() == 1);
  CHECK(found.what[0].channel == "b");
  CHECK(journal.count_dead("1") == 1);
}

TEST_CASE("a write that fails is no write at all, and the next one works") {
  folder f;
  webhook_journal journal{f.file()};
  write(journal, {put_delivery{delivery(1)}});
  // A disk that is full, for this process.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small{4096, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  auto big = delivery(2);
  big.body = std::string(200'000, 'x');
  std::vector<journal_entry> entries{put_delivery{delivery(3)},
                                     put_delivery{big}};
  CHECK_THROWS_AS(journal.write(entries), sqlite::error);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, ignored);
  CHECK(journal.load().deliveries.size() == 1);
  journal.write(entries);
  CHECK(journal.load().deliveries.size() == 3);
}

TEST_CASE("a journal of a newer version is left alone") {
  folder f;
  {
    sqlite::database db{f.file(), sqlite::database::access::write};
    db.version(3);
  }
  CHECK(trouble_with(f.file()).find("written by a newer version")
        != std::string::npos);
}

TEST_CASE("a file that is no journal is an error that names it") {
  folder f;
  std::ofstream{f.file()} << std::string(5000, 'x');
  CHECK(trouble_with(f.file()).starts_with(f.file()));
}
