// The REGISTRY: which apps there are, and the settings in force.
#pragma once

#include "actors/admin_token.hpp"
#include "actors/app_requests.hpp"
#include "actors/app_store.hpp"
#include "actors/apps.hpp"
#include "actors/data_dir.hpp"
#include "actors/grace_rows.hpp"
#include "actors/reload_record.hpp"
#include "actors/state/app_catalogue.hpp"
#include "actors/state/cluster/file_notes.hpp"
#include "actors/state/cluster/shared_rows.hpp"
#include "config/load.hpp"
#include "config/reload.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message_handler.hpp>
#include <caf/response_promise.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
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

  /// What this life calls itself; `tell` sends to another one, and there is
  /// none without a cluster.
  using teller = std::function<void(const cluster::life&, cluster::record_kind,
                                    std::string)>;
  void joins(cluster::life me, teller how);

  /// The catalogue goes by these rows from now on, as far as they can be
  /// understood; returns the ids of those that cannot.
  std::set<std::string> go_by(const std::vector<std::string>& ids);

  /// What other nodes' files define, and what was dropped.
  void compare_files();

  /// Says in the log what is in conflict and was not before.
  void log_conflicts();

  std::shared_ptr<const snapshot> now() const;

  config::settings settings; ///< in force, with the apps of the configuration
  app_catalogue catalogue;
  cluster::shared_rows rows; ///< of what was made at run time
  cluster::file_comparison files;
  std::set<std::string> unsafe; ///< ids of rows that are not on disk
  std::deque<std::pair<std::string, std::string>> dropped; ///< ids, sentences
  std::map<std::string, std::string> not_understood;       ///< the same
  std::set<std::string> logged; ///< conflicts that there are
  teller tell;
  /// Gives a grace on this node until that time (Unix), or with 0 ends it.
  std::function<void(const meter::cap_subject&, std::int64_t until_s)> grant;
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

/// To the REGISTRY: there is a line to that life, or none any more. In step
/// with the records.
struct registry_linked {
  cluster::life who;
};
struct registry_unlinked {
  cluster::life who;
};

/// To the REGISTRY: a record of kinds 128 to 159.
struct shared_record {
  cluster::life from;
  cluster::record_kind kind;
  std::string bytes;
};

/// Takes `admin_call` (answered with an `admin_answer` when every reactor goes
/// by the change) and `reload_now`. One change at a time, each on disk before
/// any reactor knows of it. In a cluster the others are told, and the answer
/// waits until all that are linked go by it, for a second at most; what others
/// have changed is taken over, stored and handed out. Has a thread of its own,
/// because it waits for the disk (spawn it `caf::detached`).
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

  /// An answer that waits for other nodes.
  struct follower {
    std::string id;
    std::int64_t until_ns;
    admin_answer answer;
    done then;
  };

  void go_on();
  void answer(const admin_call& call, const done& then);
  void change(app_decision what, const done& then);
  void spread_grace(const admin_call& call, const done& then);
  void reload(const done& then);
  void hand_out(admin_answer answer, done then);

  // -- in a cluster (registry_cluster.cpp) ------------------------------------

  caf::message_handler in_cluster();
  void receive(const shared_record& x);
  void act(cluster::shared_effects& what);
  void adopt(const std::vector<std::string>& ids, const done& then);
  void adopt_grace(const std::string& id);
  void store(const std::vector<std::string>& ids);
  void tell_files();
  void tick();
  void when_followed(const std::string& id, admin_answer answer, done then);
  void answer_followed();

  std::shared_ptr<registry_state> state_;
  std::vector<waiter> waiting_;
  std::vector<follower> following_;
  std::uint64_t last_ = 0;
  std::int64_t store_again_ns_ = 0;
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::admin_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::admin_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::reload_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::handed_out)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::registry_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::registry_linked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::registry_unlinked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::shared_record)
