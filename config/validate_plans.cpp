// Meter, tiers and accounts: what must hold between keys.
#include "config/accounts.hpp"
#include "config/assignment.hpp"
#include "config/suggest.hpp"
#include "config/units.hpp"
#include "config/validation.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config {

namespace {

std::string item(std::string_view list, std::size_t index,
                 std::string_view key) {
  return std::string(list) + '[' + std::to_string(index) + "]."
         + std::string(key);
}

template <class Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> out;
  for (const auto& each : items)
    out.push_back(each.name);
  return out;
}

class plans {
public:
  plans(const settings& all, validation& about)
      : all_(all), about_(about), members_(all.accounts) {}

  void run() {
    meter();
    tiers();
    accounts();
    for (std::size_t i = 0; i < all_.apps.size(); ++i)
      app(i);
    sizes();
  }

private:
  void meter();
  void tiers();
  void accounts();
  void app(std::size_t index);
  void sizes();
  void known(const std::string& key, const std::string& name,
             const std::vector<std::string>& names, std::string_view list);

  /// Nothing of that value stands before it; `places` is where each stands.
  bool once(std::map<std::string, std::string>& places, const std::string& key,
            const std::string& value, std::string_view advice);

  const settings& all_;
  validation& about_;
  membership members_;
  std::map<std::string, std::string> listed_; // app id → where
};

bool plans::once(std::map<std::string, std::string>& places,
                 const std::string& key, const std::string& value,
                 std::string_view advice) {
  const auto [first, is_new] = places.emplace(value, key);
  if (is_new || about_.failed(key) || about_.failed(first->second))
    return is_new;
  about_.error(key, "found " + in_quotes(value) + ", which is " + first->second
                        + ", too; " + std::string(advice));
  return false;
}

void plans::meter() {
  const auto& meter = all_.meter;
  if (meter.sample % std::chrono::seconds{1} != duration{})
    about_.error("meter.sample", "found " + in_quotes(to_text(meter.sample))
                                     + ", expected whole seconds, because a "
                                       "tick is one second long");
  if (meter.minute_days < meter.tick_days && !about_.failed("meter.tick_days")
      && !about_.failed("meter.minute_days"))
    about_.error("meter.minute_days",
                 "found " + std::to_string(meter.minute_days)
                     + ", expected at least " + std::to_string(meter.tick_days)
                     + ", which is meter.tick_days");
  if (!meter.webhook_url.empty() && meter.webhook_secret.empty()
      && !about_.failed("meter.webhook_secret"))
    about_.error("meter.webhook_secret",
                 "is empty, while meter.webhook_url is not; whoever is told "
                 "must be able to check who tells");
}

void plans::tiers() {
  std::map<std::string, std::string> names;
  for (std::size_t i = 0; i < all_.tiers.size(); ++i) {
    const auto& each = all_.tiers[i];
    once(names, item("tiers", i, "name"), each.name,
         "give every tier a name of its own");
    const auto key = item("tiers", i, "hysteresis");
    if (each.hysteresis >= each.near && !about_.failed(key)
        && !about_.failed(item("tiers", i, "near")))
      about_.error(key, "found " + std::to_string(each.hysteresis)
                            + ", expected less than near, which is "
                            + std::to_string(each.near)
                            + ", or what is near stays so for good");
  }
}

void plans::accounts() {
  std::map<std::string, std::string> names;
  for (std::size_t i = 0; i < all_.accounts.size(); ++i) {
    const auto& each = all_.accounts[i];
    once(names, item("accounts", i, "name"), each.name,
         "give every account a name of its own");
    known(item("accounts", i, "tier"), each.tier, names_of(all_.tiers),
          "[[tiers]]");
    const auto apps = item("accounts", i, "apps");
    for (std::size_t j = 0; j < each.apps.size(); ++j)
      once(listed_, apps + '[' + std::to_string(j) + ']', each.apps[j],
           "an app belongs to one account, once");
  }
}

void plans::app(std::size_t index) {
  const auto& app = all_.apps[index];
  known(item("apps", index, "tier"), app.tier, names_of(all_.tiers),
        "[[tiers]]");
  const auto key = item("apps", index, "account");
  known(key, app.account, names_of(all_.accounts), "[[accounts]]");
  const auto listed = listed_.find(app.id);
  const auto* own = members_.named(app.account);
  if (own == nullptr || listed == listed_.end() || about_.failed(key)
      || listed->second.starts_with(
          item("accounts", static_cast<std::size_t>(own - &all_.accounts[0]),
               "apps[")))
    return;
  about_.error(key, "found " + in_quotes(app.account) + ", while "
                        + listed->second
                        + " gives the app to another account; an app belongs "
                          "to one account");
}

// Ids that are listed but not configured may be of apps made at run time.
void plans::sizes() {
  std::map<const account*, std::size_t> sizes;
  auto watched = false;
  for (const auto& each : all_.apps) {
    const auto* home = members_.of(each);
    ++sizes[home];
    watched = watched || !each.tier.empty()
              || (home != nullptr && !home->tier.empty());
  }
  for (std::size_t i = 0; i < all_.accounts.size(); ++i) {
    const auto& each = all_.accounts[i];
    const auto key = item("accounts", i, "max_apps");
    if (each.max_apps != 0 && sizes[&each] > each.max_apps
        && !about_.failed(key))
      about_.error(key, "found " + std::to_string(each.max_apps)
                            + ", while the account has "
                            + std::to_string(sizes[&each]) + " apps");
  }
  if (watched && !all_.meter.enabled)
    about_.warn("meter.enabled",
                "is false, so that no cap of any tier is watched");
}

void plans::known(const std::string& key, const std::string& name,
                  const std::vector<std::string>& names,
                  std::string_view list) {
  if (name.empty() || about_.failed(key)
      || std::find(names.begin(), names.end(), name) != names.end())
    return;
  auto message =
      "found " + in_quotes(name) + ", which is not in " + std::string(list);
  if (const auto near = nearest(name, names))
    message += "; did you mean " + in_quotes(*near) + '?';
  else if (names.empty())
    message += ", where there are none";
  about_.error(key, message);
}

} // namespace

void validate_plans(const settings& all, validation& about) {
  plans{all, about}.run();
}

} // namespace tidewire::config
