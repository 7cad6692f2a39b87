// Which of the nodes announces what to backends, and what each must know for
// that. Pure: what it tells others goes to its home, a node or a simulated one.
#pragma once

#include "actors/state/cluster/announced.hpp"
#include "actors/state/cluster/hand_over.hpp"
#include "actors/state/cluster/handed.hpp"
#include "actors/state/webhook_state.hpp"
#include "messages/lifecycle.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire {

/// WEBHOOKS of a node stands at the place of its reactor 0.
constexpr place office_of(node_number node) noexcept {
  return make_place(node, 0);
}

/// What an `announcer` needs of its node.
class announcer_home {
public:
  /// Steady nanoseconds.
  virtual std::int64_t now_ns() const noexcept = 0;

  /// Empty, or `no_app`: it is not known here, or not yet.
  virtual std::string_view id_of(app_index app) const = 0;
  virtual app_index by_id(std::string_view id) const = 0;

  /// To WEBHOOKS of another node.
  virtual void tell(node_number to, cluster::record_kind kind,
                    std::string bytes) = 0;

  /// For the journal: this was announced, or is not so any more.
  virtual void remember(const cluster::announced_fact& what) = 0;

  /// What another node had announced is in our hands: it is gone.
  virtual void took_over(const cluster::announced_fact& what) = 0;

  /// Tells others what is unsent; false: there is more than they take now.
  virtual bool tell_unsent() = 0;

protected:
  ~announcer_home() = default;
};

/// The part that WEBHOOKS of one node has among those of the others. Belongs to
/// the node: a restarted WEBHOOKS adopts it. Not thread-safe.
///
/// The owner of a channel announces. When a channel moves, the one that was
/// hands over what it has announced; the one that is waits for all others, and
/// for what its own reactors see, and then judges what is not so any more. Who
/// would be next keeps copies.
class announcer {
public:
  struct settings {
    /// So long others may take to tell what they had announced. Who does not,
    /// and is a member all the same, has a disk that hangs.
    std::int64_t patience_ns;
    /// How long what was handed over may go without being confirmed.
    std::int64_t settle_ns;
    /// How long a silent node counts as there.
    std::int64_t lost_after_ns;
  };
  using announcements = webhook_state::announcements;
  using interest_in =
      std::function<webhook_state::interest(const channel_key&)>;

  announcer(announcer_home& home, const settings& s) : home_(home), set_(s) {}
  announcer(const announcer&) = delete;
  announcer& operator=(const announcer&) = delete;

  /// From now on this is what WEBHOOKS knows; null: there is none.
  void adopt(webhook_state* state);

  // -- what happened ----------------------------------------------------------

  /// From now on this is the view. What was announced about channels that are
  /// elsewhere now is told there, and reports wait until every other member has
  /// done the same.
  void view_is(std::shared_ptr<const cluster::placement> now);

  /// That node is gone for good: whoever was with it is, too.
  void life_over(node_number which);

  /// There is a line to that node, another than before. What was told over the
  /// one before may not have come, so each tells the other everything anew.
  void line_is(node_number with);

  /// False: it cannot be read, and nothing has changed.
  bool arrived(node_number from, cluster::record_kind kind,
               std::string_view bytes);

  /// Something was restored that nobody has confirmed.
  void judge_anew() noexcept { judged_ = false; }

  // -- a turn: `inherit`, `handle` what is reported, `judge`, then what was
  // decided is `announced`, and when it is in the journal the others are told
  // --

  /// Whether others may still tell what they had announced. What others have
  /// announced counts before what is reported.
  bool waits() const noexcept {
    return !others_.settled() && home_.now_ns() < others_.until_ns();
  }
  bool holds_reports() const noexcept { return waits() || !inherited_.empty(); }

  /// Until when, if nobody speaks.
  std::int64_t waits_until_ns() const noexcept { return others_.until_ns(); }

  /// Takes over what was handed over.
  void inherit();

  /// What channels of a reactor report. `settled`: see `reports_told`.
  void handle(std::uint32_t reactor, std::span<const channel_report> reports,
              const interest_in& interest, announcements& out);
  void settled(std::uint32_t reactor, std::uint64_t view);

  /// `all_said`: no report waits, and nothing of the journal.
  void judge(bool all_said, announcements& out);
  bool can_judge(bool all_said) const;

  /// It is told to backends: it goes to the journal and to who would be next.
  void announced(const channel_report& what);

  void tell_copies();
  void confirm();
  void conclude();

  /// Whether a turn has something to do, but for reports and the time.
  bool is_due(bool all_said) const {
    return !inherited_.empty() || !to_confirm_.empty() || !to_conclude_.empty()
           || can_judge(all_said);
  }
  bool has_copies() const noexcept { return !to_copy_.empty(); }

  // -- what is so -------------------------------------------------------------

  /// Null: no cluster.
  const std::shared_ptr<const cluster::placement>& placed() const noexcept {
    return placed_;
  }

  /// Nothing that was handed over is under way.
  bool all_handed() const noexcept { return handed_.empty(); }

  /// It was announced lately that this is not so any more.
  bool is_gone(const cluster::announced_fact& what) const {
    return gone_.has(what);
  }

private:
  static constexpr std::int64_t ns_of_ms = 1'000'000;

  using fact = cluster::announced_fact;
  using next_of_channel =
      std::function<std::optional<node_number>(const channel_key&)>;

  node_number owner_of(std::string_view app, std::string_view channel) const;
  node_number owner_of(const channel_key& key) const {
    return owner_of(home_.id_of(key.app), key.name);
  }
  std::optional<node_number> next_of(const channel_key& key,
                                     const cluster::placement& in) const;
  bool elsewhere(const channel_report& what) const;
  std::int64_t lost_until() const;
  void await_others();
  void take_over_copies();
  void hand_over(const cluster::placement* before);
  void hand(node_number to, const std::vector<fact>& facts);
  void inherit(const channel_key& key, const fact& x);
  fact fact_of(const channel_key& key, const std::string& user, bool so) const;
  fact as_copy(const channel_key& key, const std::string& user, bool so) const;
  void announced(const channel_key& key, const std::string& user, bool so);
  void copy(const channel_key& key, const std::string& user, bool so);
  void copy_all(const next_of_channel& next_of);

  announcer_home& home_;
  const settings set_;
  webhook_state* state_ = nullptr;

  std::shared_ptr<const cluster::placement> placed_;
  cluster::hand_over others_; // members, at the places of their reactors 0
  std::map<node_number, std::uint64_t> stated_; // the view they spoke of last
  cluster::announced_copies copies_;
  std::vector<fact> inherited_;                     // not taken over yet
  std::map<node_number, std::uint64_t> to_confirm_; // of what was inherited
  // Who is to hear that what was handed over was all.
  std::set<node_number> to_conclude_;
  cluster::handed_facts handed_;
  cluster::gone_facts gone_;
  cluster::gone_facts gone_copies_; // of others, whose channels may be ours
  // Reactors that have more to say of this view, and whether they go by it.
  std::map<std::uint32_t, bool> unsettled_;
  // Reactors whose channels begin anew with that view.
  std::map<std::uint32_t, std::uint64_t> anew_;
  bool judged_ = true; // what is known when all have said it
  std::map<node_number, std::int64_t> missing_; // silent since then
  std::set<node_number> over_;
  std::map<node_number, std::vector<fact>> to_copy_;
};

} // namespace tidewire
