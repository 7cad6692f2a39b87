#include "actors/ledger_keeper.hpp"

#include "messages/node_messages.hpp"
#include "net/log.hpp"

#include <caf/send.hpp>

#include <stdexcept>
#include <utility>

namespace tidewire {

namespace {

// What lasts is told again, but does not fill the disk that may be full.
constexpr std::int64_t alarm_pause_ns = 60'000'000'000;

// A portion is a day of one author, tens of milliseconds; nothing is urgent.
constexpr std::int64_t prune_pause_ns = 60'000'000'000;
constexpr std::int64_t portion_pause_ns = 2'000'000'000;

// An answer about a chain takes some milliseconds of this thread, and ticks
// come between them.
constexpr int answers_a_tick = 4;

} // namespace

ledger_office::ledger_office(caf::actor_system& system, std::uint32_t index,
                             const std::string& path, meter::author me,
                             meter::meter_settings s, bool in_cluster)
    : host(system, index, "ledger"),
      file(path),
      author(me),
      settings(std::move(s)),
      clustered(in_cluster),
      store(path, std::move(me), {}, in_cluster) {}

ledger_keeper::ledger_keeper(caf::actor_config& cfg, net::reactor& where,
                             ledger_office& office)
    : pinned_actor(cfg, where), office_(office) {}

caf::behavior ledger_keeper::make_behavior() {
  prune_at_ns_ = host().now() + prune_pause_ns;
  tell_alarm(office_.store.health());
  return {
      [this](const ticks_stated& x) { take(x); },
      [this](const say_goodbye&) {
        auto written = office_.store.say_goodbye();
        tell_alarm(office_.store.health());
        return written;
      },
      [this](const read_month& x) { return read(x.what); },
      [this](const chain_record_in& x) { take(x); },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  };
}

void ledger_keeper::take(const ticks_stated& what) {
  taken_over();
  auto& store = office_.store;
  for (auto& row : what.transitions)
    store.write(row);
  for (auto& rows : what.others.rows)
    store.keep(rows);
  for (auto& block : what.blocks)
    store.write(block);
  auto health = store.health();
  tell_alarm(health);
  if (what.blocks.empty())
    return;
  auto last = what.blocks.back().at;
  if (!what.others.ended.empty() || !what.others.remarks.empty())
    keep(what.others, last);
  // When everybody has folded the minute, and before the next one is over.
  constexpr int told_at = 40;
  if (office_.clustered && meter::place_of(last) == told_at)
    tell_chains(std::nullopt, what.gauge);
  caf::anon_send(what.gauge,
                 ticks_taken{last, store.wants_restated(), std::move(health)});
  answers_left_ = answers_a_tick;
  answer_waiting(what.gauge);
  prune(last);
}

month_read ledger_keeper::read(const meter::month_question& what) {
  try {
    if (!months_)
      months_ =
          std::make_unique<ledger::month_counter>(office_.file, office_.author);
    return {months_->count({what.app}, what.over, what.earlier_lives)};
  } catch (const sqlite::error& error) {
    months_.reset();
    log_error("month_unknown",
              "the broadcasts of app {} in this month could not be read: {}; "
              "its cap on them counts from the start of this process",
              what.app, error.what());
    return {};
  }
}

void ledger_keeper::prune(meter::tick now) {
  if (host().now() < prune_at_ns_)
    return;
  auto more = office_.store.prune(now, office_.settings);
  prune_at_ns_ = host().now() + (more ? portion_pause_ns : prune_pause_ns);
}

void ledger_keeper::tell_alarm(const ledger::store_health& health) {
  if (health.alarm.empty()) {
    if (std::exchange(told_at_ns_, 0) != 0)
      log_info("ledger_recovered",
               "the ledger is written again; {} ticks of this run are unknown",
               health.lost_ticks);
    return;
  }
  if (told_at_ns_ != 0 && host().now() - told_at_ns_ < alarm_pause_ns)
    return;
  told_at_ns_ = host().now();
  log_error("ledger_alarm", "{}", health.alarm);
}

} // namespace tidewire
