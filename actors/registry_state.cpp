#include "actors/registry.hpp"
#include "net/log.hpp"

#include <filesystem>

namespace tidewire {

namespace {

using access = sqlite::database::access;

// A store that can be read but not written is better than none: its apps are
// served. One that cannot be read is worse than none (app_store.hpp).
void open_store(registry_state& state, const data_dir& where) {
  auto file = where.file("apps.db");
  if (where.writable()) {
    try {
      state.store = std::make_unique<app_store>(file, access::write);
      state.catalogue.stored_are(state.store->load());
      return;
    } catch (const sqlite::error& error) {
      state.store.reset();
      state.trouble = std::string{error.what()} + '.';
    }
  } else {
    state.trouble = where.trouble();
  }
  std::error_code unknown;
  if (std::filesystem::exists(file, unknown))
    state.catalogue.stored_are(app_store{file, access::read_only}.load());
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
  for (auto& each : catalogue.conflicts())
    log_warning("app_conflict", "{}", each);
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
