#include "actors/webhook_journal.hpp"

namespace tidewire {

namespace {

constexpr std::int64_t webhook_schema_version = 2;

constexpr const char* webhook_schema_1 =
    "CREATE TABLE deliveries (id TEXT PRIMARY KEY NOT NULL, app TEXT NOT NULL,"
    " url TEXT NOT NULL, stream TEXT NOT NULL, body TEXT NOT NULL,"
    " created INTEGER NOT NULL, next INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL) STRICT;"
    "CREATE TABLE dead (id TEXT PRIMARY KEY NOT NULL, app TEXT NOT NULL,"
    " url TEXT NOT NULL, stream TEXT NOT NULL, body TEXT NOT NULL,"
    " created INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX dead_of_app ON dead (app, at);"
    "CREATE TABLE waiting (number INTEGER PRIMARY KEY, app TEXT NOT NULL,"
    " url TEXT NOT NULL, event TEXT NOT NULL, since INTEGER NOT NULL) STRICT;"
    "CREATE TABLE announced (app TEXT NOT NULL, channel TEXT NOT NULL,"
    " user TEXT NOT NULL, PRIMARY KEY (app, channel, user))"
    " WITHOUT ROWID, STRICT;";

// What other nodes keep copies of by their keys.
constexpr const char* webhook_schema_2 =
    "ALTER TABLE deliveries ADD COLUMN events TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE waiting ADD COLUMN channel TEXT NOT NULL DEFAULT '';";

// Keys have no line ends: neither apps' ids nor channels' names have any.
std::string lines_of(const std::vector<std::string>& keys) {
  std::string result;
  for (auto& each : keys)
    result += each + '\n';
  return result;
}

std::vector<std::string> keys_of(std::string_view lines) {
  std::vector<std::string> result;
  for (auto end = lines.find('\n'); end != lines.npos; end = lines.find('\n')) {
    result.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
  return result;
}

std::string text(const sqlite::statement& row, int column) {
  return std::string{row.text(column)};
}

} // namespace

// Prepared once: one of each runs for every webhook.
struct webhook_journal::statements {
  explicit statements(sqlite::database& db)
      : put(db.prepare("INSERT OR REPLACE INTO deliveries (id, app, url, "
                       "stream, body, created, next, attempts, events) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")),
        revive(db.prepare("DELETE FROM dead WHERE id = ?")),
        retry(db.prepare(
            "UPDATE deliveries SET attempts = ?, next = ? WHERE id = ?")),
        drop(db.prepare("DELETE FROM deliveries WHERE id = ?")),
        bury(db.prepare("INSERT OR REPLACE INTO dead (id, app, url, stream, "
                        "body, created, attempts, reason, at) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")),
        wait(db.prepare("INSERT OR REPLACE INTO waiting (number, app, url, "
                        "event, since, channel) "
                        "VALUES (?, ?, ?, ?, ?, ?)")),
        waited(db.prepare("DELETE FROM waiting WHERE number = ?")),
        remember(db.prepare("INSERT OR REPLACE INTO announced "
                            "(app, channel, user) VALUES (?, ?, ?)")),
        forget(db.prepare("DELETE FROM announced "
                          "WHERE app = ? AND channel = ? AND user = ?")) {}

  sqlite::statement put, revive, retry, drop, bury, wait, waited, remember,
      forget;
};

void webhook_journal::drop_statements::operator()(
    statements* x) const noexcept {
  delete x;
}

webhook_journal::webhook_journal(const std::string& file)
    : db_(file, sqlite::database::access::write) {
  auto found = db_.known_version(webhook_schema_version);
  if (found != webhook_schema_version) {
    sqlite::transaction change{db_}; // version and tables, or nothing
    if (found == 0)
      db_.run(webhook_schema_1);
    db_.run(webhook_schema_2);
    db_.version(webhook_schema_version);
    change.commit();
  }
  sql_.reset(new statements{db_});
}

webhook_journal::contents webhook_journal::load() {
  contents out;
  auto rows = db_.prepare("SELECT id, app, url, stream, body, created, next, "
                          "attempts, events FROM deliveries ORDER BY rowid");
  while (rows.step())
    out.deliveries.push_back(
        {text(rows, 0), text(rows, 1), text(rows, 2), text(rows, 3),
         text(rows, 4), rows.number(5), rows.number(6),
         static_cast<std::uint32_t>(rows.number(7)), keys_of(rows.text(8))});
  auto waiting = db_.prepare("SELECT number, app, url, event, since, channel "
                             "FROM waiting ORDER BY number");
  while (waiting.step())
    out.waiting.push_back({waiting.number(0), text(waiting, 1),
                           text(waiting, 2), text(waiting, 3),
                           waiting.number(4), text(waiting, 5)});
  auto said = db_.prepare("SELECT app, channel, user FROM announced "
                          "ORDER BY user = '', app, channel, user");
  while (said.step())
    out.what.push_back({text(said, 0), text(said, 1), text(said, 2)});
  auto dead = db_.prepare("SELECT app, count(*) FROM dead GROUP BY app");
  while (dead.step())
    out.dead[text(dead, 0)] = static_cast<std::uint64_t>(dead.number(1));
  return out;
}

// -- writing ------------------------------------------------------------------

void webhook_journal::apply(const put_delivery& x) {
  auto& d = x.what;
  sql_->revive.bind(1, d.id).run();
  sql_->put.bind(1, d.id)
      .bind(2, d.app)
      .bind(3, d.url)
      .bind(4, d.stream)
      .bind(5, d.body)
      .bind(6, d.created_ms)
      .bind(7, d.next_ms)
      .bind(8, static_cast<std::int64_t>(d.attempts))
      .bind(9, lines_of(d.events))
      .run();
}

void webhook_journal::apply(const retry_delivery& x) {
  sql_->retry.bind(1, static_cast<std::int64_t>(x.attempts))
      .bind(2, x.next_ms)
      .bind(3, x.id)
      .run();
}

void webhook_journal::apply(const drop_delivery& x) {
  sql_->drop.bind(1, x.id).run();
}

void webhook_journal::apply(const bury_delivery& x) {
  auto& d = x.what;
  sql_->drop.bind(1, d.id).run();
  sql_->bury.bind(1, d.id)
      .bind(2, d.app)
      .bind(3, d.url)
      .bind(4, d.stream)
      .bind(5, d.body)
      .bind(6, d.created_ms)
      .bind(7, static_cast<std::int64_t>(d.attempts))
      .bind(8, x.reason)
      .bind(9, x.at_ms)
      .run();
}

void webhook_journal::apply(const put_waiting& x) {
  sql_->wait.bind(1, x.what.number)
      .bind(2, x.what.app)
      .bind(3, x.what.url)
      .bind(4, x.what.event)
      .bind(5, x.what.since_ms)
      .bind(6, x.what.channel)
      .run();
}

void webhook_journal::apply(const drop_waiting& x) {
  sql_->waited.bind(1, x.number).run();
}

void webhook_journal::apply(const remember_announced& x) {
  sql_->remember.bind(1, x.app).bind(2, x.channel).bind(3, x.user).run();
}

void webhook_journal::apply(const forget_announced& x) {
  sql_->forget.bind(1, x.app).bind(2, x.channel).bind(3, x.user).run();
}

void webhook_journal::transaction(bool anew,
                                  std::span<const journal_entry> entries) {
  db_.run("BEGIN IMMEDIATE");
  try {
    if (anew)
      db_.run("DELETE FROM deliveries; DELETE FROM waiting; "
              "DELETE FROM announced");
    for (auto& entry : entries)
      std::visit([this](auto& x) { apply(x); }, entry);
    db_.run("COMMIT");
  } catch (const sqlite::error&) {
    try {
      db_.run("ROLLBACK");
    } catch (const sqlite::error&) {
      // A full disk may have rolled back already.
    }
    throw;
  }
}

void webhook_journal::write(std::span<const journal_entry> entries) {
  transaction(false, entries);
}

void webhook_journal::rewrite(std::span<const journal_entry> entries) {
  transaction(true, entries);
}

// -- dead letters -------------------------------------------------------------

std::vector<dead_letter> webhook_journal::dead(const std::string& app,
                                               std::size_t limit) {
  auto rows = db_.prepare("SELECT id, url, stream, body, created, attempts, "
                          "reason, at FROM dead WHERE app = ? "
                          "ORDER BY at DESC, rowid DESC LIMIT ?");
  rows.bind(1, app).bind(2, static_cast<std::int64_t>(limit));
  std::vector<dead_letter> out;
  while (rows.step())
    out.push_back({{text(rows, 0),
                    app,
                    text(rows, 1),
                    text(rows, 2),
                    text(rows, 3),
                    rows.number(4),
                    0,
                    static_cast<std::uint32_t>(rows.number(5)),
                    {}},
                   text(rows, 6),
                   rows.number(7)});
  return out;
}

std::uint64_t webhook_journal::count_dead(const std::string& app) {
  auto row = db_.prepare("SELECT count(*) FROM dead WHERE app = ?");
  row.bind(1, app).step();
  return static_cast<std::uint64_t>(row.number(0));
}

std::vector<webhook_delivery> webhook_journal::revivable(const std::string& app,
                                                         const std::string& id,
                                                         std::size_t limit) {
  auto rows = db_.prepare("SELECT id, url, stream, body, created FROM dead "
                          "WHERE app = ?1 AND (?2 = '' OR id = ?2) "
                          "ORDER BY at, rowid LIMIT ?3");
  rows.bind(1, app).bind(2, id).bind(3, static_cast<std::int64_t>(limit));
  std::vector<webhook_delivery> out;
  while (rows.step())
    out.push_back({text(rows, 0),
                   app,
                   text(rows, 1),
                   text(rows, 2),
                   text(rows, 3),
                   rows.number(4),
                   0,
                   0,
                   {}});
  return out;
}

void webhook_journal::prune(std::int64_t before_ms, std::size_t most) {
  db_.prepare("DELETE FROM dead WHERE at < ?").bind(1, before_ms).run();
  db_.prepare("DELETE FROM dead WHERE rowid IN (SELECT rowid FROM (SELECT "
              "rowid, row_number() OVER (PARTITION BY app ORDER BY at DESC, "
              "rowid DESC) AS place FROM dead) WHERE place > ?)")
      .bind(1, static_cast<std::int64_t>(most))
      .run();
}

} // namespace tidewire
