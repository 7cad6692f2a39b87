// Who is credited, to which account.
#include "actors/state/cluster/episodes.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace tidewire::cluster {

namespace {

constexpr std::int64_t match_ns = 100'000'000;

// When the last proven reading was taken.
meter::cluster_ns read_at(std::uint64_t tick) {
  return static_cast<meter::cluster_ns>(tick) * meter::ns_per_second;
}

} // namespace

episodes::account& episodes::account_of(std::uint32_t number) {
  auto [at, fresh] = accounts_.try_emplace(number);
  if (fresh) {
    at->second.id = names_.episode(number);
    at->second.number = number;
  }
  return at->second;
}

std::vector<episodes::account*> episodes::oldest_first(const std::string& app) {
  std::vector<account*> out;
  for (auto& [number, x] : accounts_)
    if (x.lost > 0 && x.opened != 0 && x.id.app == app)
      out.push_back(&x);
  std::sort(out.begin(), out.end(), [](auto* a, auto* b) {
    return std::tie(a->opened, a->id) < std::tie(b->opened, b->id);
  });
  return out;
}

// Those that may still change.
std::vector<episodes::account*> episodes::in_time(std::uint32_t app,
                                                  cluster_ns now) {
  auto out = oldest_first(names_.app(app));
  std::erase_if(out,
                [&](auto* x) { return now >= x->opened + settings_.open_ns; });
  return out;
}

std::optional<std::uint32_t> episodes::credit(const arrival& who,
                                              cluster_ns now) {
  if (accounts_.empty())
    return std::nullopt;
  for (auto* x : in_time(who.app, now))
    if (who.user ? identify(*x, who, now) : attribute(*x, who, now))
      return x->number;
  return std::nullopt;
}

// Who came after the last proven reading, but before the death was known. A
// later reading may have been found since; then those who had come by then are
// credited no more.
void episodes::credit_recent(account& x, cluster_ns now) {
  auto app = names_.app(x.id.app);
  if (recent_of_.count(app) == 0)
    return; // of ten thousand apps, most
  for (auto& who : recent_) {
    if (who.to == x.number && !who.matched && who.opened <= begins(x))
      take_back(x, who);
    if (!who.to && !who.matched && who.app == app
        && (who.user ? identify(x, who, now) : attribute(x, who, now)))
      who.to = x.number;
  }
}

void episodes::take_back(account& x, arrival& who) {
  who.to.reset();
  auto& own = who.user ? x.own_identified : x.own_attributed;
  if (own == 0)
    return; // of an account that was over before
  --own;
  add(who.user ? cell_key{cell_kind::credited, x.number, *who.user}
               : cell_key{cell_kind::attributed, x.number, 0},
      -1);
  take_back_time(x);
}

// A connection that was there when the reading was taken is not one of those
// that were lost, and each connection that was is back but once.
bool episodes::identify(account& x, const arrival& who, cluster_ns now) {
  auto dead = authors_.find(x.id.gone);
  if (x.id.drained || who.opened <= begins(x) || dead == authors_.end())
    return false;
  auto before = x.users.find(*who.user);
  auto known = known_of(x, *who.user,
                        before == x.users.end() ? 0 : before->second.known);
  if (known == 0
      || (before != x.users.end() && before->second.credited >= known))
    return false;
  auto counted = unattribute(x, who);
  ++x.own_identified;
  add({cell_kind::credited, x.number, *who.user}, 1, known);
  if (!counted)
    add({cell_kind::in_time, x.number, time_bucket(now - x.opened)}, 1);
  return true;
}

// Nobody who came before is back. The reading is of the dead node's clock,
// which may be seconds off until it has met the others' (a node that starts is
// slewed). Where nothing is known of it: it was taken before the death was
// found.
episodes::cluster_ns episodes::begins(const account& x) const {
  if (x.id.drained)
    return x.opened;
  auto dead = authors_.find(x.id.gone);
  if (dead == authors_.end() || !dead->second.ahead_ns)
    return std::min(read_at(x.last), x.opened);
  return read_at(x.last) - *dead->second.ahead_ns;
}

std::uint64_t episodes::open_before(const account& x,
                                    const arrival& who) const {
  auto first = std::find_if(recent_.begin(), recent_.end(), [&](auto& other) {
    return !other.user && other.app == who.app && other.opened > begins(x);
  });
  return (first == recent_.end() ? who : *first).open_here - 1;
}

bool episodes::attribute(account& x, const arrival& who, cluster_ns now) {
  if (!x.here) // nobody has told: before the first who came since
    x.here = open_before(x, who);
  if (!is_open(x, now) || who.opened <= begins(x)
      || open_here_[who.app] <= *x.here + x.own_identified + x.own_attributed)
    return false;
  ++x.own_attributed;
  add({cell_kind::attributed, x.number, 0}, 1);
  add({cell_kind::in_time, x.number, time_bucket(now - x.opened)}, 1);
  return true;
}

// Who is identified may have been attributed when it was accepted: to this
// account or to another one. True if its time is counted in this one.
bool episodes::unattribute(account& x, const arrival& who) {
  auto* accepted = accept_of(who);
  if (!accepted)
    return false;
  accepted->matched = true;
  auto at = accepted->to ? accounts_.find(*accepted->to) : accounts_.end();
  if (at == accounts_.end() || at->second.own_attributed == 0)
    return false;
  --at->second.own_attributed;
  add({cell_kind::attributed, at->first, 0}, -1);
  if (&at->second == &x)
    return true;
  take_back_time(at->second);
  return false;
}

// The accept of a connection of which the user is known now, as near as can be
// said.
episodes::arrival* episodes::accept_of(const arrival& who) {
  auto away = [&](const arrival& x) { return std::abs(x.opened - who.opened); };
  arrival* best = nullptr;
  for (auto at = recent_.rbegin();
       at != recent_.rend() && at->opened + match_ns >= who.opened; ++at)
    if (!at->user && !at->matched && at->app == who.app && away(*at) <= match_ns
        && (!best || away(*at) < away(*best)))
      best = &*at;
  return best;
}

void episodes::take_back_time(const account& from) {
  for (auto bucket = time_buckets; bucket-- > 0;)
    if (cell_key key{cell_kind::in_time, from.number, bucket};
        mine().get(key).a > 0) {
      add(key, -1);
      return;
    }
}

// Two nodes have credited the same connection, because neither had heard of the
// other's yet: perhaps it came twice, and the second time to make up for a
// younger loss. Or the user had left the dead node before, as is heard only
// now. The one whose credit can be changed, or else the later by name,
// looks again.
void episodes::undo_doubles(cluster_ns now) {
  for (auto& key : std::exchange(doubled_, {})) {
    auto at = accounts_.find(key.subject);
    if (at == accounts_.end() || mine().get(key).a == 0)
      continue;
    auto& x = at->second;
    auto user = x.users.find(key.detail);
    if (user == x.users.end() || user->second.credited <= user->second.known)
      continue;
    auto yields =
        mine().get(key).a > user->second.known
        || std::any_of(authors_.begin(), authors_.end(), [&](auto& other) {
             return (other.second.gone || other.first < me_)
                    && other.second.book.get(key).a > 0;
           });
    if (!yields)
      continue;
    arrival long_ago{names_.app(x.id.app), key.detail, now, 0, x.number};
    auto last = std::find_if(recent_.rbegin(), recent_.rend(), [&](auto& each) {
      return each.to == x.number && each.user == key.detail;
    });
    auto& who = last == recent_.rend() ? long_ago : *last;
    take_back(x, who);
    who.to = credit(who, now);
  }
}

} // namespace tidewire::cluster
