// How an owner of an app's permits gives them away.
#include "actors/state/cluster/permits.hpp"

#include <algorithm>
#include <numeric>

namespace tidewire::cluster {

namespace {

// So long after somebody had to wait, what falls idle is given back at once.
constexpr std::int64_t press_ns = 1'000'000'000;

// Of what is left, each node gets a share of this part of it in advance: so
// the accept that is usual needs no message, and the last ones go one by one.
constexpr std::int64_t spare_part = 4;

} // namespace

// Who may be given permits now: this node, or a member whose account was said
// in the present session.
struct permits::claim {
  account* of = nullptr; // null: this node
  std::uint32_t used = 0;
  std::uint32_t waiting = 0;
  std::uint32_t out = 0;

  std::int64_t wanted() const noexcept { return std::int64_t{used} + waiting; }
  std::int64_t needs() const noexcept {
    return std::max<std::int64_t>(wanted() - out, 0);
  }
  std::int64_t idle() const noexcept {
    return std::max<std::int64_t>(out - wanted(), 0);
  }
};

// -- accounts -----------------------------------------------------------------

void permits::take(const life& from, const permit_holdings& x) {
  auto in = roll_.with(from);
  if (in.theirs == 0 || x.in != session{in.view, in.theirs, in.mine})
    return;
  for (auto& each : x.apps) {
    auto at = apps_.find(each.app);
    if (at == apps_.end()) {
      // A limit of which the holder knows already.
      at = apps_.emplace(each.app, right{}).first;
      find_owner(at->first, at->second);
    }
    if (!is_mine(at->second))
      continue;
    take(from, in, at->second, each);
    at->second.due = true;
    touched_.insert(at->first);
  }
}

void permits::take(const life& from, const session& in, right& a,
                   const permit_holding& x) {
  auto& of = a.accounts[from];
  if (of.in != in) {
    of = {};
    of.in = in;
  }
  of.owed = true;
  if (x.number <= of.number)
    return;
  of.number = x.number;
  of.used = x.used;
  of.waiting = x.waiting;
  of.verdict = permit_verdict::none;
  of.obeyed = std::max(of.obeyed, x.granted);
  // Before it has obeyed the last grant it may still come to hold that many.
  of.out = of.obeyed >= of.granted ? x.held : std::max(of.out, x.held);
  of.known = true;
}

// What is in nobody's account; nothing if there may be an account that is not
// known.
std::optional<std::int64_t> permits::pool(const right& a) const {
  if (!roll_.informed() || !roll_.majority())
    return std::nullopt;
  auto free = std::int64_t{a.limit} - a.held;
  for (auto& who : roll_.open()) {
    auto at = a.accounts.find(who);
    if (at == a.accounts.end() || !at->second.known)
      return std::nullopt;
    free -= at->second.out;
  }
  return free;
}

std::vector<permits::claim> permits::claims(const std::string& id, right& a) {
  std::vector<claim> all;
  if (!leaving())
    all.push_back({nullptr, door_.used(id), a.waiting, a.held});
  for (auto& member : roll_.current()->members) {
    auto at = a.accounts.find(member.who);
    if (at == a.accounts.end() || member.draining)
      continue;
    auto& x = at->second;
    if (x.known && x.in == roll_.with(member.who)
        && roll_.admissible(member.who))
      all.push_back({&x, x.used, x.waiting, x.out});
  }
  return all;
}

// -- giving -------------------------------------------------------------------

void permits::give_out(const std::string& id, right& a, std::int64_t now_ns,
                       permit_effects& out) {
  if (!a.due && !a.pressing)
    return;
  a.due = false;
  auto free = pool(a);
  if (!free) {
    if (roll_.someone_is_lost())
      judge(id, a, permit_verdict::doubtful, now_ns, out);
    return;
  }
  if (roll_.someone_is_lost())
    turn_away_strangers(a);
  auto all = claims(id, a);
  auto left = give_needed(id, a, all, *free);
  auto needed = [&] {
    return std::any_of(all.begin(), all.end(),
                       [](auto& x) { return x.needs() > 0; });
  };
  if (left < 0 || needed()) {
    a.pressing = true;
    a.pressed_ns = now_ns;
    left = give_needed(id, a, all, left + press(id, a, all));
  }
  if (a.pressing && now_ns - a.pressed_ns >= press_ns)
    a.pressing = false;
  if (!a.pressing)
    give_spare(id, a, all, left);
  if (left <= 0 && needed() && all_in_use(a))
    judge(id, a,
          roll_.someone_is_lost() ? permit_verdict::doubtful
                                  : permit_verdict::full,
          now_ns, out);
}

void permits::allow(const std::string& id, right& a, claim& to,
                    std::int64_t more, std::uint32_t low) {
  to.out = static_cast<std::uint32_t>(to.out + more);
  if (to.of == nullptr) {
    a.low = low;
    a.held = door_.hold(id, to.out);
    if (more > 0)
      more_.insert(id);
    return;
  }
  to.of->granted = ++last_grant_;
  to.of->allowed = to.out;
  to.of->low = low;
  to.of->pressed = a.pressing;
  to.of->out = std::max(to.of->out, to.out);
}

// Evenly among those who need some; who comes first changes. Returns what is
// left.
std::int64_t permits::give_needed(const std::string& id, right& a,
                                  std::vector<claim>& all, std::int64_t free) {
  std::vector<std::int64_t> given(all.size());
  auto in_need = [&] {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
      count += all[i].needs() > given[i] ? 1 : 0;
    return count;
  };
  for (auto count = in_need(); free > 0 && count > 0; count = in_need()) {
    auto share = std::max<std::int64_t>(free / count, 1);
    for (std::size_t i = 0; i < all.size() && free > 0; ++i) {
      auto at = (a.next + i) % all.size();
      auto amount = std::min({all[at].needs() - given[at], share, free});
      given[at] += amount;
      free -= amount;
    }
    ++a.next;
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    if (given[i] > 0)
      allow(id, a, all[i], given[i], 0);
  return free;
}

void permits::give_spare(const std::string& id, right& a,
                         std::vector<claim>& all, std::int64_t free) {
  if (all.empty())
    return;
  auto chunk = free / (spare_part * static_cast<std::int64_t>(all.size()));
  for (auto& each : all)
    if (2 * each.idle() < chunk)
      allow(id, a, each, chunk - each.idle(),
            static_cast<std::uint32_t>((chunk + 1) / 2));
}

// Everybody gives back what is idle, now and until this is over. Returns what
// this node has given back.
std::int64_t permits::press(const std::string& id, right& a,
                            std::vector<claim>& all) {
  std::int64_t back = 0;
  for (auto& each : all) {
    if (each.of == nullptr && each.idle() > 0) {
      auto before = a.held;
      a.held = door_.hold(id, static_cast<std::uint32_t>(each.wanted()));
      each.out = a.held;
      back += std::int64_t{before} - a.held;
    } else if (each.of
               && (!each.of->pressed
                   || (each.idle() > 0
                       && each.of->obeyed == each.of->granted))) {
      auto& of = *each.of;
      of.granted = ++last_grant_;
      of.allowed = static_cast<std::uint32_t>(
          std::min<std::int64_t>(each.wanted(), each.out));
      of.low = 0;
      of.pressed = true;
    }
  }
  return back;
}

// Nothing is idle anywhere, as far as anybody can know.
bool permits::all_in_use(const right& a) const {
  return std::all_of(a.accounts.begin(), a.accounts.end(), [&](auto& x) {
    auto at = index_of(*roll_.current(), x.first);
    if (at == no_member || !x.second.known)
      return true; // it will not be asked
    return x.second.in == roll_.with(x.first)
           && x.second.obeyed == x.second.granted && x.second.idle() == 0;
  });
}

void permits::judge(const std::string& id, right& a, permit_verdict verdict,
                    std::int64_t now_ns, permit_effects& out) {
  if (a.waiting > 0)
    out.refused.push_back({id, now_ns, verdict});
  for (auto& [who, of] : a.accounts)
    if (of.waiting > 0 && of.verdict != verdict) {
      of.verdict = verdict;
      of.owed = true;
    }
}

// Of whom a lost life does not know.
void permits::turn_away_strangers(right& a) {
  for (auto& [who, of] : a.accounts)
    if (of.waiting > 0 && !roll_.admissible(who)
        && of.verdict == permit_verdict::none) {
      of.verdict = permit_verdict::doubtful;
      of.owed = true;
    }
}

// -- telling ------------------------------------------------------------------

void permits::send_grants(const std::string& id, right& a, std::int64_t now_ns,
                          post& to) {
  for (auto& [who, of] : a.accounts) {
    auto in = roll_.with(who);
    if (in.theirs == 0 || of.in != in)
      continue;
    auto unheard = !of.known || of.obeyed < of.granted;
    auto due =
        unheard
        && (of.sent < of.granted || now_ns - of.sent_ns >= permit_resend_ns);
    if (!due && !of.owed)
      continue;
    of.owed = false;
    of.sent = of.granted;
    of.sent_ns = now_ns;
    auto& record = to.grants[who];
    record.in = in;
    record.apps.push_back({id, of.granted, of.number, of.allowed, of.low,
                           of.pressed, unheard, of.verdict});
  }
}

bool permits::waits_for_others(const right& a) const {
  return std::any_of(a.accounts.begin(), a.accounts.end(), [this](auto& x) {
    return (!x.second.known || x.second.obeyed < x.second.granted)
           && index_of(*roll_.current(), x.first) != no_member;
  });
}

} // namespace tidewire::cluster
