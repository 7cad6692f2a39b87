#include "actors/commands/sweep.hpp"

#include "config/suggest.hpp"

namespace tidewire::commands {

std::optional<app_index> named_app(const request& who, answer& no,
                                   std::string_view argument) {
  auto& name = who.arguments().text(argument);
  auto& apps = who.at().shards.front()->apps;
  auto found = apps.by_id(name);
  if (found == no_app)
    found = apps.by_key(name);
  if (found != no_app)
    return found;
  std::vector<std::string> ids;
  for (app_index i = 0; i < apps.size(); ++i)
    if (apps.by_id(apps[i].id) == i)
      ids.push_back(apps[i].id);
  auto near = config::nearest(name, ids);
  no = refused(status::not_found,
               "There is no app with the id or key \"" + name + '"'
                   + (near ? "; did you mean " + *near + "?" : "."));
  return std::nullopt;
}

const std::string* user_of(const shard& home, const connection& who) {
  if (auto* user = home.routes.signed_in(who))
    return &user->user_id;
  for (auto& each : who.subscriptions)
    if (each.to->manner.members)
      if (auto at = each.to->users.find(who.socket().serial);
          at != each.to->users.end())
        return &at->second.user.user_id;
  return nullptr;
}

} // namespace tidewire::commands
