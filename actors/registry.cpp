#include "actors/registry.hpp"

#include "actors/app_rows.hpp"
#include "actors/failure.hpp"
#include "actors/random.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <stdexcept>

namespace tidewire {

namespace {

namespace json = boost::json;

bool concerns_apps(std::string_view target) {
  return target.starts_with("/v1/apps");
}

std::string listed(const std::vector<config::change>& changes) {
  std::string out;
  for (auto& each : changes)
    out += (out.empty() ? "" : "; ") + each.key + ' '
           + std::string{outcome_of(each)};
  return out.empty() ? "nothing has changed" : out;
}

std::string report(const std::vector<config::change>& changes,
                   const std::vector<std::string>& warnings) {
  json::array list;
  for (auto& each : changes) {
    json::object one;
    one["key"] = each.key;
    one["result"] = std::string{outcome_of(each)};
    list.push_back(std::move(one));
  }
  json::object out;
  out["changes"] = std::move(list);
  out["warnings"] = json::array(warnings.begin(), warnings.end());
  return json::serialize(out);
}

} // namespace

registry::registry(caf::actor_config& cfg,
                   std::shared_ptr<registry_state> state)
    : caf::event_based_actor(cfg), state_(std::move(state)) {
  set_exception_handler(log_failure);
}

caf::behavior registry::make_behavior() {
  if (std::exchange(state_->ran, true))
    go_on();
  return caf::message_handler{
      [this](const admin_call& x) {
        auto promise = make_response_promise();
        answer(x, [promise](const admin_answer& result) mutable {
          promise.deliver(result);
        });
        return promise;
      },
      [this](const reload_now&) { reload([](const admin_answer&) {}); },
      [this](const handed_out& x) {
        auto at =
            std::find_if(waiting_.begin(), waiting_.end(),
                         [&](auto& each) { return each.number == x.number; });
        if (at == waiting_.end())
          return;
        auto ready = std::move(*at);
        waiting_.erase(at);
        ready.then(ready.answer);
      },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  }
      .or_else(in_cluster());
}

// A predecessor may have stored what it did not come to hand out.
void registry::go_on() {
  try {
    if (state_->store) {
      std::vector<std::string> ids;
      for (auto& row : state_->store->load()) {
        ids.push_back(row.id);
        state_->rows.restore(std::move(row));
      }
      state_->go_by(ids);
    }
  } catch (const sqlite::error& error) {
    log_error("apps_db_failed", "the stored apps could not be read again: {}",
              error.what());
  }
  hand_out({}, [](const admin_answer&) {});
}

void registry::on_exit() {
  for (auto& each : std::exchange(waiting_, {}))
    each.then(refusal(503, {},
                      "The change is stored, but not every reactor has said "
                      "that it goes by it; ask again."));
  for (auto& each : std::exchange(following_, {}))
    each.then(each.answer);
}

void registry::answer(const admin_call& call, const done& then) {
  if (is_grace(call.target)) {
    spread_grace(call, then);
    return;
  }
  if (!concerns_apps(call.target)) {
    reload(then);
    return;
  }
  auto decision = decide(state_->catalogue, call, random_hex);
  if (decision.changes())
    change(std::move(decision), then);
  else
    then(decision.answer);
}

// On disk first: what was answered survives whatever comes.
void registry::change(app_decision what, const done& then) {
  if (!state_->store) {
    then(refusal(503, {},
                 state_->trouble
                     + " Apps can only be changed in the configuration."));
    return;
  }
  auto id = what.put ? what.put->id : *what.erase;
  auto row = state_->rows.next(
      id, what.put ? std::optional{row_value(*what.put)} : std::nullopt);
  if (row.value.size() > cluster::max_row_value) {
    then(refusal(413, {}, "An app may have 512 KiB of settings."));
    return;
  }
  try {
    state_->store->put({&row, 1});
  } catch (const sqlite::error& error) {
    log_error("apps_db_failed", "a change of apps was not stored: {}",
              error.what());
    then(refusal(503, {},
                 "The change could not be stored, and was not made: "
                     + std::string{error.what()}));
    return;
  }
  if (what.put)
    state_->catalogue.put(std::move(*what.put));
  else
    state_->catalogue.erase(id);
  log_info("app_changed", "{}", what.done);
  std::erase_if(state_->dropped, [&](auto& x) { return x.first == id; });
  cluster::shared_effects told;
  state_->rows.put(std::move(row), net::steady_ns(), told);
  act(told);
  state_->compare_files();
  hand_out(std::move(what.answer),
           [this, id, then](const admin_answer& answer) {
             when_followed(id, answer, then);
           });
}

void registry::reload(const done& then) {
  if (!state_->load) {
    then(refusal(503, {}, "This server has no configuration to reload."));
    return;
  }
  auto loaded = state_->load();
  if (!loaded.ok()) {
    for (auto& each : loaded.errors)
      log_error("reload_failed", "the configuration stays as it was: {}",
                to_string(each));
    state_->reloads.note(false, to_string(loaded.errors.front()));
    then(refusal(422, loaded.errors));
    return;
  }
  auto taken = take_over(state_->settings, loaded.settings);
  state_->settings = std::move(taken.settings);
  state_->catalogue.plans_are(state_->settings.tiers,
                              state_->settings.accounts);
  state_->catalogue.configured_are(state_->settings.apps);
  if (state_->files.mine_are(notes_of(state_->settings)))
    tell_files();
  state_->compare_files();
  set_log_level(state_->settings.log.level);
  std::vector<std::string> warnings;
  for (auto& each : loaded.warnings)
    warnings.push_back(to_string(each));
  auto token = read_admin_token(state_->token_file());
  for (auto& each : {token.trouble, token.warning})
    if (!each.empty())
      warnings.push_back(each);
  if (!token.value.empty())
    state_->token = std::move(token);
  warnings.insert(warnings.end(), state_->catalogue.conflicts().begin(),
                  state_->catalogue.conflicts().end());
  log_info("reloaded", "the configuration was reloaded: {}",
           listed(taken.changes));
  state_->reloads.note(true, listed(taken.changes));
  for (auto& each : warnings)
    log_warning("reload_warning", "{}", each);
  if (state_->renew_certificate)
    if (auto trouble = state_->renew_certificate(); !trouble.empty())
      warnings.push_back(std::move(trouble));
  hand_out({200, report(taken.changes, warnings)}, then);
}

void registry::hand_out(admin_answer answer, done then) {
  state_->table = state_->table.with(state_->catalogue.apps());
  auto number = ++last_;
  waiting_.push_back({number, std::move(answer), std::move(then)});
  state_->publish(state_->now(), [me = caf::actor{this}, number] {
    caf::anon_send(me, handed_out{number});
  });
}

} // namespace tidewire
