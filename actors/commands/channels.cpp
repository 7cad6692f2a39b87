// channels: what is subscribed to.
#include "actors/commands/sweep.hpp"
#include "actors/commands/table.hpp"
#include "net/pusher/channel_name.hpp"

#include <unordered_map>

namespace tidewire::commands {

namespace {

constexpr std::size_t portion = 128;

struct channel_row {
  std::uint64_t subscribers = 0;
  std::uint64_t waiting = 0;
  std::uint64_t members = 0; // every reactor knows all of them
};

using channel_part =
    std::unordered_map<channel_key, channel_row, channel_key_hash>;

std::string_view kind_of(const std::string& name) {
  using pusher::channel_kind;
  switch (pusher::classify(name).value_or(channel_kind::public_)) {
  case channel_kind::private_:
    return "private";
  case channel_kind::presence:
    return "presence";
  case channel_kind::cache:
    return "cache";
  case channel_kind::private_cache:
    return "private-cache";
  case channel_kind::presence_cache:
    return "presence-cache";
  case channel_kind::encrypted:
    return "private-encrypted";
  case channel_kind::encrypted_cache:
    return "private-encrypted-cache";
  case channel_kind::user:
    return "user";
  case channel_kind::public_:
    break;
  }
  return "public";
}

bool has_members(const std::string& name) {
  return name.starts_with("presence-");
}

answer answer_of(std::vector<channel_part>& parts, const std::string& only,
                 std::size_t limit, const app_table& apps) {
  channel_part all;
  for (auto& each : parts)
    for (auto& [key, row] : each) {
      auto& sum = all[key];
      sum.subscribers += row.subscribers;
      sum.waiting += row.waiting;
      sum.members = std::max(sum.members, row.members);
    }
  std::vector<const channel_part::value_type*> order;
  std::uint64_t occupied = 0;
  std::uint64_t subscriptions = 0;
  for (auto& each : all) {
    order.push_back(&each);
    occupied += each.second.subscribers > 0 ? 1 : 0;
    subscriptions += each.second.subscribers;
  }
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) {
    if (a->second.subscribers != b->second.subscribers)
      return a->second.subscribers > b->second.subscribers;
    return a->first.name != b->first.name ? a->first.name < b->first.name
                                          : a->first.app < b->first.app;
  });
  if (!only.empty() && all.empty())
    return refused(status::not_found,
                   "Nobody is subscribed to \"" + only + "\" here.");
  listing list{"channels",
               {{"app"},
                {"channel"},
                {"kind"},
                {"occupied", unit::yes_no},
                {"subscribers", unit::count},
                {"members", unit::count},
                {"waiting", unit::count}},
               {}};
  for (auto* each : order)
    if (list.rows.size() < limit) {
      auto& [key, row] = *each;
      list.rows.push_back(
          {apps[key.app].id, key.name, std::string{kind_of(key.name)},
           row.subscribers > 0, whole(row.subscribers),
           has_members(key.name) ? whole(row.members) : cell{std::string{}},
           whole(row.waiting)});
    }
  answer out;
  auto more = list.rows.size() < all.size();
  out.sections.emplace_back(
      facts{"",
            {{"occupied_channels", unit::count, whole(occupied)},
             {"subscriptions", unit::count, whole(subscriptions)}}});
  out.sections.emplace_back(std::move(list));
  if (more)
    out.notes.emplace_back("There are more channels than are listed; --prefix "
                           "chooses, --limit lists more.");
  return out;
}

void answer_channels(const request& who) {
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
  auto only = given.text("channel");
  auto prefix = given.text("prefix");
  sweep<channel_part>::begin(
      who,
      [app, only, prefix]() -> sweep<channel_part>::step {
        return [app, only, prefix, at = router_state::cursor{}](
                   channel_part& into, shard& home) mutable {
          return home.routes.visit(at, portion, [&](const route& each) {
            auto& name = each.key.name;
            if ((app && each.key.app != *app) || (!only.empty() && name != only)
                || !name.starts_with(prefix))
              return;
            into[each.key] = {each.attached.size(), each.wishes.size(),
                              each.shown.size()};
          });
        };
      },
      [who, only, limit = given.count("limit"),
       apps = who.at().shards.front()->apps](std::vector<channel_part> parts) {
        auto all =
            std::make_shared<std::vector<channel_part>>(std::move(parts));
        who.work([all, only, limit, apps](const request&) {
          return answer_of(*all, only, limit, apps);
        });
      });
}

} // namespace

command channels_command() {
  return {"channels",
          role::read,
          "Lists channels and their subscribers.",
          "Members are the users of a presence channel; waiting are those who "
          "have asked to subscribe and are not answered yet. Channels of "
          "signed-in users are not listed.",
          {{"channel", kind::channel, "only this one", true},
           {"app", kind::app, "only channels of this app"},
           {"prefix", kind::text, "only names that begin so"},
           {.name = "limit",
            .is = kind::count,
            .sentence = "how many are listed, the fullest first",
            .fallback = "50",
            .least = 1,
            .most = 10'000}},
          {"channels --app 1 --prefix presence-", "channels chat"},
          answer_channels};
}

} // namespace tidewire::commands
