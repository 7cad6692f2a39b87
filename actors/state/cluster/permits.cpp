// What a node does with permits that it holds; permits_owner.cpp gives them
// away.
#include "actors/state/cluster/permits.hpp"

#include "actors/state/cluster/ownership.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

namespace {

constexpr std::int64_t turn_ns = 50'000'000;
constexpr std::size_t apps_per_record = 1000;

template <class Record>
void send(const std::map<life, Record>& from, record_kind kind,
          permit_effects& out) {
  for (auto& [to, all] : from)
    for (std::size_t i = 0; i < all.apps.size(); i += apps_per_record) {
      auto begin = all.apps.begin() + static_cast<std::ptrdiff_t>(i);
      auto count = std::min(apps_per_record, all.apps.size() - i);
      Record part{all.in, {begin, begin + static_cast<std::ptrdiff_t>(count)}};
      out.send.push_back(make_record(to, kind, part));
    }
}

} // namespace

// -- from NODE ----------------------------------------------------------------

void permits::view_is(std::shared_ptr<const view> now) {
  roll_.view_is(std::move(now));
  rebind(true);
}

void permits::gone(const life& who) {
  roll_.gone(who);
  rebind(false);
}

void permits::may_found(bool yes) {
  roll_.may_found(yes);
  rebind(false);
}

// Whoever stops being the owner knows nothing any more: others may give permits
// away as soon as it has told them what it holds.
void permits::rebind(bool of_view) {
  auto gone = roll_.take_gone();
  if (std::any_of(gone.begin(), gone.end(),
                  [this](auto& x) { return may_have_given(x); }))
    void_accounts();
  seen_change_ = roll_.change();
  auto* now = roll_.current();
  if (!now)
    return;
  for (auto& [id, a] : apps_) {
    if (of_view || !a.owner)
      find_owner(id, a);
    if (is_mine(a)) {
      std::erase_if(a.accounts, [this](auto& x) {
        return roll_.open().count(x.first) == 0;
      });
      touch(id, a);
    } else if (auto in = roll_.with(*a.owner); in != a.in) {
      a.in = in;
      a.granted = 0;
      a.low = 0;
      a.pressed = false;
      a.heard = a.number;
      touch(id, a);
    }
    if (of_view && leaving())
      give_back(id, a);
  }
}

bool permits::has_account(const right& a, const life& who) const {
  auto at = a.accounts.find(who);
  return at != a.accounts.end() && at->second.known;
}

// Its account is missing where this node is the owner: so it may have been the
// owner for others, whom this node did not hear then.
bool permits::may_have_given(const life& who) const {
  return std::any_of(apps_.begin(), apps_.end(), [&](auto& x) {
    return is_mine(x.second) && !has_account(x.second, who);
  });
}

void permits::void_accounts() {
  for (auto& [id, a] : apps_)
    for (auto& [who, each] : a.accounts)
      each.known = false;
  roll_.begin_anew();
}

void permits::find_owner(const std::string& id, right& a) {
  auto* now = roll_.current();
  if (!now)
    return;
  a.owner = now->members[owner_of(*now, id, {}).member].who;
  if (!is_mine(a))
    a.accounts.clear();
  touch(id, a);
}

void permits::touch(const std::string& id, right& a) {
  a.dirty = a.due = true;
  touched_.insert(id);
}

bool permits::leaving() const {
  auto* now = roll_.current();
  auto at = now ? index_of(*now, roll_.me()) : no_member;
  return at != no_member && now->members[at].draining;
}

// -- from configuration and door ----------------------------------------------

void permits::limit_is(const std::string& id, std::uint32_t limit) {
  auto at = apps_.find(id);
  if (at == apps_.end()) {
    if (limit == 0)
      return;
    at = apps_.emplace(id, right{}).first;
  }
  auto& a = at->second;
  if (a.limit == limit)
    return;
  if (limit == 0) {
    // What the others hold is not bounded by permits either, now.
    for (auto& [who, each] : a.accounts)
      each.known = false;
    a.held = a.waiting = 0;
    door_.lift(id);
  } else if (a.limit == 0) {
    a.held = door_.hold(id, 0);
  }
  a.limit = limit;
  touch(id, a);
  if (!a.owner)
    rebind(false);
}

void permits::waiting(const std::string& id, std::uint32_t how_many) {
  auto at = apps_.find(id);
  if (at == apps_.end())
    return;
  auto fewer = how_many < std::exchange(at->second.waiting, how_many);
  // Who gave up leaves a permit that may have come for him: the owner would
  // take it for one that is wanted.
  if (fewer)
    give_back(id, at->second);
  if (how_many > 0 || fewer)
    touch(id, at->second);
}

void permits::moved(const std::string& id) {
  auto at = apps_.find(id);
  if (at == apps_.end() || at->second.limit == 0)
    return;
  auto& a = at->second;
  give_back(id, a);
  if (a.held < std::uint64_t{door_.used(id)} + a.low)
    touch(id, a);
}

// What is idle, if others wait for it or this node leaves.
void permits::give_back(const std::string& id, right& a) {
  auto pressed = is_mine(a) ? a.pressing : a.pressed;
  if (a.limit == 0 || !(pressed || leaving()))
    return;
  auto kept = door_.used(id) + (leaving() ? 0 : a.waiting);
  if (kept >= a.held)
    return;
  a.held = door_.hold(id, kept);
  touch(id, a);
}

// -- from peers ---------------------------------------------------------------

bool permits::take(const life& from, record_kind kind, std::string_view bytes) {
  if (kind == permit_hello_kind) {
    auto x = read_permit_hello(bytes);
    if (x && roll_.take(from, *x) && roll_.change() != seen_change_)
      rebind(false);
    return x.has_value();
  }
  if (kind == permit_holdings_kind) {
    auto x = read_permit_holdings(bytes);
    return x && (take(from, *x), true);
  }
  if (kind == permit_grants_kind) {
    auto x = read_permit_grants(bytes);
    return x && (take(from, *x), true);
  }
  return false;
}

void permits::take(const life& from, const permit_grants& x) {
  auto in = roll_.with(from);
  if (in.theirs == 0 || x.in != session{in.view, in.theirs, in.mine})
    return; // of another view: void
  for (auto& each : x.apps) {
    auto at = apps_.find(each.app);
    if (at != apps_.end() && at->second.limit != 0 && at->second.owner == from)
      obey(at->first, at->second, each);
  }
}

void permits::obey(const std::string& id, right& a, const permit_grant& x) {
  a.heard = std::max(a.heard, x.heard);
  if (x.number > a.granted) {
    a.granted = x.number;
    a.low = x.low;
    a.pressed = x.pressed;
    auto before = a.held;
    a.held = door_.hold(id, x.allowed);
    if (a.held > before)
      more_.insert(id);
    touch(id, a);
    give_back(id, a);
  } else if (x.asks) {
    touch(id, a);
  }
  if (x.verdict != permit_verdict::none && x.heard == a.number && a.waiting > 0)
    refused_.push_back({id, a.sent_ns, x.verdict});
}

// -- what is to be done -------------------------------------------------------

// One holding is under way at a time: what changes meanwhile goes with the
// next.
void permits::state(const std::string& id, right& a, std::int64_t now_ns,
                    post& to) {
  if (a.in.theirs == 0 || a.limit == 0)
    return;
  auto late = now_ns - a.sent_ns >= permit_resend_ns;
  auto unheard = a.heard < a.number;
  if (unheard ? !late : !(a.dirty || (a.waiting > 0 && late)))
    return;
  a.dirty = false;
  a.sent_ns = now_ns;
  auto& record = to.holdings[*a.owner];
  record.in = a.in;
  record.apps.push_back(
      {id, ++a.number, a.granted, a.held, door_.used(id), a.waiting});
}

void permits::turn(std::int64_t now_ns, permit_effects& out) {
  if (roll_.change() != seen_change_)
    rebind(false);
  roll_.turn(now_ns, out.send);
  post to;
  for (auto& id : std::exchange(touched_, {})) {
    auto& a = apps_.find(id)->second;
    if (!a.owner)
      continue;
    auto again = a.waiting > 0;
    if (is_mine(a)) {
      if (a.limit != 0)
        give_out(id, a, now_ns, out);
      send_grants(id, a, now_ns, to);
      again = again || a.pressing || waits_for_others(a);
    } else {
      state(id, a, now_ns, to);
      again = a.limit != 0 && (again || a.dirty || a.heard < a.number);
    }
    if (again)
      touched_.insert(id);
  }
  send(to.holdings, permit_holdings_kind, out);
  send(to.grants, permit_grants_kind, out);
  for (auto& id : std::exchange(more_, {}))
    out.more.push_back(id);
  for (auto& each : std::exchange(refused_, {}))
    out.refused.push_back(std::move(each));
  due_ns_ = touched_.empty() && !roll_.waits() ? INT64_MAX : now_ns + turn_ns;
}

// -- questions ----------------------------------------------------------------

permit_standing permits::standing(const std::string& id) {
  permit_standing out;
  out.app = id;
  auto at = apps_.find(id);
  if (at == apps_.end() || at->second.limit == 0)
    return out;
  auto& a = at->second;
  out.limit = a.limit;
  out.held = a.held;
  out.used = door_.used(id);
  out.waiting = a.waiting;
  out.owner = a.owner;
  out.mine = is_mine(a);
  if (!out.mine)
    return out;
  if (auto free = pool(a))
    out.out = static_cast<std::uint64_t>(std::int64_t{a.limit} - *free);
  for (auto& who : roll_.open())
    if (!has_account(a, who))
      out.missing.push_back(who);
  return out;
}

std::vector<permit_standing> permits::standings() {
  std::vector<permit_standing> out;
  for (auto& [id, a] : apps_)
    if (a.limit != 0)
      out.push_back(standing(id));
  return out;
}

} // namespace tidewire::cluster
