// Which view follows from what membership hears, and when it is acted by.
#include "actors/state/cluster/membership.hpp"

#include <algorithm>

namespace tidewire::cluster {

namespace {

bool same_lives(const view& a, const view& b) {
  return std::equal(
      a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
      [](const auto& x, const auto& y) { return x.who == y.who; });
}

} // namespace

void membership::drain(bool on, std::int64_t now_ns, effects& out) {
  if (left_)
    return;
  auto lived = enter(now_ns, out);
  if (own().draining != on) {
    own().draining = on;
    matrix_changed_ = hurried_ = true;
  }
  leave_turn(lived, out);
}

void membership::consider(std::int64_t lived, effects& out) {
  settle(lived);
  if (matrix_changed_)
    yield_to_cluster();
  // A new view may begin a stay or settle one, and so be the first of two.
  for (int i = 0; i < 4 && (matrix_changed_ || losing_lived_); ++i) {
    matrix_changed_ = false;
    auto next = view_of(matrix_);
    auto as = next.members.size() > 1 ? standing::member : standing::alone;
    if (index_of(next, self_.who) == no_member) {
      as = standing::left_out;
      next = view_of({{{self_.who, own()}}, {}});
    }
    if (must_wait(next, as, lived))
      return;
    losing_lived_.reset();
    if (*view_ != next || standing_ != as)
      adopt(std::move(next), as, lived, out);
    settle(lived);
  }
}

// Whether what would be lost may yet turn out not to be: what is proved need
// not wait.
bool membership::must_wait(const view& next, standing as, std::int64_t lived) {
  auto loses = as == standing::left_out && standing_ != standing::left_out;
  for (const auto& one : view_->members)
    loses |= !ended_.has(one.who) && index_of(next, one.who) == no_member;
  if (!loses)
    return false;
  if (!losing_lived_)
    losing_lived_ = lived;
  return lived < quiet_lived_ || lived - *losing_lived_ < settings_.settle_ns();
}

void membership::adopt(view next, standing as, std::int64_t lived,
                       effects& out) {
  auto lost = false;
  for (const auto& one : view_->members)
    if (!ended_.has(one.who) && index_of(next, one.who) == no_member) {
      lost = true;
      // Only a view strikes; who is alone is the one that went.
      if (as == standing::member && matrix_.strike(one.who, one.stay))
        matrix_changed_ = hurried_ = true;
    }
  if (as != standing::member && lost) {
    begin_stay(own().stay + 1);
    next = view_of({{{self_.who, own()}}, {}});
  }
  if (as != standing::member && (lost || view_->members.size() > 1))
    alone_lived_ = lived;
  auto news =
      next.hash != view_->hash || as != standing_ || !same_lives(next, *view_);
  view_ = std::make_shared<const view>(std::move(next));
  standing_ = as;
  own().view_hash = view_->hash;
  time_.follow(view_->oldest().who == self_.who
                   ? std::nullopt
                   : std::optional(view_->oldest().who));
  if (news)
    out.emplace_back(view_changed{view_, standing_});
}

void membership::begin_stay(std::uint32_t stay) {
  auto& row = own();
  row.stay = stay;
  row.age = clock_.at(now_ns_);
  row.settled = false;
  matrix_changed_ = hurried_ = true;
}

// One after the other, in the order in which they rank: so nobody's rank
// changes by it. Who has been alone for a while settles, too: it is a cluster
// that others join.
void membership::settle(std::int64_t lived) {
  auto& row = own();
  if (row.settled)
    return;
  if (standing_ == standing::alone
      && lived - alone_lived_ >= settings_.lost_ns) {
    row.settled = matrix_changed_ = hurried_ = true;
    return;
  }
  if (standing_ != standing::member)
    return;
  auto least = row.age;
  for (const auto& one : view_->members) {
    if (one.who == self_.who) {
      row.age = least;
      row.settled = matrix_changed_ = hurried_ = true;
      return;
    }
    auto before = matrix_.rows.find(one.who);
    if (before == matrix_.rows.end() || !before->second.settled)
      return;
    least = std::max(least, before->second.age + 1);
  }
}

// A cluster of one that meets a larger one joins it as a newcomer, however old
// its clock makes it: neither time nor members change hands for it.
void membership::yield_to_cluster() {
  if (view_->members.size() > 1 || !own().settled)
    return;
  std::map<std::uint64_t, int> views;
  for (const auto& [who, row] : matrix_.rows)
    if (who != self_.who && row.settled && ++views[row.view_hash] > 1) {
      begin_stay(own().stay + 1);
      return;
    }
}

std::vector<hindrance> membership::hindrances() const {
  if (standing_ != standing::left_out)
    return {};
  return hindrances_of(matrix_, view_of(matrix_), self_.who);
}

std::vector<peer_status> membership::peers(std::int64_t now_ns) const {
  std::vector<peer_status> result;
  auto lived = now_ns - skipped_ns_;
  for (const auto& [who, one] : peers_) {
    peer_status x;
    x.who = who;
    x.address = one.address;
    x.state = one.state;
    x.linked = one.linked;
    x.address_proved = dials_.resident(one.address) == who;
    if (one.heard_lived)
      x.silent_ns = lived - *one.heard_lived;
    x.round_trip_ns = time_.round_trip_ns(who);
    if (auto row = matrix_.rows.find(who); row != matrix_.rows.end())
      x.row = row->second;
    result.push_back(std::move(x));
  }
  return result;
}

std::vector<known_life> membership::known() const {
  std::vector<known_life> result;
  for (const auto& [who, one] : peers_)
    if (!one.address.empty())
      result.push_back({who, one.address, dials_.resident(one.address) == who});
  return result;
}

bool membership::nobody_else() const {
  auto in_view = [this](const life& who) {
    return index_of(*view_, who) != no_member;
  };
  if (!std::all_of(peers_.begin(), peers_.end(),
                   [&](const auto& x) { return in_view(x.first); }))
    return false;
  std::vector<std::string> elsewhere;
  for (const auto& seed : seeds_) {
    const auto& resident = dials_.resident(seed);
    if (seed != self_.address && !dials_.own(seed)
        && !(resident && in_view(*resident)))
      elsewhere.push_back(seed);
  }
  return empty_.at_once(elsewhere, last_end_ns_, settings_.hurry_ns());
}

std::optional<peer_state> membership::state_of(const life& who) const {
  if (ended_.has(who))
    return peer_state::ended;
  auto at = peers_.find(who);
  if (at == peers_.end())
    return std::nullopt;
  return at->second.state;
}

} // namespace tidewire::cluster
