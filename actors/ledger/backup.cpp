#include "actors/ledger/backup.hpp"

#include "actors/ledger/schema.hpp"
#include "actors/ledger/verify.hpp"

#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace tidewire::ledger {

namespace {

namespace fs = std::filesystem;

// The file, and what SQLite keeps beside it.
constexpr const char* parts[] = {"", "-wal", "-shm"};

void remove_all(const std::string& file) {
  for (auto* part : parts)
    fs::remove(file + part);
}

// After a loss of power the new name is there, too.
void sync_folder_of(const std::string& file) {
  auto folder = fs::path{file}.parent_path();
  auto it = ::open(folder.empty() ? "." : folder.c_str(),
                   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (it < 0)
    return;
  ::fsync(it);
  ::close(it);
}

// A whole and verified copy, which nobody has open. Throws.
std::optional<std::string> copy(const std::string& from,
                                const std::string& to) {
  remove_all(to);
  if (!fs::exists(from))
    return from + " is not there.";
  sqlite::database{from, sqlite::database::access::beside}.copy_to(to);
  auto db = open_to_write(to); // which an older one needs to be verified
  if (auto found = verify(*db))
    return from + " does not verify: " + found->sentence + '.';
  db->run("PRAGMA wal_checkpoint(TRUNCATE)");
  return std::nullopt;
}

template <class Do>
std::optional<std::string> in_words(Do what) {
  try {
    return what();
  } catch (const std::exception& error) {
    return error.what();
  }
}

} // namespace

std::optional<std::string> back_up(const std::string& ledger,
                                   const std::string& to) {
  return in_words([&]() -> std::optional<std::string> {
    auto part = to + ".part";
    auto problem = copy(ledger, part);
    if (problem) {
      remove_all(part);
      return problem;
    }
    fs::rename(part, to);
    sync_folder_of(to);
    return std::nullopt;
  });
}

std::optional<std::string> restore(const std::string& backup,
                                   const std::string& ledger) {
  return in_words([&]() -> std::optional<std::string> {
    auto part = ledger + ".part";
    auto problem = copy(backup, part);
    if (problem) {
      remove_all(part);
      return problem;
    }
    remove_all(ledger + ".replaced");
    for (auto* each : parts)
      if (fs::exists(ledger + each))
        fs::rename(ledger + each, ledger + ".replaced" + each);
    fs::rename(part, ledger);
    sync_folder_of(ledger);
    return std::nullopt;
  });
}

} // namespace tidewire::ledger
