#include "actors/commands/plans.hpp"

#include "actors/commands/books.hpp"
#include "actors/shard.hpp"

#include <algorithm>

namespace tidewire::commands {

meter::cap_plans plans_now(const request& who) {
  auto& home = *who.at().shards.front();
  return plans_of(home.settings, home.apps);
}

std::string tier_of(const meter::cap_plans& in, const usage::subject& whose) {
  using scope = usage::subject::scope;
  if (whose.of == scope::app)
    for (auto& x : in.apps)
      if (x.id == whose.name)
        return x.tier;
  if (whose.of == scope::account)
    for (auto& x : in.accounts)
      if (x.name == whose.name)
        return x.tier;
  return {};
}

std::vector<argument> cap_arguments() {
  return {{.name = "app",
           .is = kind::app,
           .sentence = "the app's id or key",
           .positional = true},
          {.name = "account", .sentence = "an account in place of an app"},
          {.name = "cap",
           .is = kind::word,
           .sentence = "which of its caps",
           .words = {"connections", "broadcasts"},
           .fallback = "connections"}};
}

std::variant<meter::cap_subject, answer> cap_subject_of(const request& who) {
  auto& given = who.arguments();
  auto kind = given.text("cap") == "broadcasts" ? meter::cap_kind::broadcasts
                                                : meter::cap_kind::connections;
  auto in = directory_of(who);
  if (given.has("account") == given.has("app"))
    return refused(status::usage,
                   "Say whose cap it is: an app, or an account with "
                   "--account.");
  if (given.has("account")) {
    if (!in.account(given.text("account")))
      return refused(status::not_found, "There is no account \""
                                            + given.text("account")
                                            + "\" in the configuration.");
    return meter::cap_subject{meter::cap_subject::scope::account,
                              given.text("account"), kind};
  }
  auto id = in.app(given.text("app"));
  if (!id)
    return refused(status::not_found, "There is no app with the id or key \""
                                          + given.text("app") + "\".");
  return meter::cap_subject{meter::cap_subject::scope::app, *id, kind};
}

} // namespace tidewire::commands
