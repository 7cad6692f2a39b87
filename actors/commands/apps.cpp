// apps: the apps of this node, and one of them in full.
#include "actors/commands/sweep.hpp"
#include "actors/commands/table.hpp"

#include <numeric>

namespace tidewire::commands {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (auto& each : words)
    out.append(out.empty() ? "" : ", ").append(each);
  return out;
}

cell limit_of(std::uint64_t x) {
  return x == 0 ? cell{std::string{"none"}} : whole(x);
}

app_gauge figures_of(const gauge_reading& reading, app_index app) {
  return app < reading.apps.size() ? reading.apps[app] : app_gauge{};
}

template <class Reason, class Counts>
listing reasons_of(std::string key, std::string title, const Counts& counts) {
  listing out{std::move(key),
              {{"reason"}, {"connections", unit::count}},
              {},
              std::move(title)};
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] != 0)
      out.rows.push_back(
          {std::string{name_of(static_cast<Reason>(i))}, whole(counts[i])});
  return out;
}

void note_missing(const gauge_reading& reading, answer& out) {
  if (reading.complete)
    return;
  out.status = status::partial;
  out.notes.emplace_back("Not every reactor has answered: the figures are too "
                         "low.");
}

answer list(const gauge_reading& reading, const app_table& apps) {
  listing rows{"apps",
               {{"id", unit::text, "app"},
                {"enabled", unit::yes_no},
                {"connections", unit::count},
                {"unauthorized", unit::count},
                {"max_connections", unit::count, "limit"},
                {"tier"},
                {"opened", unit::count},
                {"broadcasts", unit::count},
                {"deliveries", unit::count}},
               {}};
  for (app_index i = 0; i < apps.size(); ++i) {
    if (apps.by_id(apps[i].id) != i)
      continue; // deleted
    auto now = figures_of(reading, i);
    rows.rows.push_back(
        {apps[i].id, apps[i].enabled, whole(now.open), whole(now.unauthorized),
         limit_of(apps[i].max_connections), apps[i].tier, whole(now.opened),
         whole(now.broadcasts), whole(now.deliveries)});
  }
  answer out;
  out.sections.emplace_back(std::move(rows));
  note_missing(reading, out);
  return out;
}

answer describe(const gauge_reading& reading, const app_table& apps,
                app_index index) {
  auto& app = apps[index];
  auto now = figures_of(reading, index);
  std::vector<std::string> keys;
  for (auto& each : app.keys)
    keys.push_back(each.key);
  answer out;
  out.sections.emplace_back(
      facts{"",
            {{"id", unit::text, app.id, "app"},
             {"enabled", unit::yes_no, app.enabled},
             {"tier", unit::text, app.tier},
             {"keys", unit::text, joined(keys)},
             {"connections", unit::count, whole(now.open)},
             {"unauthorized", unit::count, whole(now.unauthorized)},
             {"opened", unit::count, whole(now.opened)},
             {"connection_seconds", unit::seconds,
              whole(now.connection_ns / 1'000'000'000), "connection time"},
             {"broadcasts", unit::count, whole(now.broadcasts)},
             {"deliveries", unit::count, whole(now.deliveries)}}});
  out.sections.emplace_back(
      facts{"settings",
            {{"max_connections", unit::count, limit_of(app.max_connections)},
             {"authorized_only", unit::yes_no, app.authorized_only},
             {"client_events", unit::yes_no, app.client_events},
             {"user_authentication", unit::yes_no, app.user_authentication},
             {"watchlist", unit::yes_no, app.watchlist},
             {"subscription_counts", unit::yes_no, app.subscription_counts},
             {"origins", unit::text,
              app.origins.empty() ? "any" : joined(app.origins)},
             {"webhooks", unit::count, whole(app.webhooks.size())}},
            "Settings"});
  out.sections.emplace_back(reasons_of<close_reason>(
      "closed", "Closed since the start, by reason", now.closed));
  out.sections.emplace_back(reasons_of<refuse_reason>(
      "refused", "Refused since the start, by reason", now.refused));
  note_missing(reading, out);
  return out;
}

void answer_apps(const request& who) {
  std::optional<app_index> only;
  if (who.arguments().has("app")) {
    answer no;
    only = named_app(who, no);
    if (!only) {
      who.reply(std::move(no));
      return;
    }
  }
  who.ask_gauge([who, only](const gauge_reading& reading) {
    auto& apps = who.at().shards.front()->apps;
    who.reply(only ? describe(reading, apps, *only) : list(reading, apps));
  });
}

} // namespace

command apps_command() {
  return {"apps",
          role::read,
          "Lists the apps, or tells of one.",
          "Counters are since this node started. Secrets are not shown. Over "
          "HTTP it is /v1/commands/apps, because /v1/apps creates, changes and "
          "deletes apps (docs/apps.md).",
          {{"app", kind::app, "the app to tell of", true}},
          {"apps", "apps 1 --json"},
          answer_apps};
}

} // namespace tidewire::commands
