#include "actors/ledger/verify.hpp"

#include "actors/ledger/caps.hpp"
#include "actors/ledger/day_rows.hpp"
#include "actors/state/meter/window.hpp"

namespace tidewire::ledger {

namespace {

// Goes through the records beside the entries, so that one that belongs to
// nothing is found, too.
class record_cursor {
public:
  record_cursor(sqlite::database& db, const char* sql, std::int64_t author)
      : rows_(db.prepare(sql)) {
    rows_.bind(1, author);
    next();
  }

  // Hands out the records of `key`; false if there is one before it, or of an
  // app that is not there (which would pass for all apps, whose id is empty).
  template <class To>
  bool take(std::int64_t key, To& to) {
    for (; more_ && rows_.number(0) == key; next()) {
      if (rows_.is_null(1))
        return false;
      to.add(rows_.text(1), rows_.bytes(2));
    }
    return !more_ || rows_.number(0) > key;
  }

  bool at_end() const noexcept { return !more_; }

private:
  void next() { more_ = rows_.step(); }

  sqlite::statement rows_;
  bool more_ = false;
};

class author_check {
public:
  author_check(sqlite::database& db, const author_row& of, std::uint64_t& count,
               const std::function<void(std::uint64_t)>& progress)
      : db_(db),
        of_(of),
        count_(count),
        progress_(progress),
        link_(genesis(of.who, of.first)),
        seal_(link_) {}

  std::optional<fault> run() {
    try {
      if (auto found = days())
        return found;
      return entries();
    } catch (const sqlite::error& error) {
      return wrong(std::string{"cannot be read ("} + error.what() + ")");
    }
  }

private:
  fault wrong(const std::string& what) const {
    return {of_.who, at_,
            "node " + of_.who.node + ", minute "
                + (at_ ? meter::render_time(at_->number * 60, "UTC")
                       : std::string{"unknown"})
                + ": " + what};
  }

  std::optional<fault> days() {
    record_cursor records{db_,
                          "SELECT day, id, record FROM day_records LEFT JOIN "
                          "apps ON number = app WHERE author = ? "
                          "ORDER BY day, id",
                          of_.number};
    auto before = link_;
    for (auto& x : read_days(db_, of_)) {
      at_ = x.at.first_minute();
      day_hasher hash{before, of_.who, x};
      if (!records.take(x.at.number, hash))
        return wrong("there is a day's record that belongs to no day");
      before = hash.finish();
      if (before != x.seal)
        return wrong("the day is not as it was written");
      link_ = x.link;
      seal_ = x.entry_seal;
      next_ = x.last_sequence + 1;
    }
    if (!records.at_end())
      return wrong("after it there is a day's record that belongs to no day");
    return std::nullopt;
  }

  std::optional<fault> entries() {
    record_cursor records{db_,
                          "SELECT sequence, id, record FROM records LEFT JOIN "
                          "apps ON number = app WHERE author = ? "
                          "ORDER BY sequence, id",
                          of_.number};
    auto rows = db_.prepare("SELECT sequence, kind, minute, known, note, link, "
                            "seal FROM entries WHERE author = ? "
                            "ORDER BY sequence");
    rows.bind(1, of_.number);
    auto ticks = false;
    for (; rows.step(); ++next_) {
      entry x{rows.number(0),
              static_cast<entry_kind>(rows.number(1)),
              {rows.number(2)},
              static_cast<meter::tick_mask>(rows.number(3)),
              std::string{rows.text(4)}};
      at_ = x.at;
      if (x.sequence != next_)
        return wrong("an entry before it is missing");
      auto stored = digest_of(rows.bytes(5));
      auto pruned = !rows.is_null(6);
      if (pruned && ticks)
        return wrong("it has no ticks, but a minute before it has");
      ticks = !pruned;
      auto good = pruned ? sealed(x, stored, digest_of(rows.bytes(6)), records)
                         : linked(x, stored, records);
      if (!good)
        return wrong("it is not as it was written");
      if (progress_ && ++count_ % 1000 == 0)
        progress_(count_);
    }
    if (!records.at_end())
      return wrong("after it there is a record that belongs to no minute");
    return std::nullopt;
  }

  bool linked(const entry& x, const digest& stored, record_cursor& records) {
    link_hasher hash{link_, of_.who, x};
    auto in_order = records.take(x.sequence, hash);
    link_ = hash.finish();
    return in_order && link_ == stored;
  }

  bool sealed(const entry& x, const digest& link, const digest& stored,
              record_cursor& records) {
    seal_hasher hash{seal_, of_.who, x, link};
    auto in_order = records.take(x.sequence, hash);
    seal_ = hash.finish();
    link_ = link;
    return in_order && seal_ == stored;
  }

  sqlite::database& db_;
  const author_row& of_;
  std::uint64_t& count_;
  const std::function<void(std::uint64_t)>& progress_;
  digest link_, seal_; // of the entry before
  std::int64_t next_ = 0;
  std::optional<meter::minute> at_; // what is being looked at
};

std::optional<fault> find_head(sqlite::database& db, const head& x) {
  auto missing = [&](const char* what) {
    return fault{x.who, {}, "node " + x.who.node + ": " + what};
  };
  auto author = find_author(db, x.who);
  if (!author)
    return missing("an exported statement rests on it, but it is not there");
  auto row = db.prepare(
      "SELECT sequence, link FROM entries WHERE author = ?1 AND sequence = ?2 "
      "UNION ALL SELECT last_sequence, link FROM days WHERE author = ?1 AND "
      "last_sequence >= ?2 ORDER BY 1 LIMIT 1");
  if (!row.bind(1, author->number).bind(2, x.sequence).step())
    return missing("an exported statement rests on an entry that is missing");
  if (row.number(0) == x.sequence && digest_of(row.bytes(1)) != x.link)
    return missing("it is not the ledger that an exported statement rests on");
  return std::nullopt;
}

// Rows of authors that are not there.
std::optional<fault> strangers(sqlite::database& db) {
  for (auto* table : {"entries", "records", "days", "day_records"})
    if (db.prepare("SELECT 1 FROM " + std::string{table}
                   + " WHERE author NOT IN (SELECT number FROM authors) "
                     "LIMIT 1")
            .step())
      return fault{{}, {}, "there are rows of an author that is not there"};
  return std::nullopt;
}

} // namespace

std::vector<head> heads(sqlite::database& db) {
  std::vector<head> out;
  for (auto& author : all_authors(db))
    if (auto end = end_of_chain(db, author); end.next_sequence > 0)
      out.push_back({author.who, end.next_sequence - 1, end.link});
  return out;
}

std::optional<fault>
verify(sqlite::database& db, std::span<const head> exported,
       const std::function<void(std::uint64_t entries)>& progress) {
  try {
    std::uint64_t count = 0;
    for (auto& author : all_authors(db))
      if (auto found = author_check{db, author, count, progress}.run())
        return found;
    if (auto found = strangers(db))
      return found;
    for (auto& x : exported)
      if (auto found = find_head(db, x))
        return found;
    if (auto sentence = verify_transitions(db))
      return fault{{}, {}, *sentence};
    return std::nullopt;
  } catch (const sqlite::error& error) {
    return fault{{}, {}, std::string{"it cannot be read: "} + error.what()};
  }
}

} // namespace tidewire::ledger
