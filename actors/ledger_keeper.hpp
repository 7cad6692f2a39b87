// The LEDGER: one per node. It writes what the GAUGE states.
#pragma once

#include "actors/ledger/months.hpp"
#include "actors/ledger/questions.hpp"
#include "actors/ledger/store.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/rows_keeper.hpp"
#include "actors/state/meter/cap_book.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tidewire {

/// To the LEDGER, from the GAUGE: ticks in order, and what became of caps.
struct ticks_stated {
  std::vector<meter::tick_block> blocks;
  std::vector<ledger::cap_row> transitions;
  caf::actor gauge;       ///< to be told `ticks_taken`
  rows_for_ledger others; ///< in a cluster
};

/// To the LEDGER, from the GAUGE: a record of kinds 72 to 95; a line is up, and
/// then `kind` is 0.
struct chain_record_in {
  cluster::life from;
  cluster::record_kind kind = 0;
  std::string bytes;
  caf::actor gauge; ///< that sends the answer
};

/// To the GAUGE: all up to this tick is on disk, waits in the LEDGER's memory,
/// or is given up.
struct ticks_taken {
  meter::tick last;
  bool wants_restated;
  ledger::store_health health;
};

/// To the LEDGER: this node states no more. Answered with whether that, and all
/// before it, is on disk.
struct say_goodbye {};

/// To the LEDGER: how many broadcasts were there? Answered with `month_read`.
struct read_month {
  meter::month_question what;
};

struct month_read {
  std::optional<std::uint64_t> broadcasts; ///< nothing: it cannot be read
};

/// The place where the LEDGER works: a reactor without sockets, so that a disk
/// never holds up anything else, and the open file. Made and destroyed by the
/// server.
struct ledger_office {
  /// Opens the file; one that cannot be opened is an alarm, and tried again.
  /// Throws ledger::newer_schema.
  ledger_office(caf::actor_system& system, std::uint32_t index,
                const std::string& path, meter::author me,
                meter::meter_settings s, bool in_cluster = false);

  net::reactor host;
  const std::string file;
  const meter::author author;
  const meter::meter_settings settings;
  const bool clustered;
  ledger::store store; ///< the host's thread, once it runs
};

/// Writes ticks as they come, one commit for each, says how that goes, and
/// prunes a portion now and then. The store is the memory: a restarted LEDGER
/// goes on with it, and is told again what was not confirmed.
class ledger_keeper final : public pinned_actor {
public:
  ledger_keeper(caf::actor_config& cfg, net::reactor& where,
                ledger_office& office);

  const char* name() const override { return "LEDGER"; }
  caf::behavior make_behavior() override;

private:
  void take(const ticks_stated& what);
  void prune(meter::tick now);
  month_read read(const meter::month_question& what);

  // -- other nodes' chains (ledger_chains.cpp) --------------------------------

  void keep(const rows_for_ledger& what, meter::tick now);
  void tell_chains(const std::optional<cluster::life>& to,
                   const caf::actor& gauge);
  void take(const chain_record_in& x);
  void compare(const chain_record_in& x);
  void answer(const chain_record_in& x);
  void answer_waiting(const caf::actor& gauge);
  void take_entries(const chain_record_in& x);
  void ask(const chain_record_in& x, const cluster::life& whose,
           std::int64_t from);
  void tell_alarm(const ledger::store_health& health);

  ledger_office& office_;
  std::int64_t prune_at_ns_ = 0;
  std::int64_t told_at_ns_ = 0; // of an alarm that lasts; 0 if there is none
  std::unique_ptr<ledger::month_counter> months_; // from the first question on

  // Whom it has asked for entries of whom, and until when it waits.
  struct question {
    cluster::life whom;
    std::int64_t until_ns = 0;
  };
  std::map<cluster::life, question> asked_;
  ledger::questions questions_;
  int answers_left_ = 0; // before the next tick
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::ticks_stated)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::ticks_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::say_goodbye)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::read_month)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::month_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::chain_record_in)
