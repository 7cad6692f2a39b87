// What WEBHOOKS must not forget, in SQLite: deliveries under way, dead letters,
// and what was announced.
#pragma once

#include "actors/sqlite.hpp"
#include "actors/state/webhook_queue.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidewire {

/// A dead letter, as it is listed.
struct dead_letter {
  webhook_delivery what;
  std::string reason; ///< why the last try failed
  std::int64_t at_ms = 0;
};

/// A file of its own, `webhooks.db`. Every `write` is one transaction, on disk
/// when it returns: whatever ends the process afterwards, `load` finds it.
/// Blocks: belongs to WEBHOOKS' thread. Errors are `sqlite::error`s.
class webhook_journal {
public:
  /// Opens or makes the file. Throws also when a newer version wrote it.
  explicit webhook_journal(const std::string& file);

  struct announced {
    std::string app;
    std::string channel;
    std::string user; ///< empty: the channel itself
  };

  struct contents {
    std::vector<webhook_delivery> deliveries;  ///< oldest first
    std::vector<waiting_event> waiting;        ///< oldest first
    std::vector<announced> what;               ///< members before channels
    std::map<std::string, std::uint64_t> dead; ///< how many, by app
  };

  contents load();

  /// All of it or, if it throws, nothing.
  void write(std::span<const journal_entry> entries);

  /// Replaces everything but the dead letters, after a time without a disk.
  void rewrite(std::span<const journal_entry> entries);

  // -- dead letters -----------------------------------------------------------

  /// At most `limit`, newest first.
  std::vector<dead_letter> dead(const std::string& app, std::size_t limit);

  std::uint64_t count_dead(const std::string& app);

  /// At most `limit`, oldest first; only that one if `id` is not empty. They
  /// stay dead until a `put_delivery` revives them.
  std::vector<webhook_delivery>
  revivable(const std::string& app, const std::string& id, std::size_t limit);

  /// Forgets dead letters from before that time and, of each app, all but the
  /// newest `most`.
  void prune(std::int64_t before_ms, std::size_t most);

private:
  void apply(const put_delivery& x);
  void apply(const retry_delivery& x);
  void apply(const drop_delivery& x);
  void apply(const bury_delivery& x);
  void apply(const put_waiting& x);
  void apply(const drop_waiting& x);
  void apply(const remember_announced& x);
  void apply(const forget_announced& x);
  void transaction(bool anew, std::span<const journal_entry> entries);

  sqlite::database db_;
  struct statements;
  struct drop_statements {
    void operator()(statements* x) const noexcept;
  };
  std::unique_ptr<statements, drop_statements> sql_;
};

} // namespace tidewire
