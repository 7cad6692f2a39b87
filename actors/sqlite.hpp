// SQLite 3 as RAII. Blocks: not for reactors. Errors are exceptions with a
// sentence that names the file.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tidewire::sqlite {

struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class database;

/// A prepared statement, belonging to one thread at a time. Parameters are
/// numbered from 1, columns from 0, as SQLite has it.
class statement {
public:
  statement& bind(int at, std::string_view text);
  statement& bind(int at, std::int64_t number);
  /// Bytes, stored as a blob.
  statement& bind_bytes(int at, std::string_view bytes);
  statement& bind_null(int at);

  /// Whether there is a row (another one).
  bool step();

  /// Runs it to the end and makes it ready for the next time.
  void run();
  void reset();

  /// Good until the next step.
  std::string_view text(int column) const;
  std::int64_t number(int column) const;
  std::string_view bytes(int column) const;
  bool is_null(int column) const;

private:
  friend class database;
  struct finalize {
    void operator()(sqlite3_stmt* it) const noexcept;
  };

  statement(const database& home, sqlite3_stmt* it) : home_(&home), it_(it) {}

  const database* home_;
  std::unique_ptr<sqlite3_stmt, finalize> it_;
};

/// A connection to a file, belonging to one thread at a time.
class database {
public:
  enum class access {
    write,     ///< made at need, for its owner only; WAL, every commit synced
    read_only, ///< as it is now: nobody may be writing to it
    beside     ///< to be read while somebody else may be writing to it
  };

  database(std::string file, access how);
  database(const database&) = delete; // statements know where it is
  database& operator=(const database&) = delete;

  /// Runs SQL that yields nothing.
  void run(const char* sql);
  statement prepare(std::string_view sql);

  std::int64_t version();
  /// The same; an error if it is beyond `newest`, which is all we know.
  std::int64_t known_version(std::int64_t newest);
  void version(std::int64_t number);

  /// Copies all of it, as it is at one moment, into a new database; whoever
  /// writes meanwhile is not held up.
  void copy_to(const std::string& file);

private:
  friend class statement;
  struct close {
    void operator()(sqlite3* it) const noexcept;
  };

  [[noreturn]] void fail() const;
  void check(int code) const;

  std::string file_;
  std::unique_ptr<sqlite3, close> it_;
};

/// All of it or nothing: what was not committed is rolled back.
class transaction {
public:
  explicit transaction(database& db) : db_(&db) { db.run("BEGIN IMMEDIATE"); }
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// Once it returns a crash of process or machine loses nothing of it.
  void commit();

private:
  database* db_;
};

} // namespace tidewire::sqlite
