// The GAUGE's part of the cluster meter: what it has to send, to keep and to
// log, until it does.
#pragma once

#include "actors/ledger/store.hpp"
#include "actors/state/cluster/cluster_meter.hpp"
#include "messages/cluster_gauge.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidewire {

/// How the GAUGE sends: to one life or, without one, to all that are linked.
/// Called on its thread; `links::send` and `links::send_all` are any thread's.
using row_sender =
    std::function<void(const std::optional<cluster::life>& to,
                       cluster::record_kind kind, std::string bytes)>;

/// For the LEDGER: what came of other lives.
struct rows_for_ledger {
  std::vector<ledger::kept_rows> rows;
  std::vector<std::pair<cluster::life, ledger::entry_kind>> ended;
  std::vector<std::string> remarks; ///< for its own chain

  bool empty() const noexcept {
    return rows.empty() && ended.empty() && remarks.empty();
  }
};

/// A `cluster_meter` with somebody who does what it wants done. Outlives the
/// GAUGE, as `metering` does, and belongs to the GAUGE of the time.
class rows_keeper {
public:
  /// `stated`: the last tick before this life's first.
  rows_keeper(cluster::life me, meter::tick stated, row_sender send,
              cluster::cluster_meter_settings settings = {});

  /// What the ledger has of a life, before anything else is told.
  void restore(const ledger::unfinished_life& what);

  template <class Do>
  void with(Do what) {
    what(meter_, out_);
    done();
  }
  void take(const cluster::life& from, cluster::record_kind kind,
            std::string_view bytes, std::int64_t now_ns);

  rows_for_ledger take_for_ledger() { return std::exchange(kept_, {}); }
  /// How lives stood that have ended, for the accounts of dead nodes.
  std::vector<cluster::last_reading> take_last() {
    return std::exchange(last_, {});
  }
  /// Final ticks since the last call, if the meter tells them.
  std::vector<cluster::final_tick> take_finals() {
    return std::exchange(finals_, {});
  }
  const row_sender& sender() const noexcept { return send_; }
  const cluster::cluster_meter& meter() const noexcept { return meter_; }

  std::shared_ptr<const cluster_gauge> gauge() const;

private:
  void done();

  cluster::cluster_meter meter_;
  row_sender send_;
  cluster::meter_effects out_;
  rows_for_ledger kept_;
  std::vector<cluster::last_reading> last_;
  std::vector<cluster::final_tick> finals_;
};

} // namespace tidewire
