#include "actors/ledger/store.hpp"

#include "actors/ledger/prune.hpp"
#include "actors/ledger/schema.hpp"
#include "actors/state/meter/journal.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::ledger {

store::store(std::string file, meter::author me, store_limits limits,
             bool clustered)
    : file_(std::move(file)),
      me_(std::move(me)),
      limits_(limits),
      clustered_(clustered) {
  try {
    open();
  } catch (const newer_schema&) {
    throw;
  } catch (const std::exception& error) {
    trouble_ = error.what();
    db_.reset();
  }
}

// -- the disk -----------------------------------------------------------------

void store::open() {
  if (db_)
    return;
  db_ = open_to_write(file_);
  recover();
}

// Other lives of a node that is alone are over: their journals are all there
// will ever be, and what they do not say of their last minute stays unknown. In
// a cluster somebody may have more of them.
void store::recover() {
  if (clustered_)
    return;
  for (auto& author : all_authors(*db_))
    if (author.who != me_ && first_in_journal(*db_, author))
      folding{*db_, author, limits_.fold_portion}.finish();
}

// After an error the connection is given up: SQLite leaves open how much of it
// can be used, and the file itself may be another one by then.
void store::give_up(std::string why) {
  trouble_ = std::move(why);
  fold_.reset();
  others_.reset();
  db_.reset();
}

// -- ticks --------------------------------------------------------------------

void store::write(const meter::tick_block& block) {
  if (has_last_ && block.at <= last_)
    return;
  auto follows = has_last_ && block.at == last_ + 1 && !unsure_;
  unsure_ = !follows && !block.restated;
  last_ = block.at;
  has_last_ = true;
  if (giving_up_ && !(attempt([this] { flush(); }) && block.restated))
    ++lost_ticks_;
  else
    take(block);
}

// While there is room it is kept, in the end its successors are not: what is
// kept has to follow what is stored.
void store::take(const meter::tick_block& block) {
  giving_up_ = false;
  ticks_.push_back({block.at, encode(block)});
  bytes_ += ticks_.back().block.size();
  auto written = attempt([this] {
    flush();
    fold_some();
  });
  giving_up_ =
      !written && (ticks_.size() >= limits_.ticks || bytes_ >= limits_.bytes);
}

// All that waits, in one commit.
void store::flush() {
  if (ticks_.empty() && transitions_.empty() && kept_.empty())
    return;
  sqlite::transaction change{*db_};
  if (!ticks_.empty()) {
    auto me = make_author(*db_, me_, ticks_.front().at);
    for (auto& x : ticks_)
      put_block(*db_, me, x.at, x.block);
  }
  for (auto& x : transitions_)
    append(*db_, x);
  put_kept();
  change.commit();
  ticks_.clear();
  bytes_ = 0;
  transitions_.clear();
  follow_kept();
}

void store::fold_some() {
  if (!fold_)
    fold_ = std::make_unique<folding>(*db_, *find_author(*db_, me_),
                                      limits_.fold_portion);
  if (!fold_->follow(last_))
    unsure_ = true;
}

// -- other rows ---------------------------------------------------------------

void store::write(const cap_row& row) {
  if (transitions_.size() >= limits_.transitions) {
    ++lost_transitions_;
    return;
  }
  transitions_.push_back(row);
  attempt([this] { flush(); });
}

bool store::correct(const meter::minute_page& page, std::string_view reason,
                    std::string& problem) {
  record_bytes records;
  for (auto& [app, record] : page.apps) {
    if (record.first != 0) {
      problem = "a correction has to say the whole minute of app " + app.text;
      return false;
    }
    records.emplace_hint(records.end(), app, encode(record));
  }
  auto done = false;
  auto tried = attempt([&] {
    auto me = find_author(*db_, me_);
    if (!me || !is_folded(*db_, *me, page.at)) {
      problem = "there is no minute to correct: it is not written yet, or "
                "pruned to its day";
      return;
    }
    sqlite::transaction change{*db_};
    append(
        *db_, *me,
        {0, entry_kind::correction, page.at, page.known, std::string{reason}},
        records);
    change.commit();
    done = true;
  });
  if (!tried)
    problem = health().alarm;
  return done;
}

bool store::say_goodbye() {
  return attempt([this] {
    flush();
    auto me = find_author(*db_, me_);
    if (!me || has_ended(*db_, *me))
      return; // nothing was said, so nothing has to end
    if (!fold_)
      fold_ = std::make_unique<folding>(*db_, *me, limits_.fold_portion);
    fold_->finish();
    sqlite::transaction change{*db_};
    append(
        *db_, *me,
        {0, entry_kind::goodbye, meter::minute_of(last_tick(*db_, *me)), 0, {}},
        {});
    change.commit();
  });
}

bool store::prune(meter::tick now, const meter::meter_settings& settings) {
  auto more = false;
  attempt([&] { more = prune_portion(*db_, now, settings); });
  return more;
}

std::optional<meter::tick> store::last_stated() {
  std::optional<meter::tick> last;
  attempt([&] {
    for (auto& author : all_authors(*db_))
      if (author.who.node == me_.node)
        last = std::max(last, std::optional{last_tick(*db_, author)});
  });
  return last;
}

store_health store::health() const {
  store_health out{{}, ticks_.size(), lost_ticks_, lost_transitions_};
  if (!trouble_.empty()) {
    out.alarm = "The ledger cannot be written (" + trouble_ + "). "
                + std::to_string(out.waiting_ticks)
                + (out.waiting_ticks == 1 ? " second waits" : " seconds wait")
                + " in memory";
    if (giving_up_)
      out.alarm += ", which is all that may; those that follow are unknown";
    out.alarm += ". Connections are served; make room on the disk of " + file_
                 + " or mend it (a damaged file: move it away), and writing "
                   "resumes by itself.";
  }
  return out;
}

} // namespace tidewire::ledger
