// The REGISTRY: which apps there are, and the settings in force.
#pragma once

#include "actors/admin_token.hpp"
#include "actors/app_requests.hpp"
#include "actors/app_store.hpp"
#include "actors/apps.hpp"
#include "actors/data_dir.hpp"
#include "actors/reload_record.hpp"
#include "actors/state/app_catalogue.hpp"
#include "config/load.hpp"
#include "config/reload.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tidewire {

/// What every reactor is to go by from some moment on.
struct snapshot {
  app_table apps;
  config::settings settings; ///< but for the apps
  admin_token token;
};

/// What the REGISTRY knows. Outlives it, so that a restarted one goes on where
/// the last one was. Touched by the REGISTRY only, once it runs.
struct registry_state {
  /// Reads file, environment and flags again. Without one nothing is reloaded.
  using load_again = std::function<config::load_result()>;

  /// Hands a snapshot to all reactors; `done` is called when all have it, by
  /// the last of them. Neither happens while the server stops.
  using hand_out = std::function<void(std::shared_ptr<const snapshot>,
                                      std::function<void()> done)>;

  /// Reads the files of the certificate again. Returns what is wrong with them;
  /// then the one in use stays.
  using renew = std::function<std::string()>;

  /// Opens the store and the token in `where`. Throws std::exception with a
  /// sentence when apps were stored that cannot be read: without them their
  /// clients would be turned away for good. What cannot be written is logged.
  registry_state(config::settings from, const data_dir& where);

  /// The file of the token, as the settings have it.
  std::string token_file() const;

  std::shared_ptr<const snapshot> now() const;

  config::settings settings; ///< in force, with the apps of the configuration
  app_catalogue catalogue;
  app_table table;
  std::unique_ptr<app_store> store; ///< none: `trouble` says why
  std::string trouble;
  admin_token token;
  std::string default_token_file;
  load_again load;
  hand_out publish;
  renew renew_certificate; ///< none without a server
  bool ran = false;        ///< there was a REGISTRY before
  reload_record reloads;   ///< any thread may read it
};

/// To the REGISTRY: read the configuration again (SIGHUP).
struct reload_now {};

/// To the REGISTRY: all reactors go by what it handed out with that number.
struct handed_out {
  std::uint64_t number;
};

/// To ADMIN: from now on this REGISTRY is asked.
struct registry_up {
  caf::actor registry;
};

/// Takes `admin_call` (answered with an `admin_answer` when every reactor goes
/// by the change) and `reload_now`. One change at a time, each on disk before
/// any reactor knows of it. Has a thread of its own, because it waits for the
/// disk (spawn it `caf::detached`).
class registry final : public caf::event_based_actor {
public:
  registry(caf::actor_config& cfg, std::shared_ptr<registry_state> state);

  const char* name() const override { return "REGISTRY"; }
  caf::behavior make_behavior() override;

  /// Whoever waits for an answer gets one.
  void on_exit() override;

private:
  struct waiter {
    std::uint64_t number;
    admin_answer answer;
    std::function<void(const admin_answer&)> then;
  };

  using done = std::function<void(const admin_answer&)>;

  void go_on();
  void answer(const admin_call& call, const done& then);
  void change(app_decision what, const done& then);
  void reload(const done& then);
  void hand_out(admin_answer answer, done then);

  std::shared_ptr<registry_state> state_;
  std::vector<waiter> waiting_;
  std::uint64_t last_ = 0;
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::admin_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::admin_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::reload_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::handed_out)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::registry_up)
