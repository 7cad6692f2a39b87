#include "actors/rows_keeper.hpp"

#include "actors/state/meter/window.hpp"
#include "net/log.hpp"

namespace tidewire {

namespace {

ledger::entry_kind kind_of(cluster::end_kind how) noexcept {
  switch (how) {
  case cluster::end_kind::goodbye:
    return ledger::entry_kind::goodbye;
  case cluster::end_kind::dead:
    return ledger::entry_kind::dead;
  default:
    return ledger::entry_kind::forgotten;
  }
}

cluster::end_kind kind_of(ledger::entry_kind how) noexcept {
  switch (how) {
  case ledger::entry_kind::goodbye:
    return cluster::end_kind::goodbye;
  case ledger::entry_kind::forgotten:
    return cluster::end_kind::forgotten;
  default:
    return cluster::end_kind::dead;
  }
}

std::string sentence_about(const cluster::correction& x) {
  auto time = [](meter::tick t) { return meter::render_time(t.number, "UTC"); };
  return "the sums from " + time(x.ticks.first) + " to " + time(x.ticks.last)
         + " had been final without node " + x.whose.node + ": " + x.why;
}

} // namespace

rows_keeper::rows_keeper(cluster::life me, meter::tick stated, row_sender send,
                         cluster::cluster_meter_settings settings)
    : meter_(std::move(me), stated, settings), send_(std::move(send)) {}

void rows_keeper::restore(const ledger::unfinished_life& what) {
  cluster::tick_runs known;
  known.add({what.first, what.last});
  std::vector<cluster::rows_to_keep::row> rows;
  for (auto& x : what.journal)
    rows.push_back({x.at, x.before, x.block});
  with([&](auto& meter, auto& out) {
    meter.restore({what.whose, what.first}, known, rows);
    if (ledger::is_end(what.how))
      meter.ended(what.whose, {kind_of(what.how), what.last}, out);
  });
}

void rows_keeper::take(const cluster::life& from, cluster::record_kind kind,
                       std::string_view bytes, std::int64_t now_ns) {
  with([&](auto& meter, auto& out) {
    if (!meter.take(from, kind, bytes, now_ns, out))
      log_debug("row_record_refused",
                "a record of kind {} from node {} is not understood", kind,
                from.node);
  });
}

void rows_keeper::done() {
  auto out = std::exchange(out_, {});
  for (auto& x : out.send)
    send_(x.to, x.kind, std::move(x.bytes));
  for (auto& x : out.keep) {
    ledger::kept_rows rows{x.whose, x.first, {}};
    for (auto& row : x.rows)
      rows.rows.push_back({row.at, row.before, std::move(row.block)});
    kept_.rows.push_back(std::move(rows));
  }
  for (auto& x : out.ended) {
    kept_.ended.emplace_back(x.whose, kind_of(x.end.how));
    auto last = x.end.last.number;
    log_info("life_ended", "node {} has ended for the meter, {}", x.whose.node,
             last < 0 ? "without a row"
                      : "with its row of " + meter::render_time(last, "UTC"));
  }
  for (auto& x : out.last)
    last_.push_back(std::move(x));
  for (auto& x : out.finals)
    finals_.push_back(std::move(x));
  for (auto& x : out.settled)
    log_error("life_settled",
              "nothing has been heard of node {} for so long (meter.settle) "
              "that its part is recorded as unknown from its last row on",
              x.node);
  for (auto& x : out.corrections) {
    kept_.remarks.push_back(sentence_about(x));
    log_warning("final_tick_corrected", "{}", kept_.remarks.back());
  }
}

std::shared_ptr<const cluster_gauge> rows_keeper::gauge() const {
  auto out = std::make_shared<cluster_gauge>();
  auto& last = meter_.last_final();
  if (last.any) {
    out->final_at = last.at.number;
    out->final_total = last.of(0).open;
    out->final_unknown = last.unknown;
    for (cluster::app_number i = 1; i < last.apps.size(); ++i)
      if (last.apps[i].open != 0)
        out->final.emplace(meter_.apps().id(i).text, last.apps[i].open);
  }
  auto now = meter_.at(meter_.newest());
  out->newest_at = now.at.number;
  out->least = now.least.empty() ? 0 : now.least[0].open;
  out->most = now.most.empty() ? 0 : now.most[0].open;
  out->open_ended = now.open_ended;
  out->nodes = now.lives;
  out->answered = now.answered;
  for (auto& x : now.missing)
    out->missing.push_back(x.node);
  out->corrections = meter_.corrections();
  out->disputes = meter_.disputes();
  out->malformed = meter_.malformed();
  return out;
}

} // namespace tidewire
