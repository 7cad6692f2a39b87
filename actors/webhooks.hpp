// WEBHOOKS: one per node. It tells apps' backends what happens in channels.
#pragma once

#include "actors/apps.hpp"
#include "actors/cap_keeper.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/state/announcer.hpp"
#include "actors/state/cluster/unsent.hpp"
#include "actors/state/webhook_queue.hpp"
#include "actors/state/webhook_state.hpp"
#include "actors/webhook_filters.hpp"
#include "actors/webhook_journal.hpp"
#include "config/settings.hpp"
#include "messages/node_messages.hpp"
#include "messages/place.hpp"
#include "net/http_client.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewire {

class webhooks;

constexpr std::int64_t in_ns(std::chrono::nanoseconds x) noexcept {
  return x.count();
}

/// Where the operator of this server is told things, and what signs them; an
/// empty URL: nowhere.
struct operator_hook {
  std::string url;
  std::string secret;
};

/// Whose webhooks those are in the queue, in figures and among dead letters; no
/// app can have this id.
inline constexpr const char* operator_id = "@operator";

/// To WEBHOOKS, from the GAUGE: what became of caps.
struct caps_moved {
  std::vector<cap_notice> what;
  /// Another node may have told of them, or may yet if this one dies.
  bool shared = false;
};

/// The event of the operator's webhook.
std::string render_cap_event(const cap_notice& notice);

/// The place where WEBHOOKS works: a reactor without client sockets, so that
/// neither SQLite nor an endpoint ever holds up the data plane, and what a
/// successor must know beyond the journal. Made and destroyed by the server.
struct webhook_office final : private announcer_home {
  webhook_office(caf::actor_system& system, std::uint32_t index,
                 const config::webhook_settings& s, std::string journal,
                 app_table a, operator_hook whom);

  /// From now on these are the apps. `then` is told on this thread, when it is
  /// so, for which of them channels have to state again who is there. Any
  /// thread.
  void configure(app_table now, operator_hook whom,
                 std::function<void(std::vector<app_index>)> then);

  /// Departures that are the server's doing are not announced. Any thread.
  void hold_departures();

  net::reactor host;
  const config::webhook_settings settings;
  const std::string file; ///< of the journal
  app_table apps;
  operator_hook hook;
  caf::actor gauge;
  std::map<std::uint32_t, std::uint64_t> taken; ///< and safe, by reactor
  bool leaving = false;

  // -- in a cluster (webhooks_cluster.cpp); all of the office's thread --------

  /// From now on this is the view.
  void view_is(std::shared_ptr<const cluster::placement> now);

  /// What WEBHOOKS of another node says.
  void arrived(node_number from, cluster::record_kind kind,
               const std::string& bytes);

  /// There is a line to that node, another than before: it is told anew what it
  /// keeps.
  void line_is(node_number with);

  /// So long others may take to tell what they had announced.
  static constexpr std::int64_t patience_ns = 15'000'000'000;

  /// Who announces what, and what others know of it.
  announcer among;

  /// Sends to WEBHOOKS of another node; empty where there is no cluster.
  std::function<void(node_number, cluster::record_kind, std::string)> sends;

  /// Whether links take more.
  std::function<bool()> may_tell;

  /// Who keeps copies of what is unsent about that channel: its owner, or who
  /// would own it next.
  std::optional<node_number> keeper_of(std::string_view app,
                                       std::string_view channel) const;

  bool clustered = false;      ///< there are other nodes, or may be
  cluster::unsent_book unsent; ///< what this node has not delivered
  std::map<std::string, std::vector<std::string>> batches; ///< of its keys
  cluster::kept_hooks kept;                  ///< what others have not delivered
  std::vector<cluster::unsent_hook> orphans; ///< to be delivered here
  /// Until then others are asked what they delivered of the journal's.
  std::int64_t ask_until_ns = 0;
  std::vector<std::string> delivered_elsewhere;
  std::map<node_number, std::size_t> answers_missing;

  webhooks* current = nullptr; ///< from its first turn to its end

  /// For `among`, and to WEBHOOKS of another node.
  void tell(node_number to, cluster::record_kind kind,
            std::string bytes) override;

private:
  void arrived_unsent(node_number from, cluster::record_kind kind,
                      const std::string& bytes);

  std::int64_t now_ns() const noexcept override { return host.now(); }
  std::string_view id_of(app_index app) const override;
  app_index by_id(std::string_view id) const override { return apps.by_id(id); }
  void remember(const cluster::announced_fact& what) override;
  void took_over(const cluster::announced_fact& what) override;
  bool tell_unsent() override;
};

/// Takes `reports_told`, `gauge_up`, and from the ADMIN `list_dead_letters`
/// and `replay_dead_letters`, answered with a `webhook_answer`. Decides in
/// `webhook_state`, `announcer` and `webhook_queue`, writes to the journal once
/// per turn, and only then sends. A restarted one knows what the journal says;
/// ROUTERs tell it again what is not confirmed, and channels state who is
/// there.
class webhooks final : public pinned_actor {
public:
  webhooks(caf::actor_config& cfg, net::reactor& where, webhook_office& office);

  const char* name() const override { return "WEBHOOKS"; }
  caf::behavior make_behavior() override;
  void on_exit() override;

  /// Asks for its turn if it has something to do and has not asked yet; true
  /// if it did. For the reactor's hook.
  bool rouse();

  /// The apps have changed. What nobody wants to know any more is forgotten;
  /// what waits for an endpoint that is gone becomes a dead letter in its turn.
  void configure();

  /// For the journal of this turn.
  void remember(const cluster::announced_fact& what);

  /// False: there is more to say than the links take now.
  bool tell_unsent();

  /// See webhook_office.
  void hold_departures() { state_.hold_departures(); }

private:
  /// Reports of a reactor that were taken in this turn.
  struct receipt {
    std::uint64_t number = 0;
    caf::actor router;
  };

  struct answer {
    std::string id;
    net::http_outcome what;
  };

  bool due() const noexcept;
  void work();
  void restore();
  bool load();
  void take(const reports_told& x);
  void announce(const webhook_state::announcements& what);
  void announce(const channel_report& what);
  void take_answers();
  void send_all();
  void send(const webhook_delivery& what);
  void post(const webhook_delivery& what, net::url to,
            std::vector<std::pair<std::string, std::string>> headers);
  void announce_caps(const caps_moved& x);
  void send_to_operator(const webhook_delivery& what);
  void confirm();
  void tell_figures();
  void end_if_done();

  // -- the journal (webhooks_journal.cpp) -------------------------------------

  bool open_journal();
  void commit();
  bool write_anew();
  void journal_failed(const std::string& why);
  std::vector<journal_entry> everything() const;
  webhook_answer list_dead(const list_dead_letters& x);
  webhook_answer replay(const replay_dead_letters& x);
  void prune();

  // -- in a cluster (webhooks_cluster.cpp) ------------------------------------

  /// Everything has been said that reports and the journal may say.
  bool all_said() const { return held_.empty() && old_.empty(); }
  void take_held();

  // -- what is unsent (webhooks_unsent.cpp) -----------------------------------

  /// What the journal had when the process began, until it is known what others
  /// have delivered of it.
  struct leftover {
    std::vector<webhook_delivery> deliveries;
    std::vector<waiting_event> waiting;
    std::vector<webhook_journal::announced> said;

    bool empty() const {
      return deliveries.empty() && waiting.empty() && said.empty();
    }
  };

  bool copies_due() const;
  void note_unsent(const journal_entry& x);
  void adopt();
  void ask_about_old();
  std::vector<std::string> old_keys() const;
  bool everybody_answered();
  void release_old();
  void restore(const webhook_journal::announced& x);
  void restore(webhook_delivery what);
  void restore(waiting_event what);
  void wait_for_batch(waiting_event what);

  std::int64_t now_ms() const noexcept;

  webhook_office& office_;
  const std::int64_t wall_offset_ns_; // steady to wall clock, never stepped
  webhook_filters filters_;
  webhook_state state_;
  webhook_queue queue_;
  webhook_queue::effects todo_; // of this turn
  std::unique_ptr<net::http_client> client_;
  bool asked_ = false; // for its turn
  std::vector<answer> answers_;
  std::map<std::uint32_t, receipt> receipts_; // by reactor
  std::vector<reports_told> held_; // until others have told what they had
  std::int64_t copies_at_ns_ = 0;  // there was no room before
  leftover old_;
  std::int64_t old_at_ns_ = 0;                       // looked at again
  std::map<node_number, std::uint32_t> asked_nodes_; // in that stay

  std::unique_ptr<webhook_journal> journal_;
  bool loaded_ = false; // we know what it says
  bool behind_ = false; // it lacks what we know
  std::int64_t try_again_ns_ = 0;
  std::vector<journal_entry> unburied_;
  std::int64_t prune_at_ns_ = 0;

  std::vector<webhook_figures> told_figures_;
  std::int64_t figures_at_ns_ = 0;
  std::int64_t dead_logged_ns_ = 0;
  std::optional<std::int64_t> end_by_ns_; // told to exit
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::caps_moved)
