// tiers: the caps there are, and how everybody stands to them.
#include "actors/commands/plans.hpp"
#include "actors/commands/table.hpp"
#include "actors/gauge.hpp"
#include "actors/shard.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace tidewire::commands {

namespace {

cell cap_cell(std::uint64_t cap) {
  return cap == 0 ? cell{std::string{"none"}} : whole(cap);
}

cell or_dash(const std::string& text) {
  return cell{text.empty() ? std::string{"-"} : text};
}

listing tiers_of(const meter::cap_plans& plans) {
  listing out{"tiers",
              {{"tier"},
               {"connections", unit::count},
               {"broadcasts", unit::count, "broadcasts/month"},
               {"grace_seconds", unit::seconds, "grace"},
               {"over"},
               {"price", unit::number}},
              {},
              "Tiers"};
  for (auto& x : plans.tiers)
    out.rows.push_back({x.name, cap_cell(x.connections), cap_cell(x.broadcasts),
                        whole(x.grace_seconds), std::string{name_of(x.over)},
                        x.price_cents == 0
                            ? cell{}
                            : cell{static_cast<double>(x.price_cents) / 100}});
  return out;
}

listing accounts_of(const meter::cap_plans& plans) {
  listing out{"accounts",
              {{"account"},
               {"tier"},
               {"apps", unit::count},
               {"max_apps", unit::count, "at most"}},
              {},
              "Accounts"};
  for (auto& x : plans.accounts)
    out.rows.push_back(
        {x.name, or_dash(x.tier),
         whole(std::count_if(plans.apps.begin(), plans.apps.end(),
                             [&](auto& a) { return a.account == x.name; })),
         cap_cell(x.max_apps)});
  return out;
}

listing apps_of(const meter::cap_plans& plans) {
  listing out{"apps",
              {{"app"}, {"tier"}, {"account"}, {"internal", unit::yes_no}},
              {},
              "Apps"};
  for (auto& x : plans.apps)
    out.rows.push_back({x.id, or_dash(x.tier), or_dash(x.account), x.internal});
  return out;
}

listing states_of(const caps_standing& now, std::string_view app) {
  listing out{"caps",
              {{"of"},
               {"name"},
               {"cap_of"},
               {"state"},
               {"value", unit::count},
               {"cap", unit::count},
               {"used", unit::percent},
               {"deadline", unit::time}},
              {},
              "How they stand"};
  if (now.clustered)
    out.columns.push_back({"told_by", unit::text, "told by"});
  for (std::size_t i = 0; i < now.caps.size(); ++i) {
    auto& x = now.caps[i];
    auto is_app = x.whose.of == meter::cap_subject::scope::app;
    if (!app.empty() && (!is_app || x.whose.name != app))
      continue;
    out.rows.push_back(
        {std::string{name_of(x.whose.of)}, x.whose.name,
         std::string{name_of(x.whose.kind)}, std::string{name_of(x.level)},
         x.value_known ? whole(x.value) : cell{}, cap_cell(x.cap),
         x.cap == 0 || !x.value_known
             ? cell{}
             : cell{100.0 * static_cast<double>(x.value)
                    / static_cast<double>(x.cap)},
         x.deadline ? cell{x.deadline->number * 1000} : cell{}});
    if (now.clustered)
      out.rows.back().push_back(or_dash(now.owners[i]));
  }
  return out;
}

void answer_tiers(const request& who) {
  auto plans = plans_now(who);
  std::string app;
  if (who.arguments().has("app")) {
    auto& name = who.arguments().text("app");
    auto& apps = who.at().shards.front()->apps;
    auto at = apps.by_id(name);
    at = at == no_app ? apps.by_key(name) : at;
    if (at == no_app) {
      who.reply(
          refused(status::not_found,
                  "There is no app with the id or key \"" + name + "\"."));
      return;
    }
    app = apps[at].id;
    std::erase_if(plans.apps, [&](auto& x) { return x.id != app; });
  }
  caf::anon_send(
      who.at().shards.front()->gauge,
      read_caps{[who, plans, app](const caps_standing& now) {
        answer out;
        if (app.empty()) {
          out.sections.emplace_back(tiers_of(plans));
          if (!plans.accounts.empty())
            out.sections.emplace_back(accounts_of(plans));
        }
        out.sections.emplace_back(apps_of(plans));
        out.sections.emplace_back(states_of(now, app));
        say_whose(now, out);
        if (!now.metered)
          out.notes.emplace_back("Nothing is metered here (meter.enabled = "
                                 "false), so no cap is minded.");
        else if (now.caps.empty())
          out.notes.emplace_back("Nobody is under a cap: give an app or "
                                 "account a tier.");
        who.reply(std::move(out));
      }});
}

} // namespace

command tiers_command() {
  return {"tiers",
          role::read,
          "Lists tiers, accounts, and how everybody stands to their caps.",
          "The state is ok, near (from 80 % of the cap), grace (above it, and "
          "nobody is refused before the deadline) or over. `grace` gives more "
          "time, or ends it.",
          {{"app", kind::app, "only this one", true}},
          {"tiers", "tiers 1"},
          answer_tiers};
}

} // namespace tidewire::commands
