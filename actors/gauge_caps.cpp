// What the GAUGE does about caps: after every tick, and when an operator says.
#include "actors/gauge_caps.hpp"
#include "actors/gauge.hpp"
#include "actors/state/cluster/cap_council.hpp"
#include "actors/webhooks.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <caf/atom.hpp>

#include <chrono>

namespace tidewire {

namespace {

constexpr auto caps_atom = caf::atom("caps");
using caps_turn = caf::atom_constant<caps_atom>;

constexpr std::chrono::milliseconds caps_pause{100};

// Ticks are final a moment after they are over, unless a node is silent.
constexpr std::int64_t silent_ticks = 3;

} // namespace

// Of everything that was stated since: after a pause, several ticks.
void gauge::mind_caps() {
  if (!caps_)
    return;
  if (caps_->council()) {
    mind_cluster_caps();
    look_ahead();
  } else {
    for (auto& block : metering_->unconfirmed())
      caps_->on_tick(block);
  }
  tell_caps();
}

void gauge::tell_caps() {
  if (!memory_->webhooks)
    return;
  if (auto news = caps_->take_news(); !news.empty())
    send(memory_->webhooks,
         caps_moved{std::move(news), caps_->council() != nullptr});
}

// -- in a cluster -------------------------------------------------------------

caf::message_handler gauge::caps_behavior() {
  delayed_send(this, caps_pause, caps_turn::value);
  return {
      [this](caps_turn) {
        delayed_send(this, caps_pause, caps_turn::value);
        mind_cluster_caps();
        tell_caps();
      },
      [this](const cap_record_came& x) {
        caps_->with_council([&](auto& council, auto& out) {
          if (!council.take(x.from, x.kind, x.bytes, out))
            log_debug("cap_record_refused",
                      "a record of kind {} from node {} is not understood",
                      static_cast<unsigned>(x.kind), x.from.node);
        });
        tell_caps();
      },
  };
}

void gauge::mind_cluster_caps() {
  auto finals = memory_->rows->take_finals();
  caps_->with_council([&](auto& council, auto& out) {
    for (auto& x : finals)
      council.final(x, out);
    council.turn(net::steady_ns(), out);
  });
}

// Whoever is heard has stated the tick before the newest.
void gauge::look_ahead() {
  auto& meter = memory_->rows->meter();
  auto at = meter.newest() - 1;
  if (at - meter.final_through() < silent_ticks) {
    caps_->look_back();
    return;
  }
  auto known = meter.at(at);
  std::vector<meter::cap_use> uses;
  for (cluster::app_number i = 1; i < known.least.size(); ++i)
    if (auto open = known.least[i].billable(); open != 0)
      uses.push_back({meter.apps().id(i).text, open, 0});
  caps_->look_ahead(at, uses);
}

// -- months -------------------------------------------------------------------

// One at a time: the LEDGER reads a month, while ticks wait.
void gauge::ask_month() {
  if (!caps_ || month_asked_ || !ledger_ || ending_ || !caps_->question())
    return;
  month_asked_ = true;
  auto asked = *caps_->question();
  request(ledger_, caf::infinite, read_month{asked})
      .then(
          [this, asked](const month_read& x) {
            month_asked_ = false;
            caps_->answer(asked, x.broadcasts);
            ask_month();
          },
          // It failed; its successor is asked with the next tick.
          [this](caf::error&) { month_asked_ = false; });
}

// -- orders and questions -----------------------------------------------------

void gauge::plans_are(const apps_known& x) {
  if (!caps_ || !x.plans)
    return;
  caps_->plans_are(metering_->last(), *x.plans, x.apps);
  tell_caps();
}

grace_answer gauge::order(const grace_order& x) {
  if (!caps_)
    return {"Nothing is metered here (meter.enabled = false)."};
  auto until = meter::tick{x.until_s};
  if (x.seconds > 0)
    until = (caps_->council() ? metering_->last() : caps_->last()) + x.seconds;
  auto no =
      until.number > 0 ? caps_->grant(x.whose, until) : caps_->revoke(x.whose);
  tell_caps();
  return {no.value_or(""), until.number};
}

caps_standing gauge::standing() const {
  if (!caps_)
    return {};
  caps_standing out;
  out.metered = true;
  out.at = caps_->last();
  out.caps = caps_->standings();
  if (auto* council = caps_->council()) {
    out.clustered = true;
    out.known = council->standing();
    out.ahead = caps_->looks_ahead();
    for (auto& each : out.caps) {
      auto owner = council->owner_of(each.whose);
      out.owners.push_back(owner ? owner->node : std::string{});
    }
    auto& meter = memory_->rows->meter();
    if (meter.newest() - meter.final_through() > silent_ticks)
      for (auto& life : meter.lives())
        if (life.lacks)
          out.missing.push_back(life.who.node);
  }
  return out;
}

} // namespace tidewire
