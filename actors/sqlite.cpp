#include "actors/sqlite.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace tidewire::sqlite {

namespace {

// An operator may look into the file with a tool of theirs.
constexpr int busy_ms = 5000;

// Journals get the mode of the file they belong to.
void make_private(const std::string& file) {
  auto made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made < 0)
    throw error(
        file + " cannot be opened: " + std::generic_category().message(errno));
  ::close(made);
}

// A path as the URI that SQLite wants for an option.
std::string uri_of(const std::string& file) {
  std::string out = "file:";
  constexpr std::string_view hex = "0123456789abcdef";
  for (unsigned char c : file) {
    if (c == '?' || c == '#' || c == '%') {
      out += '%';
      out += hex[c >> 4u];
      out += hex[c & 15u];
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + "?immutable=1";
}

} // namespace

// -- statement ----------------------------------------------------------------

void statement::finalize::operator()(sqlite3_stmt* it) const noexcept {
  sqlite3_finalize(it);
}

statement& statement::bind(int at, std::string_view text) {
  home_->check(sqlite3_bind_text(it_.get(), at, text.data(),
                                 static_cast<int>(text.size()),
                                 SQLITE_TRANSIENT));
  return *this;
}

statement& statement::bind(int at, std::int64_t number) {
  home_->check(sqlite3_bind_int64(it_.get(), at, number));
  return *this;
}

statement& statement::bind_bytes(int at, std::string_view bytes) {
  home_->check(sqlite3_bind_blob64(it_.get(), at,
                                   bytes.data() ? bytes.data() : "",
                                   bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

statement& statement::bind_null(int at) {
  home_->check(sqlite3_bind_null(it_.get(), at));
  return *this;
}

bool statement::step() {
  auto code = sqlite3_step(it_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    home_->fail();
  return code == SQLITE_ROW;
}

void statement::run() {
  struct ready {
    sqlite3_stmt* it;
    ~ready() { sqlite3_reset(it); }
  } afterwards{it_.get()};
  while (step())
    ;
}

void statement::reset() {
  sqlite3_reset(it_.get());
}

std::string_view statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(it_.get(), column);
  auto size = sqlite3_column_bytes(it_.get(), column);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::int64_t statement::number(int column) const {
  return sqlite3_column_int64(it_.get(), column);
}

std::string_view statement::bytes(int column) const {
  const auto* bytes = sqlite3_column_blob(it_.get(), column);
  auto size = sqlite3_column_bytes(it_.get(), column);
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

bool statement::is_null(int column) const {
  return sqlite3_column_type(it_.get(), column) == SQLITE_NULL;
}

// -- database -----------------------------------------------------------------

void database::close::operator()(sqlite3* it) const noexcept {
  sqlite3_close_v2(it);
}

database::database(std::string file, access how) : file_(std::move(file)) {
  auto writes = how == access::write;
  if (writes)
    make_private(file_);
  auto flags = SQLITE_OPEN_NOMUTEX;
  if (how == access::read_only)
    flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  else // a reader has to write into the index of the WAL
    flags |= SQLITE_OPEN_READWRITE;
  sqlite3* it = nullptr;
  auto name = how == access::read_only ? uri_of(file_) : file_;
  auto code = sqlite3_open_v2(name.c_str(), &it, flags, nullptr);
  it_.reset(it);
  check(code);
  check(sqlite3_busy_timeout(it_.get(), busy_ms));
  if (writes) {
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
  } else if (how == access::beside) {
    run("PRAGMA query_only = ON");
  }
}

void database::fail() const {
  throw error(file_ + ": "
              + (it_ ? sqlite3_errmsg(it_.get()) : "out of memory"));
}

void database::check(int code) const {
  if (code != SQLITE_OK)
    fail();
}

void database::run(const char* sql) {
  check(sqlite3_exec(it_.get(), sql, nullptr, nullptr, nullptr));
}

statement database::prepare(std::string_view sql) {
  sqlite3_stmt* made = nullptr;
  check(sqlite3_prepare_v2(it_.get(), sql.data(), static_cast<int>(sql.size()),
                           &made, nullptr));
  return {*this, made};
}

std::int64_t database::version() {
  auto ask = prepare("PRAGMA user_version");
  ask.step();
  return ask.number(0);
}

std::int64_t database::known_version(std::int64_t newest) {
  auto found = version();
  if (found > newest)
    throw error(file_ + " was written by a newer version of Tidewire (schema "
                + std::to_string(found)
                + "); start that one, or give this one another data_dir");
  return found;
}

void database::version(std::int64_t number) {
  run(("PRAGMA user_version = " + std::to_string(number)).c_str());
}

void database::copy_to(const std::string& file) {
  database to{file, access::write};
  auto* copy = sqlite3_backup_init(to.it_.get(), "main", it_.get(), "main");
  if (!copy)
    to.fail();
  auto code = sqlite3_backup_step(copy, -1);
  sqlite3_backup_finish(copy);
  if (code != SQLITE_DONE)
    throw error(file_ + " cannot be copied to " + file + ": "
                + sqlite3_errstr(code));
}

// -- transaction --------------------------------------------------------------

transaction::~transaction() {
  if (!db_)
    return;
  try {
    db_->run("ROLLBACK");
  } catch (const error&) {
    // A full disk may have rolled back already.
  }
}

void transaction::commit() {
  db_->run("COMMIT");
  db_ = nullptr;
}

} // namespace tidewire::sqlite
