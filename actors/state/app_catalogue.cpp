#include "actors/state/app_catalogue.hpp"

#include "actors/state/meter/admission.hpp"
#include "config/accounts.hpp"

#include <algorithm>
#include <map>

namespace tidewire {

namespace {

template <class Apps>
auto find_in(Apps& apps, std::string_view id) {
  return std::find_if(apps.begin(), apps.end(),
                      [id](auto& each) { return each.id == id; });
}

std::vector<const config::app*> by_id(const std::vector<config::app>& apps) {
  std::vector<const config::app*> result;
  for (auto& each : apps)
    result.push_back(&each);
  std::sort(result.begin(), result.end(),
            [](auto* a, auto* b) { return a->id < b->id; });
  return result;
}

} // namespace

std::string_view name_of(app_source source) noexcept {
  return source == app_source::configuration ? "configuration" : "api";
}

void app_catalogue::configured_are(std::vector<config::app> apps) {
  configured_ = std::move(apps);
  derive();
}

void app_catalogue::plans_are(std::vector<config::tier> tiers,
                              std::vector<config::account> accounts) {
  tiers_ = std::move(tiers);
  accounts_ = std::move(accounts);
  derive();
}

void app_catalogue::stored_are(std::vector<config::app> apps) {
  stored_ = std::move(apps);
  derive();
}

void app_catalogue::elsewhere_are(std::map<std::string, std::string> nodes,
                                  std::vector<std::string> notes) {
  elsewhere_ = std::move(nodes);
  notes_ = std::move(notes);
  derive();
}

void app_catalogue::put(config::app what) {
  change({std::move(what)}, {});
}

void app_catalogue::erase(std::string_view id) {
  change({}, {std::string{id}});
}

void app_catalogue::change(std::vector<config::app> put,
                           const std::vector<std::string>& erase) {
  for (auto& what : put) {
    auto at = find_in(stored_, what.id);
    if (at == stored_.end())
      stored_.push_back(std::move(what));
    else
      *at = std::move(what);
  }
  for (auto& id : erase)
    std::erase_if(stored_, [&](auto& each) { return each.id == id; });
  derive();
}

void app_catalogue::derive() {
  all_.clear();
  conflicts_.clear();
  std::map<std::string_view, std::string_view> owners; // of keys
  config::membership members{accounts_};
  for (auto& each : configured_) {
    all_.push_back({each, app_source::configuration});
    for (auto& pair : each.keys)
      owners.emplace(pair.key, each.id);
  }
  auto configured_keys = owners;
  for (auto* each : by_id(stored_))
    if (find_in(configured_, each->id) == configured_.end())
      for (auto& pair : each->keys)
        owners.emplace(pair.key, each->id);
  for (auto& each : stored_) {
    if (find_in(configured_, each.id) != configured_.end()) {
      conflicts_.push_back("App " + each.id
                           + " was made at run time and is in the "
                             "configuration, too; the configuration's is in "
                             "force.");
      continue;
    }
    if (auto at = elsewhere_.find(each.id); at != elsewhere_.end())
      conflicts_.push_back("App " + each.id
                           + " was made at run time, and the configuration of "
                             "node "
                           + at->second
                           + " defines it, too: that node serves its own, the "
                             "others this one. Delete this one, or take it "
                             "out of that configuration.");
    all_.push_back({each, app_source::api});
    if (!each.tier.empty() && !config::find_tier(tiers_, each.tier))
      conflicts_.push_back("App " + each.id + " has the tier " + each.tier
                           + ", which is not in the configuration: no cap of "
                             "its own holds for it.");
    if (!each.account.empty() && !members.of(each))
      conflicts_.push_back("App " + each.id + " belongs to the account "
                           + each.account
                           + ", which is not in the configuration: it is in "
                             "no account's sum.");
    std::erase_if(all_.back().app.keys, [&](auto& pair) {
      auto owner = owners.find(pair.key);
      if (owner == owners.end() || owner->second == each.id)
        return false;
      conflicts_.push_back("The key " + pair.key + " of app " + each.id
                           + ", which was made at run time, is not in force: "
                           + (configured_keys.contains(pair.key)
                                  ? "the configuration gives it to app "
                                  : "it was given to another one, too, app ")
                           + std::string{owner->second} + '.');
      return true;
    });
  }
  conflicts_.insert(conflicts_.end(), notes_.begin(), notes_.end());
}

std::vector<config::app> app_catalogue::apps() const {
  std::vector<config::app> out;
  out.reserve(all_.size());
  for (auto& each : all_)
    out.push_back(each.app);
  return out;
}

const listed_app* app_catalogue::find(std::string_view id) const noexcept {
  auto at = std::find_if(all_.begin(), all_.end(),
                         [id](auto& each) { return each.app.id == id; });
  return at == all_.end() ? nullptr : &*at;
}

const config::app* app_catalogue::stored(std::string_view id) const noexcept {
  auto at = find_in(stored_, id);
  return at == stored_.end() ? nullptr : &*at;
}

std::optional<app_refusal>
app_catalogue::against_touching(std::string_view id) const {
  auto* known = find(id);
  if (!known)
    return app_refusal{404, {}, "There is no app with this id."};
  if (known->source == app_source::configuration)
    return app_refusal{409,
                       {},
                       "App " + std::string{id}
                           + " is defined by the configuration and can only "
                             "be changed there; reload the server afterwards."};
  return std::nullopt;
}

std::optional<app_refusal>
app_catalogue::against_new(const config::app& what) const {
  if (find(what.id))
    return app_refusal{409, "id",
                       "found \"" + what.id
                           + "\", which is taken; give every app an id of its "
                             "own, or change that one with PATCH /v1/apps/"
                           + what.id};
  if (auto at = elsewhere_.find(what.id); at != elsewhere_.end())
    return app_refusal{409, "id",
                       "found \"" + what.id
                           + "\", which the configuration of node " + at->second
                           + " defines; give every app an id of its own"};
  if (auto no = against_plans(what))
    return no;
  return against_keys(what);
}

std::optional<app_refusal>
app_catalogue::against_change(const config::app& what) const {
  if (auto no = against_touching(what.id))
    return no;
  if (auto no = against_plans(what))
    return no;
  return against_keys(what);
}

// What the app has already is not held against another change of it.
std::optional<app_refusal>
app_catalogue::against_plans(const config::app& what) const {
  auto* old = stored(what.id);
  auto names = [](auto& list) {
    std::string out;
    for (auto& each : list)
      out += (out.empty() ? "" : ", ") + each.name;
    return out.empty() ? "there are none" : "there are " + out;
  };
  if (!what.tier.empty() && !config::find_tier(tiers_, what.tier)
      && !(old && old->tier == what.tier))
    return app_refusal{400, "tier",
                       "found \"" + what.tier
                           + "\", which is no tier of the configuration; "
                           + names(tiers_)};
  config::membership members{accounts_};
  auto* home = members.of(what);
  if (old && home == members.of(*old))
    return std::nullopt;
  if (!what.account.empty() && !home)
    return app_refusal{400, "account",
                       "found \"" + what.account
                           + "\", which is no account of the configuration; "
                           + names(accounts_)};
  auto unnamed = what;
  unnamed.account.clear();
  if (auto* listing = members.of(unnamed); listing && listing != home)
    return app_refusal{400, "account",
                       "found \"" + what.account + "\", while the account "
                           + listing->name
                           + " of the configuration lists the app; an app "
                             "belongs to one account"};
  if (!home)
    return std::nullopt;
  auto others = static_cast<std::size_t>(
      std::count_if(all_.begin(), all_.end(), [&](auto& each) {
        return each.app.id != what.id && members.of(each.app) == home;
      }));
  if (meter::may_add_app(
          {.name = {}, .tier = {}, .apps = {}, .max_apps = home->max_apps},
          others))
    return std::nullopt;
  return app_refusal{409, "account",
                     "the account " + home->name
                         + " has as many apps as it may have (max_apps = "
                         + std::to_string(home->max_apps)
                         + "); delete one, or have that number raised"};
}

// Apps and keys that are not in force count as well: they may be again. What
// the app has already is not held against another change of it.
std::optional<app_refusal>
app_catalogue::against_keys(const config::app& what) const {
  auto* old = stored(what.id);
  for (std::size_t i = 0; i < what.keys.size(); ++i) {
    auto& pair = what.keys[i];
    if (old
        && std::find(old->keys.begin(), old->keys.end(), pair)
               != old->keys.end())
      continue;
    auto field = "keys[" + std::to_string(i) + "].";
    if (pair.secret == config::demo_secret)
      return app_refusal{400, field + "secret",
                         "is the public demo secret; choose another, or leave "
                         "it out to have one made"};
    for (auto* list : {&configured_, &stored_})
      for (auto& other : *list)
        if (other.id != what.id
            && std::any_of(other.keys.begin(), other.keys.end(),
                           [&](auto& x) { return x.key == pair.key; }))
          return app_refusal{409, field + "key",
                             "found \"" + pair.key + "\", which app " + other.id
                                 + " has; a key belongs to one app, once"};
  }
  return std::nullopt;
}

} // namespace tidewire
