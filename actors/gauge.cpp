#include "actors/gauge.hpp"

#include "actors/failure.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <caf/atom.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace tidewire {

namespace {

constexpr auto audit_atom = caf::atom("audit");
constexpr auto late_atom = caf::atom("late");
constexpr auto tick_atom = caf::atom("tick");
using audit_now = caf::atom_constant<audit_atom>;
using round_late = caf::atom_constant<late_atom>;
using tick_late = caf::atom_constant<tick_atom>;

// How long a reactor may take to answer; its loop turns in milliseconds.
constexpr std::chrono::seconds round_timeout{2};
constexpr std::chrono::seconds audit_interval{1};

} // namespace

gauge::gauge(caf::actor_config& cfg, std::shared_ptr<gauge_memory> memory,
             std::vector<caf::actor> routers, caf::actor ledger,
             kernel_count kernel)
    : caf::event_based_actor(cfg),
      memory_(std::move(memory)),
      state_(&memory_->state),
      metering_(memory_->meter.get()),
      caps_(memory_->caps.get()),
      routers_(std::move(routers)),
      ledger_(std::move(ledger)),
      kernel_(std::move(kernel)) {
  set_exception_handler(log_failure);
}

caf::behavior gauge::make_behavior() {
  delayed_send(this, audit_interval, audit_now::value);
  if (metering_) {
    begin_tick();
    delayed_send(this, audit_interval, tick_late::value);
  }
  caf::message_handler alone{
      [this](const facts_told& x) { count(x); },
      [this](const reading_taken& x) {
        auto at = std::find_if(rounds_.begin(), rounds_.end(),
                               [&](auto& r) { return r.number == x.round; });
        if (at == rounds_.end())
          return;
        at->readings.push_back(x.reading);
        at->unbooked += state_->unbooked(x.reading);
        if (at->readings.size() == routers_.size())
          conclude(x.round, true);
      },
      [this](const frozen& x) { take_tick(x); },
      [this](const ticks_taken& x) { confirm(x); },
      [this](const ledger_up& x) { ledger_is(x.ledger); },
      [this](const apps_known& x) {
        if (metering_)
          metering_->apps_are(x.apps);
        if (memory_->rights)
          memory_->rights->apps_are(x.apps);
        plans_are(x);
      },
      [this](const webhooks_up& x) { memory_->webhooks = x.webhooks; },
      [this](const grace_order& x) { x.then(order(x)); },
      [this](const read_caps& x) { x.then(standing()); },
      [this](const state_last&) { return state_last_tick(); },
      [this](tick_late) {
        ask_again();
        delayed_send(this, audit_interval, tick_late::value);
      },
      [this](const read_gauge&) {
        auto promise = make_response_promise();
        read([promise](const gauge_reading& x) mutable { promise.deliver(x); });
        return promise;
      },
      [this](const routers_up& x) { routers_ = x.routers; },
      [this](const webhooks_counted& x) { webhooks_ = x.apps; },
      [this](const actor_restarted&) { state_->count_restart(); },
      [this](audit_now) { audit(); },
      [this](round_late, std::uint64_t number) { conclude(number, false); },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  };
  if (memory_->rows)
    return alone.or_else(cluster_behavior())
        .or_else(rights_behavior())
        .or_else(caps_behavior());
  return alone;
}

// Reactors keep what was not confirmed; a confirmation for every so many facts
// bounds that without a message for each batch.
void gauge::count(const facts_told& x) {
  constexpr std::uint64_t step = 1024;
  auto reactor = x.batch.reactor;
  auto before = state_->counted(reactor);
  auto known = state_->apply(x.first, x.batch);
  if (metering_)
    metering_->note(reactor, std::span{x.batch.events}.subspan(known));
  if (memory_->rights) {
    memory_->rights->note(std::span{x.batch.events}.subspan(known),
                          moment_now());
    turn_rights();
  }
  auto now = state_->counted(reactor);
  if (now / step != before / step && reactor < routers_.size())
    send(routers_[reactor], facts_counted{now});
}

void gauge::on_exit() {
  for (auto& x : std::exchange(rounds_, {}))
    x.then(state_->merge(x.readings, false));
}

void gauge::read(done then) {
  auto number = next_round_++;
  rounds_.push_back({number, {}, std::move(then), 0});
  for (auto& router : routers_)
    send(router, take_reading{number});
  delayed_send(this, round_timeout, round_late::value, number);
}

void gauge::conclude(std::uint64_t number, bool complete) {
  auto at = std::find_if(rounds_.begin(), rounds_.end(),
                         [&](auto& r) { return r.number == number; });
  if (at == rounds_.end())
    return;
  auto finished = std::move(*at);
  rounds_.erase(at);
  auto reading = state_->merge(finished.readings, complete, finished.unbooked);
  if (std::abs(kernel_audit_.drift()) > std::abs(reading.drift))
    reading.drift = kernel_audit_.drift();
  reading.webhooks = webhooks_;
  reading.meter = metered();
  if (memory_->windows)
    reading.windows = memory_->windows->get();
  if (memory_->rows) {
    auto sums = std::make_shared<cluster_gauge>(*memory_->rows->gauge());
    sums->awaited = memory_->rights->keeper().awaited(moment_now());
    reading.cluster = std::move(sums);
  }
  finished.then(reading);
}

// The kernel's dump costs time in proportion to the sockets, so the next one
// waits a hundred times as long as this one took: at most 1 % of one core.
void gauge::audit() {
  read([this](const gauge_reading& before) {
    auto begun = net::steady_ns();
    auto kernel = kernel_();
    auto cost = std::chrono::nanoseconds{net::steady_ns() - begun};
    std::chrono::nanoseconds pause{audit_interval};
    delayed_send(this, std::max(pause, 100 * cost), audit_now::value);
    if (!kernel || !before.complete) {
      alarm(before);
      return;
    }
    read([this, before, kernel](const gauge_reading& after) {
      if (after.complete)
        kernel_audit_.compare(before, *kernel, after);
      alarm(after);
    });
  });
}

void gauge::alarm(const gauge_reading& reading) {
  auto drift = std::abs(kernel_audit_.drift()) > std::abs(reading.drift)
                   ? kernel_audit_.drift()
                   : reading.drift;
  if (drift == alarmed_)
    return;
  alarmed_ = drift;
  if (drift != 0)
    log_error("gauge_drift",
              "the gauge is off by {}: {} open, {} pending and {} closing "
              "connections are known, {} sockets are held",
              drift, reading.open(), reading.pending, reading.closing,
              reading.sockets);
  else
    log_info("gauge_drift_gone", "the gauge agrees with the sockets again");
}

} // namespace tidewire
