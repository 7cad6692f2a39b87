// grace: how the caps of tiers stand; gives a grace, or ends one.
#include "actors/commands/plans.hpp"
#include "actors/commands/sweep.hpp"
#include "actors/commands/table.hpp"
#include "actors/gauge.hpp"
#include "actors/grace_rows.hpp"
#include "actors/shard.hpp"
#include "config/accounts.hpp"

#include <caf/send.hpp>

#include <memory>

namespace tidewire::commands {

namespace {

using meter::cap_kind;
using meter::cap_subject;

// Whom it is about; nothing: everybody.
struct target {
  std::optional<std::string> app, account;
  std::optional<cap_kind> kind;

  bool includes(const cap_subject& whose) const {
    auto named = whose.of == cap_subject::scope::app ? app : account;
    return ((!app && !account) || named == whose.name)
           && (!kind || kind == whose.kind);
  }
};

answer standing_of(const target& whom, const caps_standing& now) {
  if (!now.metered)
    return refused(status::failed,
                   "Nothing is metered here (meter.enabled = false), so no cap "
                   "is watched.");
  listing rows{"caps",
               {{"of"},
                {"name"},
                {"cap"},
                {"tier"},
                {"state"},
                {"value", unit::count, "in use"},
                {"limit", unit::count},
                {"deadline", unit::time},
                {"over", unit::text, "when over"}},
               {}};
  answer out;
  for (auto& each : now.caps) {
    if (!whom.includes(each.whose))
      continue;
    rows.rows.push_back(
        {std::string{name_of(each.whose.of)}, each.whose.name,
         std::string{name_of(each.whose.kind)}, each.tier,
         std::string{name_of(each.level)},
         each.value_known ? whole(each.value) : cell{}, whole(each.cap),
         each.deadline ? whole(each.deadline->number * 1000) : cell{},
         std::string{name_of(each.over)}});
    if (!each.value_known)
      out.status = status::partial;
  }
  if (rows.rows.empty())
    out.notes.emplace_back("No cap: it takes a tier, of the app or of its "
                           "account (docs/tiers.md).");
  if (out.status == status::partial)
    out.notes.emplace_back("Where nothing is known yet, the month's broadcasts "
                           "are still being read from the ledger.");
  out.as_of_ms = now.at.number * 1000;
  say_whose(now, out);
  out.sections.emplace_back(std::move(rows));
  return out;
}

void tell(const request& who, target whom) {
  caf::anon_send(
      who.at().shards.front()->gauge,
      read_caps{[who, whom = std::move(whom)](const caps_standing& now) {
        who.reply(standing_of(whom, now));
      }});
}

// What is done here holds on the other nodes of a cluster as well.
void spread(const request& who, const cap_subject& whose,
            std::int64_t until_s) {
  who.ask_registry({"POST", grace_id(whose), std::to_string(until_s)},
                   [](const admin_answer&) {});
}

// One order for each cap that is meant; what one of them is refused for, all
// are told. Ordered, and so answered, in the order of the mailbox.
void order(const request& who, const target& whom, std::int64_t seconds) {
  struct outcome {
    std::string refusals;
    std::size_t done = 0;
  };
  auto all = std::make_shared<outcome>();
  auto& gauge = who.at().shards.front()->gauge;
  for (auto kind : {cap_kind::connections, cap_kind::broadcasts}) {
    if (whom.kind && whom.kind != kind)
      continue;
    cap_subject whose{whom.app ? cap_subject::scope::app
                               : cap_subject::scope::account,
                      whom.app ? *whom.app : *whom.account, kind};
    caf::anon_send(gauge, grace_order{whose, seconds,
                                      [who, whose, all](const grace_answer& x) {
                                        if (x.refusal.empty()) {
                                          ++all->done;
                                          spread(who, whose, x.until_s);
                                        } else if (all->refusals != x.refusal) {
                                          all->refusals +=
                                              (all->refusals.empty() ? "" : " ")
                                              + x.refusal;
                                        }
                                      }});
  }
  caf::anon_send(gauge, read_caps{[who, whom, all](const caps_standing& now) {
                   if (all->done == 0)
                     who.reply(refused(status::failed, all->refusals));
                   else
                     who.reply(standing_of(whom, now));
                 }});
}

// The caps of an app are those of its account as well.
void add_account(const request& who, target& whom) {
  auto& home = *who.at().shards.front();
  if (!whom.app || whom.account)
    return;
  auto index = home.apps.by_id(*whom.app);
  config::membership members{home.settings.accounts};
  if (index != no_app)
    if (auto* account = members.of(home.apps[index]))
      whom.account = account->name;
}

void answer_grace(const request& who) {
  auto& said = who.arguments();
  target whom;
  if (said.has("app")) {
    answer no;
    auto app = named_app(who, no);
    if (!app) {
      who.reply(std::move(no));
      return;
    }
    whom.app = who.at().shards.front()->apps[*app].id;
  }
  if (said.has("account"))
    whom.account = said.text("account");
  if (said.has("cap"))
    whom.kind = said.text("cap") == "broadcasts" ? cap_kind::broadcasts
                                                 : cap_kind::connections;
  auto grants = said.has("grant");
  auto revokes = said.flag("revoke");
  if (!grants && !revokes) {
    add_account(who, whom);
    tell(who, std::move(whom));
  } else if (grants && revokes) {
    who.reply(refused(status::usage, "Either --grant or --revoke."));
  } else if (whom.app.has_value() == whom.account.has_value()) {
    who.reply(refused(status::usage,
                      "Whose grace? Name an app, or --account and its name."));
  } else {
    auto length = grants ? said.duration("grant").count() / 1000 : 0;
    if (grants && length < 1)
      who.reply(refused(status::usage, "A grace is at least one second long."));
    else
      order(who, whom, length);
  }
}

} // namespace

command grace_command() {
  return {
      "grace",
      role::read,
      "Tells how the caps of tiers stand; gives a grace, or ends one.",
      "A grace that is given runs from now on and ends at its time; who was "
      "over is let in at once. One that is given before the cap is crossed "
      "is used when it is. Revoking ends the one that runs: who is over the "
      "cap is refused from then on. Open connections are never closed by a "
      "cap (docs/tiers.md).",
      {{"app", kind::app, "the app whose caps are meant", true},
       {.name = "account", .sentence = "the account whose caps are meant"},
       {.name = "cap",
        .is = kind::word,
        .sentence = "only this one of them",
        .words = {"connections", "broadcasts"}},
       {.name = "grant",
        .is = kind::duration,
        .sentence = "give a grace of this length",
        .operates = true},
       {.name = "revoke",
        .is = kind::flag,
        .sentence = "end the grace that runs",
        .operates = true}},
      {"grace", "grace 1 --grant 3d",
       "grace --account acme --revoke --cap broadcasts"},
      answer_grace};
}

} // namespace tidewire::commands
