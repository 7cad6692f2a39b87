#include "actors/cap_keeper.hpp"

#include "actors/state/cluster/cap_council.hpp"
#include "actors/state/node_limits.hpp"
#include "config/accounts.hpp"
#include "net/log.hpp"

#include <utility>

namespace tidewire {

namespace {

constexpr std::size_t most_news = 10'000; // while nobody takes them

meter::when_over when_over_of(std::string_view text) {
  if (text == "refuse_4004")
    return meter::when_over::refuse_4004;
  return text == "observe" ? meter::when_over::observe
                           : meter::when_over::refuse_4100;
}

std::int64_t seconds(config::duration length) {
  return std::chrono::duration_cast<std::chrono::seconds>(length).count();
}

void log(const cap_notice& notice) {
  auto& [row, tier] = notice;
  auto& x = row.what;
  auto text =
      std::string{name_of(row.whose.of)} + ' ' + row.whose.name + ": "
      + std::string{name_of(row.whose.kind)} + " went from "
      + std::string{name_of(x.from)} + " to " + std::string{name_of(x.to)}
      + " (" + std::string{name_of(x.cause)} + "): " + std::to_string(x.value)
      + " in use, " + std::to_string(x.cap) + " in tier \"" + tier + '"';
  if (x.deadline)
    text += "; the grace ends " + meter::render_time(x.deadline->number, "UTC");
  if (x.to >= meter::cap_level::grace)
    log_warning("cap_changed", "{}", text);
  else
    log_info("cap_changed", "{}", text);
}

} // namespace

meter::tier tier_of(const config::tier& from) {
  return {.name = from.name,
          .connections = from.connections,
          .broadcasts = from.broadcasts,
          .grace_seconds = seconds(from.grace),
          .near_percent = from.near,
          .hysteresis_percent = from.hysteresis,
          .over = when_over_of(from.over),
          .price_cents = from.price_cents};
}

meter::meter_settings meter_settings_of(const config::meter_settings& from) {
  return {.enabled = from.enabled,
          .tick_days = from.tick_days,
          .minute_days = from.minute_days,
          .sample_seconds = static_cast<std::uint32_t>(seconds(from.sample)),
          .time_zone = from.time_zone};
}

// Deleted apps are in the table, too, but no id finds them.
meter::cap_plans plans_of(const config::settings& settings,
                          const app_table& apps) {
  meter::cap_plans out;
  out.time_zone = settings.meter.time_zone;
  for (auto& each : settings.tiers)
    out.tiers.push_back(tier_of(each));
  for (auto& each : settings.accounts)
    out.accounts.push_back({.name = each.name,
                            .tier = each.tier,
                            .apps = each.apps,
                            .max_apps = each.max_apps});
  config::membership members{settings.accounts};
  for (app_index i = 0; i < apps.size(); ++i) {
    auto& app = apps[i];
    if (apps.by_id(app.id) != i)
      continue;
    auto* account = members.of(app);
    out.apps.push_back({.id = app.id,
                        .tier = app.tier,
                        .account = account ? account->name : std::string{},
                        .internal = app.internal});
  }
  return out;
}

cap_keeper::cap_keeper(std::span<const meter::cap_row> rows, node_limits& doors)
    : book_(rows), doors_(doors) {}

cap_keeper::~cap_keeper() = default;

void cap_keeper::plans_are(meter::tick at, const meter::cap_plans& plans,
                           const app_table& apps) {
  apps_ = apps;
  last_ = council_ ? council_->through() : std::max(last_, at);
  if (council_) {
    plans_ = plans;
    look_back();
  }
  meter::cap_effects effects;
  book_.configure(last_, plans, effects);
  take(effects);
}

void cap_keeper::on_tick(const meter::tick_block& block) {
  if (block.at <= last_)
    return;
  last_ = block.at;
  std::vector<meter::cap_use> uses;
  uses.reserve(block.apps.size());
  for (auto& [app, figures] : block.apps)
    if (app != meter::all_apps)
      uses.push_back(
          {app.text, figures.now.billable(), figures.did.broadcasts});
  meter::cap_effects effects;
  book_.on_tick(block.at, uses, block.restated, effects);
  take(effects);
}

std::optional<std::string> cap_keeper::grant(const meter::cap_subject& whose,
                                             meter::tick until) {
  meter::cap_effects effects;
  auto no = book_.grant(last_, whose, until, effects);
  take(effects);
  return no;
}

std::optional<std::string> cap_keeper::revoke(const meter::cap_subject& whose) {
  meter::cap_effects effects;
  auto no = book_.revoke(last_, whose, effects);
  take(effects);
  return no;
}

void cap_keeper::rule(const meter::cap_effects& effects) {
  for (auto& [app, verdict] : effects.verdicts)
    if (auto at = apps_.by_id(app); at != no_app)
      doors_.rule(at, verdict);
}

// The doors first: what is written and told may wait. In a cluster its council
// says which node tells it.
void cap_keeper::take(meter::cap_effects& effects) {
  if (council_) {
    with_council([&](auto& council, auto& out) {
      council.changed(std::move(effects), out);
    });
    return;
  }
  rule(effects);
  for (auto& row : effects.rows) {
    keep(row);
    tell(row);
  }
}

void cap_keeper::keep(const meter::cap_row& row) {
  log({row, std::string{book_.tier_of(row.whose)}});
  unsafe_.push_back({row, std::nullopt});
}

void cap_keeper::tell(const meter::cap_row& row) {
  if (news_.size() < most_news)
    news_.push_back({row, std::string{book_.tier_of(row.whose)}});
}

// -- the month's broadcasts ---------------------------------------------------

const std::optional<meter::month_question>& cap_keeper::question() {
  if (!question_)
    question_ = book_.next_question();
  return question_;
}

void cap_keeper::answer(const meter::month_question& asked,
                        std::optional<std::uint64_t> broadcasts) {
  if (question_ == asked)
    question_.reset();
  if (broadcasts)
    book_.answer(asked, *broadcasts);
}

// -- rows on their way --------------------------------------------------------

std::vector<meter::cap_row> cap_keeper::rows_to_state(meter::tick last) {
  std::vector<meter::cap_row> out;
  for (auto& each : unsafe_)
    if (!each.sent_with) {
      each.sent_with = last;
      out.push_back(each.row);
    }
  return out;
}

void cap_keeper::confirmed(meter::tick last) {
  while (!unsafe_.empty() && unsafe_.front().sent_with
         && *unsafe_.front().sent_with <= last)
    unsafe_.pop_front();
}

void cap_keeper::state_again() {
  for (auto& each : unsafe_)
    each.sent_with.reset();
}

std::vector<cap_notice> cap_keeper::take_news() {
  return std::exchange(news_, {});
}

} // namespace tidewire
