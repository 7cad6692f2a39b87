#include "actors/state/cluster/permit_roll.hpp"

#include <algorithm>

namespace tidewire::cluster {

namespace {

constexpr std::size_t most_gone = 1024;
constexpr std::size_t most_gone_told = 64;

} // namespace

// -- from NODE ----------------------------------------------------------------

void permit_roll::view_is(std::shared_ptr<const view> now) {
  view_ = std::move(now);
  ++binding_;
  for (auto& [who, p] : peers_) {
    p.binding = p.heard = p.told = p.sent = 0;
    p.informed = p.welcomed = p.owed = false;
  }
  for (auto& member : view_->members) {
    std::erase(gone_, member.who);
    learn(member.who);
    if (member.who != me_)
      peers_[member.who];
  }
  std::erase_if(peers_, [this](auto& x) {
    return open_.count(x.first) == 0 && !in_view(x.first);
  });
  tell_all();
  look_around();
}

void permit_roll::gone(const life& who) {
  if (who == me_ || std::find(gone_.begin(), gone_.end(), who) != gone_.end())
    return;
  gone_.push_back(who);
  if (gone_.size() > most_gone)
    gone_.erase(gone_.begin());
  if (open_.erase(who) > 0)
    just_gone_.push_back(who);
  if (!in_view(who))
    peers_.erase(who);
  for (auto& [other, p] : peers_)
    p.open.erase(who);
  tell_all();
  look_around();
}

void permit_roll::may_found(bool yes) {
  if (may_found_ == yes)
    return;
  may_found_ = yes;
  look_around();
}

void permit_roll::begin_anew() {
  ++binding_;
  for (auto& [who, p] : peers_)
    p.told = p.sent = 0;
  tell_all();
}

// -- from peers ---------------------------------------------------------------

bool permit_roll::take(const life& from, const permit_hello& x) {
  if (!view_ || x.in.view != view_->hash || from == me_ || !in_view(from))
    return false;
  auto& p = peers_[from];
  if (x.in.mine < p.binding)
    return false; // it has seen another view since
  if (x.in.mine > p.binding) {
    p.binding = x.in.mine;
    p.heard = 0;
    p.informed = p.welcomed = false;
    p.needs = number_;
    p.told = p.sent = 0;
    ++change_;
  }
  if (x.in.theirs == binding_)
    p.told = std::max(p.told, x.heard);
  p.owed = p.owed || x.asks;
  for (auto& each : x.gone)
    if (!in_view(each))
      gone(each);
  auto news = false;
  for (auto& each : x.open) {
    news = learn(each) || news;
    change_ += p.open.insert(each).second ? 1 : 0;
  }
  p.heard = std::max(p.heard, x.number);
  p.informed = p.informed || x.informed;
  if (x.welcome && x.in.theirs == binding_ && !informed_) {
    informed_ = true;
    news = true;
  }
  if (news)
    tell_all();
  look_around();
  return true;
}

void permit_roll::turn(std::int64_t now_ns, std::vector<right_record>& out) {
  for (auto& [who, p] : peers_) {
    if (!in_view(who))
      continue;
    auto due = p.told < p.needs
               && (p.sent < p.needs || now_ns - p.sent_ns >= permit_resend_ns);
    if (!due && !p.owed)
      continue;
    p.owed = false;
    p.sent = number_;
    p.sent_ns = now_ns;
    out.push_back(make_record(who, permit_hello_kind, hello_to(who, p)));
  }
}

permit_hello permit_roll::hello_to(const life& to, const peer& p) const {
  permit_hello x;
  x.in = {view_->hash, binding_, p.binding};
  x.number = number_;
  x.heard = p.heard;
  x.asks = p.told < p.needs;
  x.informed = informed_;
  x.welcome = informed_ && admissible(to);
  x.open.assign(open_.begin(), open_.end());
  x.open.push_back(me_);
  auto from = gone_.size() > most_gone_told ? gone_.size() - most_gone_told : 0;
  x.gone.assign(gone_.begin() + static_cast<std::ptrdiff_t>(from), gone_.end());
  return x;
}

// -- what follows -------------------------------------------------------------

bool permit_roll::in_view(const life& who) const {
  return view_ && index_of(*view_, who) != no_member;
}

bool permit_roll::learn(const life& who) {
  if (who == me_ || std::find(gone_.begin(), gone_.end(), who) != gone_.end())
    return false;
  return open_.insert(who).second;
}

void permit_roll::tell_all() {
  ++number_;
  ++change_;
  for (auto& [who, p] : peers_)
    p.needs = number_;
}

// Whether everybody who may live is in the view and knows of everybody else.
bool permit_roll::mutual() const {
  return std::all_of(open_.begin(), open_.end(), [this](const life& x) {
    auto at = peers_.find(x);
    if (at == peers_.end() || at->second.binding == 0 || at->second.informed)
      return false;
    auto& knows = at->second.open;
    return knows.count(me_) > 0
           && std::all_of(open_.begin(), open_.end(), [&](const life& y) {
                return x == y || knows.count(y) > 0;
              });
  });
}

// Founds the roll, or welcomes whom it can.
void permit_roll::look_around() {
  if (!informed_ && may_found_ && view_ && mutual()) {
    informed_ = true;
    tell_all();
  }
  if (!informed_ || !view_)
    return;
  for (auto& [who, p] : peers_) {
    auto may = admissible(who);
    if (may && !p.welcomed && !p.informed)
      p.needs = ++number_;
    change_ += may == p.welcomed ? 0 : 1;
    p.welcomed = may;
  }
}

session permit_roll::with(const life& who) const {
  auto at = peers_.find(who);
  if (!view_ || at == peers_.end() || !in_view(who))
    return {};
  return {view_->hash, binding_, at->second.binding};
}

bool permit_roll::admissible(const life& who) const {
  if (who == me_)
    return informed_;
  auto self = peers_.find(who);
  if (!in_view(who) || self == peers_.end() || self->second.binding == 0)
    return false;
  return std::all_of(open_.begin(), open_.end(), [&](const life& other) {
    if (other == who)
      return true;
    auto at = peers_.find(other);
    return at != peers_.end() && at->second.open.count(who) > 0;
  });
}

bool permit_roll::majority() const {
  auto heard = std::count_if(open_.begin(), open_.end(),
                             [this](const life& x) { return in_view(x); });
  return 2 * (static_cast<std::size_t>(heard) + 1) > open_.size() + 1;
}

bool permit_roll::someone_is_lost() const {
  return std::any_of(open_.begin(), open_.end(),
                     [this](const life& x) { return !in_view(x); });
}

bool permit_roll::waits() const {
  return std::any_of(peers_.begin(), peers_.end(), [this](auto& x) {
    return x.second.told < x.second.needs && in_view(x.first);
  });
}

} // namespace tidewire::cluster
