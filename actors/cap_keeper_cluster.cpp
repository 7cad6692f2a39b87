// The caps of a node that has others beside it.
#include "actors/cap_keeper.hpp"
#include "actors/state/cluster/cap_council.hpp"

#include <utility>

namespace tidewire {

void cap_keeper::joins(cluster::life me, meter::tick begins,
                       std::span<const meter::cap_row> rows,
                       std::function<void(cluster::outgoing)> send) {
  council_ = std::make_unique<cluster::cap_council>(std::move(me), book_,
                                                    begins, rows);
  send_ = std::move(send);
}

void cap_keeper::with_council(const council_work& what) {
  cluster::council_effects out;
  what(*council_, out);
  act(out);
}

void cap_keeper::act(cluster::council_effects& what) {
  last_ = council_->through();
  if (!ahead_)
    rule(what.caps);
  for (auto& row : what.caps.rows)
    keep(row);
  for (auto& row : what.announce)
    tell(row);
  for (auto& each : what.send)
    send_(std::move(each));
}

// The known sum is the least that it can be: whoever is above a cap by that is
// above it, and whoever is not is let in.
void cap_keeper::look_ahead(meter::tick at,
                            std::span<const meter::cap_use> least) {
  if (!council_->standing() || at <= council_->through())
    return;
  meter::cap_effects effects;
  if (!ahead_) {
    ahead_ = std::make_unique<meter::cap_book>();
    ahead_->configure(last_, plans_, effects);
    ahead_->adopt(book_.memory(), effects);
  }
  ahead_->on_tick(at, least, true, effects);
  rule(effects);
}

void cap_keeper::look_back() {
  if (!std::exchange(ahead_, nullptr))
    return;
  meter::cap_effects now;
  for (auto& app : plans_.apps)
    now.verdicts.emplace_back(app.id, book_.verdict(app.id));
  rule(now);
}

} // namespace tidewire
