// Webhooks that are not delivered yet, as one node has another one keep them:
// whoever owns the channel next delivers them if this one dies. Pure.
#pragma once

#include "actors/state/cluster/record.hpp"
#include "messages/place.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// Hooks to be kept.
inline constexpr record_kind unsent_copy_kind = 37;
/// Keys of those that need not be kept any more.
inline constexpr record_kind unsent_done_kind = 38;
/// From a node that was away: keys of what it had not delivered then.
inline constexpr record_kind unsent_ask_kind = 39;
/// The answer: which of them were taken over.
inline constexpr record_kind unsent_known_kind = 40;

/// One event for one endpoint.
struct unsent_hook {
  std::string key; ///< of all events of all nodes
  std::string app;
  std::string url;
  std::string channel;
  bool batch = false; ///< `body` is an event that goes into a batch
  std::string body;
  std::int64_t since_ms = 0; ///< Unix time

  friend bool operator==(const unsent_hook&, const unsent_hook&) = default;
};

/// Writes them as records that are not too long.
std::vector<std::string> write(const std::vector<unsent_hook>& all);
std::vector<std::string> write_keys(const std::vector<std::string>& all);
/// A record with none, which says that this was all.
std::string write_no_keys();

/// Nothing if it is not such a record from beginning to end.
std::optional<std::vector<unsent_hook>> read_unsent(std::string_view bytes);
std::optional<std::vector<std::string>> read_keys(std::string_view bytes);

/// What this node has to deliver, and who keeps a copy of it. Belongs to
/// WEBHOOKS.
class unsent_book {
public:
  /// Who keeps what concerns that channel; nothing: there is nobody.
  using holder = std::function<std::optional<node_number>(
      std::string_view app, std::string_view channel)>;

  struct news {
    std::vector<unsent_hook> copy;
    std::vector<std::string> done;
  };

  void add(unsent_hook what);
  void done(const std::string& key);

  /// The view has changed: everything is looked at anew. Those who are `new`
  /// have nothing, whatever they were told before.
  void look_again(const std::function<bool(node_number)>& is_new);

  /// What is to be told now, by node: at most about `most` bytes; the rest has
  /// to be asked for. Copies come before what is announced next.
  std::map<node_number, news> tell(const holder& who, std::size_t most);

  bool has(const std::string& key) const { return all_.contains(key); }
  bool has_news() const noexcept { return !untold_.empty() || !over_.empty(); }
  std::size_t size() const noexcept { return all_.size(); }

private:
  struct entry {
    unsent_hook what;
    std::optional<node_number> held_by;
  };

  std::unordered_map<std::string, entry> all_; // by key
  std::deque<std::string> untold_;             // keys, in their order
  std::map<node_number, std::vector<std::string>> over_;
};

/// What others have to deliver.
class kept_hooks {
public:
  /// So many keys of what was taken over are remembered.
  static constexpr std::size_t max_taken = 200'000;

  void keep(node_number of, std::vector<unsent_hook> what);
  void done(node_number of, const std::vector<std::string>& keys);

  /// It tells everything anew.
  void forget(node_number of) { of_.erase(of); }

  /// What was kept for nodes that are not there any more, in their order: it
  /// is this one's from now on.
  std::vector<unsent_hook>
  orphans(const std::function<bool(node_number)>& is_there);

  /// That was taken over here, too.
  void took(const std::string& key);

  /// Those that were taken over here, delivered or not.
  std::vector<std::string> taken(const std::vector<std::string>& keys) const;

  std::size_t size() const noexcept;

private:
  using order = std::uint64_t;

  struct account {
    std::map<order, unsent_hook> all;
    std::unordered_map<std::string, order> places; // by key
  };

  std::map<node_number, account> of_;
  order last_ = 0;
  bool remember(const std::string& key);

  std::unordered_set<std::string> taken_;
  std::deque<std::string> taken_in_order_;
};

} // namespace tidewire::cluster
