// What the GAUGE does about caps: after every tick, and when an operator says.
#include "actors/gauge.hpp"
#include "actors/webhooks.hpp"

namespace tidewire {

// Of everything that was stated since: after a pause, several ticks.
void gauge::mind_caps() {
  if (!caps_)
    return;
  for (auto& block : metering_->unconfirmed())
    caps_->on_tick(block);
  tell_caps();
}

void gauge::tell_caps() {
  if (!memory_->webhooks)
    return;
  if (auto news = caps_->take_news(); !news.empty())
    send(memory_->webhooks, caps_moved{std::move(news)});
}

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

void gauge::plans_are(const apps_known& x) {
  if (!caps_ || !x.plans)
    return;
  caps_->plans_are(metering_->last(), *x.plans, x.apps);
  tell_caps();
}

grace_answer gauge::order(const grace_order& x) {
  if (!caps_)
    return {"Nothing is metered here (meter.enabled = false)."};
  auto no =
      x.seconds > 0 ? caps_->grant(x.whose, x.seconds) : caps_->revoke(x.whose);
  tell_caps();
  return {no.value_or("")};
}

caps_standing gauge::standing() const {
  if (!caps_)
    return {};
  return {true, caps_->last(), caps_->standings()};
}

} // namespace tidewire
