// The part of the table (config/fields.hpp) that is about metering.
#include "config/durations.hpp"
#include "config/fields.hpp"

namespace tidewire::config {

namespace {

constexpr field<meter_settings> meter_fields[] = {
    {{.key = "enabled",
      .sentence = "Whether the ledger is kept and caps are watched; the gauges "
                  "of the metrics are there in any case.",
      .needs_restart = true},
     &meter_settings::enabled},
    {{.key = "tick_days",
      .sentence = "Days for which every second is kept.",
      .lowest = 1,
      .highest = 3660,
      .needs_restart = true},
     &meter_settings::tick_days},
    {{.key = "minute_days",
      .sentence = "Days for which every minute is kept; after them, days are.",
      .lowest = 1,
      .highest = 36'600,
      .needs_restart = true},
     &meter_settings::minute_days},
    {{.key = "sample",
      .sentence = "Length of a statement's samples: each is the count at its "
                  "end. In whole seconds.",
      .lowest = second,
      .highest = hour},
     &meter_settings::sample},
    {{.key = "settle",
      .sentence =
          "In a cluster: how long the seconds of a node that is lost, "
          "and not proved dead, stay provisional; then its part of them "
          "is recorded as unknown.",
      .lowest = 10 * second,
      .highest = 366 * day,
      .needs_restart = true},
     &meter_settings::settle},
    {{.key = "time_zone",
      .sentence = "Time zone of calendar months and days: those of statements, "
                  "and that in which broadcasts are counted.",
      .rule = &rules::time_zone},
     &meter_settings::time_zone},
    {{.key = "webhook_url",
      .sentence = "Where each step of a cap is posted to (near, grace, over, "
                  "and back); empty = nowhere.",
      .rule = &rules::http_url_or_empty},
     &meter_settings::webhook_url},
    {{.key = "webhook_secret",
      .sentence = "What signs those posts (X-Tidewire-Signature).",
      .rule = &rules::secret_or_empty,
      .secret = true},
     &meter_settings::webhook_secret},
};

constexpr field<tier> tier_fields[] = {
    {{.key = "name",
      .sentence = "What apps and accounts name it by.",
      .rule = &rules::name},
     &tier::name},
    {{.key = "connections",
      .sentence = "Most connections at one time; crossing it begins the grace. "
                  "0 = no cap.",
      .highest = std::numeric_limits<std::uint32_t>::max()},
     &tier::connections},
    {{.key = "broadcasts",
      .sentence = "Most events taken from publishers and clients in a calendar "
                  "month, counted once per channel; 0 = no cap.",
      .highest = std::numeric_limits<std::uint32_t>::max()},
     &tier::broadcasts},
    {{.key = "grace",
      .sentence = "How long a cap may be crossed before it bites; 0s = at "
                  "once.",
      .highest = 366 * day},
     &tier::grace},
    {{.key = "near",
      .sentence = "Percent of a cap from which on it is reported as near.",
      .lowest = 1,
      .highest = 100},
     &tier::near},
    {{.key = "hysteresis",
      .sentence = "How far below a line, in percent of the cap, one has to "
                  "fall to be below it again.",
      .highest = 50},
     &tier::hysteresis},
    {{.key = "over",
      .sentence = "What newcomers are told when the grace has run out: 4100 "
                  "(try again), 4004 (do not), or nothing. Open connections "
                  "stay.",
      .choices = rules::when_over},
     &tier::over},
    {{.key = "price_cents",
      .sentence = "Price of a month, in hundredths of the currency, for sizing "
                  "only; 0 = not said.",
      .highest = std::numeric_limits<std::uint32_t>::max()},
     &tier::price_cents},
};

constexpr field<account> account_fields[] = {
    {{.key = "name",
      .sentence = "What it is called in statements, and by apps.",
      .rule = &rules::name,
      .example = "example-account"},
     &account::name},
    {{.key = "tier",
      .sentence = "The tier whose caps hold for the sum of its apps, by name; "
                  "empty = none. An app may have a tier of its own besides.",
      .rule = &rules::name_or_empty},
     &account::tier},
    {{.key = "apps",
      .sentence = "Ids of apps that belong to it, besides those that name it.",
      .rule = &rules::app_id},
     &account::apps},
    {{.key = "max_apps",
      .sentence = "Most apps it may have; 0 = any number.",
      .highest = 1'000'000},
     &account::max_apps},
};

} // namespace

template <>
std::span<const field<meter_settings>> fields_of<meter_settings>() {
  return meter_fields;
}

template <>
std::span<const field<tier>> fields_of<tier>() {
  return tier_fields;
}

template <>
std::span<const field<account>> fields_of<account>() {
  return account_fields;
}

} // namespace tidewire::config
