#include "actors/ledger/folding.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidewire::ledger {

namespace {

constexpr auto all = std::numeric_limits<std::size_t>::max();

// A block of ten thousand apps is 400 KiB.
constexpr std::int64_t swept_at_once = 3;

} // namespace

folding::folding(sqlite::database& db, author_row of, std::size_t portion)
    : db_(db),
      of_(std::move(of)),
      portion_(portion),
      numbers_(db),
      read_(of_.first - 1) {
  // A life that was killed may have left what is in the chain already.
  while (auto at = first_in_journal(db_, of_)) {
    if (!is_folded(db_, of_, *at))
      break;
    sweep_journal(db_, of_, at->last());
  }
  if (auto at = first_in_journal(db_, of_))
    read_ = at->first() - 1;
}

bool folding::follow(meter::tick last) {
  auto good = read(last);
  if (open_ && open_->at() < meter::minute_of(last + 1))
    close();
  if (closed_)
    work(closed_->portion);
  return good;
}

void folding::finish() {
  read({std::numeric_limits<std::int64_t>::max()});
  if (open_)
    close();
  while (closed_)
    work(all);
}

bool folding::read(meter::tick last) {
  auto good = true;
  each_block(db_, of_, read_ + 1, last,
             [&](meter::tick at, meter::tick_block* said) {
               read_ = at;
               begin(meter::minute_of(at));
               good = said && open_->add(*said);
             });
  return good;
}

// Ticks of a later minute: the one before is over.
void folding::begin(meter::minute at) {
  if (open_ && open_->at() == at)
    return;
  if (open_)
    close();
  constexpr auto last = meter::bit(meter::minute::ticks - 1);
  auto continues = closed_ && closed_->page.at + 1 == at
                       ? (closed_->page.known & last) != 0
                       : knows_end_of(db_, of_, at + -1);
  open_.emplace(at, continues);
}

void folding::close() {
  while (closed_)
    work(all); // it is late
  auto page = open_->take();
  open_.reset();
  // Half of the next minute is for records, however many there are.
  auto portion = std::max(portion_, page.apps.size() / 30 + 1);
  auto swept = page.at.first() - 1;
  auto end = end_of_chain(db_, of_);
  entry what{end.next_sequence, entry_kind::minute, page.at, page.known, {}};
  link_hasher link{end.link, of_.who, what};
  closed_.emplace(closed_minute{std::move(page),
                                portion,
                                std::move(what),
                                std::move(link),
                                {},
                                false,
                                swept});
}

void folding::work(std::size_t portion) {
  auto& x = *closed_;
  auto whole =
      !x.appended && x.records.empty() && x.page.apps.size() <= portion;
  auto encoded = !x.page.apps.empty();
  for (; portion > 0 && !x.page.apps.empty(); --portion) {
    auto next = x.page.apps.extract(x.page.apps.begin());
    auto at = x.records.emplace_hint(x.records.end(), std::move(next.key()),
                                     encode(next.mapped()));
    x.link.add(at->first.text, at->second);
  }
  if (!x.page.apps.empty() || (encoded && !whole))
    return;
  auto last = x.page.at.last();
  if (whole) {
    sqlite::transaction change{db_};
    append_entry(x);
    sweep_journal(db_, of_, last);
    change.commit();
    closed_.reset();
  } else if (!x.appended) {
    sqlite::transaction change{db_};
    append_entry(x);
    change.commit();
    x.appended = true;
    x.records.clear();
  } else {
    x.swept = std::min(x.swept + swept_at_once, last);
    sweep_journal(db_, of_, x.swept);
    if (x.swept == last)
      closed_.reset();
  }
}

void folding::append_entry(closed_minute& x) {
  if (x.what.known == 0)
    return;
  if (end_of_chain(db_, of_).next_sequence == x.what.sequence)
    append(db_, of_, x.what, x.records, x.link.finish(), numbers_);
  else // an earlier minute was corrected meanwhile
    append(db_, of_, x.what, x.records, numbers_);
}

} // namespace tidewire::ledger
