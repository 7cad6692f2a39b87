// users: distinct users, and how many connections each has.
#include "actors/commands/sweep.hpp"
#include "actors/commands/table.hpp"

#include <map>
#include <unordered_map>

namespace tidewire::commands {

namespace {

using user_key = std::pair<app_index, std::string>;

// Of one reactor: the connections of each user, by their serial numbers, so
// that one that was seen twice counts once.
struct user_part {
  std::map<user_key, std::vector<std::uint64_t>> users;
  std::vector<std::uint64_t> anonymous;
};

std::uint64_t distinct(std::vector<std::uint64_t>& serials) {
  std::sort(serials.begin(), serials.end());
  return static_cast<std::uint64_t>(std::unique(serials.begin(), serials.end())
                                    - serials.begin());
}

answer answer_of(std::vector<user_part>& parts, const std::string& only,
                 std::size_t limit, const app_table& apps) {
  std::map<user_key, std::uint64_t> users;
  std::uint64_t anonymous = 0;
  std::uint64_t identified = 0;
  for (auto& each : parts) {
    anonymous += distinct(each.anonymous);
    for (auto& [key, serials] : each.users) {
      auto count = distinct(serials);
      identified += count;
      users[key] += count;
    }
  }
  std::vector<std::pair<std::uint64_t, const user_key*>> order;
  for (auto& [key, count] : users)
    order.emplace_back(count, &key);
  std::stable_sort(order.begin(), order.end(),
                   [](auto& a, auto& b) { return a.first > b.first; });
  listing list{"users", {{"app"}, {"user"}, {"connections", unit::count}}, {}};
  for (auto& [count, key] : order)
    if (list.rows.size() < limit)
      list.rows.push_back({apps[key->first].id, key->second, whole(count)});
  if (!only.empty() && users.empty())
    return refused(status::not_found,
                   "Nobody is connected as \"" + only + "\" here.");
  answer out;
  facts sums{
      "",
      {{"users", unit::count, whole(users.size()), "distinct users"},
       {"connections", unit::count, whole(identified), "their connections"}}};
  sums.list[0].key = "distinct_users";
  sums.list[1].key = "identified_connections";
  if (only.empty())
    sums.list.push_back({"anonymous_connections", unit::count, whole(anonymous),
                         "connections of nobody known"});
  auto more = list.rows.size() < users.size();
  out.sections.emplace_back(std::move(sums));
  out.sections.emplace_back(std::move(list));
  if (more)
    out.notes.emplace_back("There are more users than are listed; --limit "
                           "lists more.");
  return out;
}

void answer_users(const request& who) {
  auto& given = who.arguments();
  std::optional<app_index> app;
  if (given.has("app")) {
    answer no;
    app = named_app(who, no);
    if (!app) {
      who.reply(std::move(no));
      return;
    }
  }
  auto only = given.text("user");
  sweep<user_part>::begin(
      who,
      [app, only]() -> sweep<user_part>::step {
        return [only, at = connection_cursor{app}](user_part& into,
                                                   shard& home) mutable {
          return at.visit(home, sweep_portion, [&](const connection& each) {
            auto* user = user_of(home, each);
            auto serial = each.socket().serial;
            if (!user)
              into.anonymous.push_back(serial);
            else if (only.empty() || *user == only)
              into.users[{each.app(), *user}].push_back(serial);
          });
        };
      },
      [who, only, limit = given.count("limit"),
       apps = who.at().shards.front()->apps](std::vector<user_part> parts) {
        auto all = std::make_shared<std::vector<user_part>>(std::move(parts));
        who.work([all, only, limit, apps](const request&) {
          return answer_of(*all, only, limit, apps);
        });
      });
}

} // namespace

command users_command() {
  return {"users",
          role::read,
          "Lists distinct users and their connections.",
          "A user is who signed in on a connection or, if nobody did, the "
          "member it is of a presence channel. A user with three tabs is one "
          "user and three connections.",
          {{"user", kind::user, "only this one", true},
           {"app", kind::app, "only users of this app"},
           {.name = "limit",
            .is = kind::count,
            .sentence = "how many are listed, those with most connections "
                        "first",
            .fallback = "50",
            .least = 1,
            .most = 10'000}},
          {"users --app 1", "users alice"},
          answer_users};
}

} // namespace tidewire::commands
