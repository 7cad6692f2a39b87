// The GAUGE's ticks: frozen by the reactors, stated here, kept by the LEDGER.
#include "actors/gauge.hpp"

#include "actors/ledger_keeper.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <caf/send.hpp>

#include <cstdlib>
#include <utility>

namespace tidewire {

namespace {

// Cluster time that is so far from the wall clock is an alarm (design §6).
constexpr std::int64_t offset_alarm_ns = 100'000'000;

} // namespace

void gauge::begin_tick() {
  ask_to_freeze(metering_->begin(metering::clocks_now()));
}

void gauge::ask_to_freeze(const metering::round& x) {
  for (std::uint32_t i = 0; i < routers_.size(); ++i)
    if (metering_->awaits(i))
      send(routers_[i], freeze_at{x.number, x.at_ns});
}

// A ROUTER or a GAUGE may have failed with the question or the answer, or a
// reactor stands still. The seconds in between are stated with a later one,
// from the stamps of what happened in them.
void gauge::ask_again() {
  constexpr std::int64_t patience_ns = 1'000'000'000;
  if (net::steady_ns() <= metering_->present().at_ns + patience_ns)
    return;
  if (ending_)
    ask_to_freeze(metering_->present());
  else
    begin_tick();
}

void gauge::take_tick(const frozen& x) {
  if (!metering_->take(x.round, x.reading))
    return;
  if (!ending_)
    begin_tick();
  if (memory_->rows)
    state_rows();
  mind_caps();
  hand_over();
  ask_month();
  auto health = metering_->health();
  auto off = std::abs(health.clock_offset_ns) > offset_alarm_ns;
  if (off != std::exchange(clock_alarmed_, off)) {
    if (off)
      log_error("clock_offset",
                "cluster time and this machine's clock are {} ms apart; ticks "
                "are a little longer or shorter until they meet",
                health.clock_offset_ns / 1'000'000);
    else
      log_info("clock_offset_gone", "cluster time agrees with the clock again");
  }
  if (ending_)
    end_ledger();
}

// What this LEDGER has not been told yet.
void gauge::hand_over() {
  ticks_stated what{{}, {}, caf::actor{this}, {}};
  for (auto& block : metering_->unconfirmed())
    if (block.at > handed_over_)
      what.blocks.push_back(block);
  if (what.blocks.empty())
    return;
  handed_over_ = what.blocks.back().at;
  if (caps_)
    what.transitions = caps_->rows_to_state(handed_over_);
  if (memory_->rows)
    what.others = memory_->rows->take_for_ledger();
  send(ledger_, std::move(what));
}

void gauge::ledger_is(caf::actor who) {
  ledger_ = std::move(who);
  handed_over_ = {};
  if (caps_)
    caps_->state_again();
  hand_over();
}

void gauge::confirm(const ticks_taken& x) {
  metering_->confirmed(x.last, x.wants_restated);
  if (caps_)
    caps_->confirmed(x.last);
  store_health_ = x.health;
}

caf::response_promise gauge::state_last_tick() {
  ending_ = make_response_promise();
  if (ledger_)
    ask_to_freeze(metering_->begin_last(metering::clocks_now()));
  else
    ending_->deliver(true);
  return *ending_;
}

// Its mailbox keeps the order: first the last ticks, then this.
void gauge::end_ledger() {
  if (memory_->rows)
    memory_->rows->with([](auto& meter, auto& out) { meter.say_goodbye(out); });
  request(ledger_, caf::infinite, say_goodbye{})
      .then([this](bool written) { ending_->deliver(written); },
            [this](caf::error&) { ending_->deliver(false); });
}

meter_health gauge::metered() const {
  if (!metering_)
    return {};
  auto health = metering_->health();
  health.alarm = store_health_.alarm;
  health.waiting_ticks += store_health_.waiting_ticks;
  health.unknown_ticks += store_health_.lost_ticks;
  return health;
}

} // namespace tidewire
