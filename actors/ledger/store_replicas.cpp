// The part of the store that keeps other nodes' lives.
#include "actors/ledger/store.hpp"

#include <utility>

namespace tidewire::ledger {

replicas& store::others() {
  if (!others_)
    others_ = std::make_unique<replicas>(*db_, limits_.fold_portion);
  return *others_;
}

void store::keep(kept_rows what) {
  for (auto& row : what.rows)
    kept_bytes_ += row.block.size() + sizeof row;
  kept_.push_back(std::move(what));
  if (kept_bytes_ > limits_.kept_bytes) {
    kept_.clear();
    kept_bytes_ = 0;
  }
}

void store::put_kept() {
  for (auto& x : kept_)
    others().put(x);
}

// Once it is committed: a fold reads what is there.
void store::follow_kept() {
  kept_bytes_ = 0;
  for (auto& x : std::exchange(kept_, {}))
    others().follow(x.whose);
}

void store::end(const meter::author& whose, entry_kind how) {
  attempt([&] {
    flush();
    others().end(whose, how);
  });
}

void store::remark(meter::tick at, const std::string& sentence) {
  attempt([&] {
    auto me = find_author(*db_, me_);
    if (!me || has_ended(*db_, *me))
      return;
    sqlite::transaction change{*db_};
    append(*db_, *me,
           {0, entry_kind::remark, meter::minute_of(at), 0, sentence}, {});
    change.commit();
  });
}

std::vector<unfinished_life> store::unfinished(meter::tick since) {
  std::vector<unfinished_life> out;
  attempt([&] { out = unfinished_lives(*db_, me_, since); });
  return out;
}

std::vector<chain_standing> store::chains() {
  std::vector<chain_standing> out;
  attempt([&] { out = standings(*db_); });
  return out;
}

std::optional<std::int64_t> store::worth_asking(const chain_standing& theirs,
                                                bool by_author) {
  std::optional<std::int64_t> out;
  if (theirs.whose != me_)
    attempt([&] { out = ledger::worth_asking(*db_, theirs, by_author); });
  return out;
}

std::optional<entries_told> store::entries(const entries_asked& x,
                                           std::size_t bytes) {
  std::optional<entries_told> out;
  attempt([&] { out = entries_from(*db_, x.whose, x.from, bytes); });
  return out;
}

std::optional<entries_taken> store::take(const entries_told& told,
                                         bool by_author) {
  std::optional<entries_taken> out;
  if (told.whose == me_)
    return out; // nobody tells me what I wrote
  attempt([&] {
    out = take_entries(*db_, told, by_author);
    if (out->changed)
      others().look_again(told.whose);
  });
  return out;
}

} // namespace tidewire::ledger
