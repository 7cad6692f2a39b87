#include "actors/commands/books.hpp"

#include "actors/shard.hpp"
#include "config/accounts.hpp"

#include <algorithm>

namespace tidewire::commands {

usage::directory directory_of(const request& who) {
  auto& home = *who.at().shards.front();
  usage::directory out;
  out.app =
      [apps = home.apps](std::string_view name) -> std::optional<std::string> {
    auto at = apps.by_id(name);
    if (at == no_app)
      at = apps.by_key(name);
    if (at == no_app)
      return std::nullopt;
    return apps[at].id;
  };
  out.account =
      [apps = home.apps, accounts = home.settings.accounts](
          std::string_view name) -> std::optional<std::vector<std::string>> {
    config::membership members{accounts};
    auto* wanted = members.named(name);
    if (!wanted)
      return std::nullopt;
    // Those that are listed but gone had connections, too.
    auto ids = wanted->apps;
    for (app_index i = 0; i < apps.size(); ++i)
      if (members.of(apps[i]) == wanted)
        ids.push_back(apps[i].id);
    std::erase_if(ids, [&](auto& id) {
      auto at = apps.by_id(id);
      return at != no_app
             && (apps[at].internal || members.of(apps[at]) != wanted);
    });
    return ids;
  };
  auto& meter = home.settings.meter;
  out.zone = meter.time_zone;
  out.interval = meter.sample.count() / 1000;
  return out;
}

void with_ledger(const request& who,
                 std::function<answer(const request&, ledger::reader&)> job) {
  auto& file = who.at().ledger_file;
  if (file.empty()) {
    who.reply(refused(status::failed,
                      "Nothing is metered here (meter.enabled = false)."));
    return;
  }
  who.work([file, todo = std::move(job)](const request& same) {
    try {
      ledger::reader from{file};
      return todo(same, from);
    } catch (const sqlite::error& e) {
      return refused(status::failed, e.what());
    }
  });
}

bool has_records(ledger::reader& from, std::string_view app) {
  auto all = from.apps();
  return std::any_of(all.begin(), all.end(),
                     [app](auto& x) { return x.text == app; });
}

answer no_such_app(std::string_view name) {
  return refused(status::not_found,
                 "There is no app with the id or key \"" + std::string{name}
                     + "\", and the ledger has never heard of one.");
}

} // namespace tidewire::commands
