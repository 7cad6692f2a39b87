#include "actors/app_rows.hpp"

#include "actors/app_json.hpp"
#include "actors/state/cluster/stable_hash.hpp"
#include "config/amend.hpp"

#include <string_view>

namespace tidewire {

namespace {

std::uint64_t hash_of(const config::tier& x) {
  auto result = cluster::stable_hash(x.over);
  for (auto each :
       {std::uint64_t{x.connections}, std::uint64_t{x.broadcasts},
        static_cast<std::uint64_t>(x.grace.count()), std::uint64_t{x.near},
        std::uint64_t{x.hysteresis}, std::uint64_t{x.price_cents}})
    result = cluster::spread(result ^ each);
  return result;
}

std::uint64_t hash_of(const config::account& x) {
  auto result = cluster::stable_hash(x.tier, x.max_apps);
  for (auto& each : x.apps)
    result = cluster::stable_hash(each, result);
  return result;
}

std::string_view verb_of(const cluster::shared_row& row) {
  if (row.gone)
    return "deleted";
  return row.stamp.version == 1 ? "made" : "changed";
}

std::string author_of(const cluster::shared_row& row) {
  auto& node = row.stamp.writer.node;
  return node.empty() ? "a node" : "node " + node;
}

} // namespace

app_of_row read_app(const cluster::shared_row& row) {
  const config::origin from{config::origin::source::file, {}, 0};
  app_of_row result;
  auto fields = app_fields(row.value, from);
  if (auto* phrase = std::get_if<std::string>(&fields)) {
    result.trouble = *phrase;
    return result;
  }
  auto made = config::amend_app(
      {}, std::move(std::get<std::vector<config::assignment>>(fields)));
  if (!made.ok()) {
    result.trouble = to_string(made.errors.front());
    return result;
  }
  if (made.value.id != row.id) {
    result.trouble = "it says that its id is " + made.value.id;
    return result;
  }
  for (auto& each : made.warnings)
    result.warnings.push_back(to_string(each));
  result.app = std::move(made.value);
  return result;
}

std::string row_value(const config::app& what) {
  return render_json(what, config::secrets::shown);
}

cluster::file_notes notes_of(const config::settings& settings) {
  using cluster::file_thing;
  cluster::file_notes result;
  for (auto& each : settings.apps)
    result.emplace(std::pair{file_thing::app, each.id},
                   cluster::stable_hash(row_value(each)));
  for (auto& each : settings.tiers)
    result.emplace(std::pair{file_thing::tier, each.name}, hash_of(each));
  for (auto& each : settings.accounts)
    result.emplace(std::pair{file_thing::account, each.name}, hash_of(each));
  return result;
}

std::string sentence_of_clash(const cluster::shared_row& kept,
                              const cluster::shared_row& dropped) {
  auto who = author_of(kept), other = author_of(dropped);
  auto same = who == other;
  return "App " + kept.id + " was " + std::string{verb_of(dropped)} + " on "
         + other + " and " + std::string{verb_of(kept)} + " on "
         + (same ? "another life of it" : who)
         + ", neither knowing of the other; on all nodes holds what "
         + (same ? "the latter" : who) + " did, and what "
         + (same ? "the former" : other) + " did is dropped.";
}

} // namespace tidewire
