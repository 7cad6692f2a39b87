#include "actors/app_rows.hpp"
#include "actors/registry.hpp"
#include "net/log.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace tidewire {

namespace {

using access = sqlite::database::access;

// Of what was dropped, for whoever asks.
constexpr std::size_t rows_remembered = 20;

void restore(registry_state& state, app_store& from) {
  std::vector<std::string> ids;
  for (auto& row : from.load()) {
    ids.push_back(row.id);
    state.rows.restore(std::move(row));
  }
  state.go_by(ids);
}

// A store that can be read but not written is better than none: its apps are
// served. One that cannot be read is worse than none (app_store.hpp).
void open_store(registry_state& state, const data_dir& where) {
  auto file = where.file("apps.db");
  if (where.writable()) {
    try {
      state.store = std::make_unique<app_store>(file, access::write);
      restore(state, *state.store);
      return;
    } catch (const sqlite::error& error) {
      state.store.reset();
      state.trouble = std::string{error.what()} + '.';
    }
  } else {
    state.trouble = where.trouble();
  }
  std::error_code unknown;
  if (std::filesystem::exists(file, unknown)) {
    app_store store{file, access::read_only};
    restore(state, store);
  }
}

} // namespace

registry_state::registry_state(config::settings from, const data_dir& where)
    : settings(std::move(from)), default_token_file(where.file("admin-token")) {
  catalogue.plans_are(settings.tiers, settings.accounts);
  open_store(*this, where);
  catalogue.configured_are(settings.apps);
  table = app_table{catalogue.apps()};
  if (!where.writable() && settings.admin.token_file.empty())
    token.trouble = where.trouble();
  else
    token = read_admin_token(token_file());
  log_info("apps_loaded", "{} app(s) are in force, {} of the configuration",
           catalogue.in_force().size(), settings.apps.size());
  if (!trouble.empty())
    log_error("data_dir_unusable",
              "{} The server serves the apps it knows, but none can be made "
              "or changed at run time.",
              trouble);
  if (!token.trouble.empty())
    log_error("admin_token_missing",
              "{} Nothing on the admin port that needs it can be used.",
              token.trouble);
  if (!token.warning.empty())
    log_warning("admin_token_open", "{}", token.warning);
  log_conflicts();
}

void registry_state::joins(cluster::life me, teller how) {
  rows.i_am(std::move(me));
  tell = std::move(how);
  files.mine_are(notes_of(settings));
}

std::set<std::string>
registry_state::go_by(const std::vector<std::string>& ids) {
  std::vector<config::app> put;
  std::vector<std::string> erase;
  std::set<std::string> strange;
  for (auto& id : ids) {
    auto& row = *rows.find(id);
    if (is_grace(id))
      continue; // the GAUGE knows from the ledger
    not_understood.erase(id);
    if (row.gone) {
      erase.push_back(id);
      continue;
    }
    auto read = read_app(row);
    if (read.app) {
      put.push_back(std::move(*read.app));
      continue;
    }
    strange.insert(id);
    not_understood[id] = "App " + id + ", as node " + row.stamp.writer.node
                         + " has made it, cannot be understood here: "
                         + read.trouble + "; it stays as it was.";
  }
  catalogue.change(std::move(put), erase);
  return strange;
}

void registry_state::compare_files() {
  std::vector<std::string> notes;
  for (auto& [id, sentence] : not_understood)
    notes.push_back(sentence);
  while (dropped.size() > rows_remembered)
    dropped.pop_front();
  for (auto& [id, sentence] : dropped)
    notes.push_back(sentence);
  auto differences = files.differences();
  std::move(differences.begin(), differences.end(), std::back_inserter(notes));
  catalogue.elsewhere_are(files.apps_elsewhere(), std::move(notes));
  log_conflicts();
}

void registry_state::log_conflicts() {
  auto& now = catalogue.conflicts();
  for (auto& each : now)
    if (!logged.contains(each))
      log_warning("app_conflict", "{}", each);
  logged = {now.begin(), now.end()};
}

std::string registry_state::token_file() const {
  return settings.admin.token_file.empty() ? default_token_file
                                           : settings.admin.token_file;
}

std::shared_ptr<const snapshot> registry_state::now() const {
  auto out = std::make_shared<snapshot>(snapshot{table, settings, token});
  out->settings.apps.clear();
  return out;
}

} // namespace tidewire
