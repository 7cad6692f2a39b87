// What membership says to its peers, and what it makes of what they say.
#include "actors/state/cluster/membership.hpp"

#include <algorithm>

namespace tidewire::cluster {

namespace {

// Heartbeats whose echo may still come.
constexpr std::size_t sent_kept = 64;

// The roll is told anew to everybody after so many heartbeats.
constexpr std::int64_t beats_per_roll = 20;

template <class Row>
bool same_but_for_number(const hearing_row& a, Row b) {
  b.number = a.number;
  return a == b;
}

} // namespace

void membership::beat(std::int64_t lived, effects& out) {
  auto since = lived - beaten_lived_;
  auto due = since >= settings_.heartbeat_ns;
  if (!due && !((hurried_ || roll_changed_) && since >= settings_.hurry_ns()))
    return;
  if (lived - rolled_lived_ >= beats_per_roll * settings_.heartbeat_ns)
    roll_changed_ = true;
  if (roll_changed_) {
    for (const auto& [who, one] : peers_)
      if (one.linked)
        tell_roll(who, out);
    rolled_lived_ = lived;
  }
  beaten_lived_ = lived;
  hurried_ = roll_changed_ = false;
  own().number = ++number_;
  sent_.push_back(now_ns_);
  if (sent_.size() > sent_kept)
    sent_.pop_front();
  heartbeat said;
  said.time = clock_.at(now_ns_);
  said.ppm = clock_.ppm();
  said.row = own();
  for (const auto& [who, stay] : matrix_.struck) {
    auto row = matrix_.rows.find(who);
    if (row == matrix_.rows.end() || row->second.stay <= stay)
      said.struck.push_back({who, stay});
  }
  for (const auto& [who, one] : peers_)
    if (one.linked) {
      said.echo = one.last_number;
      said.held_ns = one.last_number == 0 ? 0 : now_ns_ - one.last_came_ns;
      said.others = rows_for(who, lived);
      out.emplace_back(send_record{who, heartbeat_kind, bytes_of(said)});
    }
}

// A peer that hears everybody needs nothing passed on.
std::vector<heartbeat::passed_on>
membership::rows_for(const life& to, std::int64_t lived) const {
  std::vector<heartbeat::passed_on> result;
  auto theirs = matrix_.rows.find(to);
  for (const auto& [who, row] : matrix_.rows) {
    if (who == to || who == self_.who
        || (theirs != matrix_.rows.end() && theirs->second.hears_life(who)
            && !theirs->second.suspects_life(who)))
      continue;
    result.push_back({row, lived - peers_.at(who).fresh_lived});
  }
  if (result.size() > max_passed_on) { // in turns, then
    std::rotate(result.begin(),
                result.begin()
                    + static_cast<std::ptrdiff_t>(number_ * max_passed_on
                                                  % result.size()),
                result.end());
    result.resize(max_passed_on);
  }
  return result;
}

void membership::tell_roll(const life& to, effects& out) const {
  roll said;
  for (const auto& [who, one] : peers_)
    said.known.push_back({who, one.address});
  said.ended = ended_.list();
  out.emplace_back(send_record{to, roll_kind, bytes_of(said)});
}

bool membership::receive(const life& from, record_kind kind,
                         std::string_view bytes, std::int64_t now_ns,
                         effects& out) {
  if (left_)
    return true;
  auto lived = enter(now_ns, out);
  auto good = true;
  if (kind == heartbeat_kind) {
    auto said = read_heartbeat(bytes);
    good = said && said->row.who == from;
    if (good)
      hear_beat(from, *said, lived, out);
  } else if (kind == roll_kind) {
    auto said = read_roll(bytes);
    good = said.has_value();
    if (good)
      hear_roll(from, *said, lived, out);
  }
  leave_turn(lived, out);
  return good;
}

void membership::hear_beat(const life& from, const heartbeat& said,
                           std::int64_t lived, effects& out) {
  if (ended_.has(from)) {
    tell_roll(from, out);
    told_.emplace(from, lived);
    return;
  }
  auto at = peers_.find(from);
  if (at == peers_.end() || !at->second.linked
      || said.row.number <= at->second.last_number)
    return;
  auto& one = at->second;
  one.last_number = said.row.number;
  one.last_came_ns = now_ns_;
  one.heard_lived = lived;
  one.dropped = false;
  state_is(from, one, peer_state::alive, out);
  measure(from, said);
  one.ahead_ns = time_.ahead_ns(from, clock_, now_ns_);
  take_row(said.row, lived);
  for (const auto& other : said.others)
    if (other.old_ns < settings_.lost_ns)
      take_row(other.row, lived - other.old_ns);
  for (const auto& [who, stay] : said.struck)
    if (!ended_.has(who) && (who == self_.who || peers_.count(who) > 0)
        && matrix_.strike(who, stay)) {
      matrix_changed_ = hurried_ = true;
      if (who == self_.who && stay >= own().stay)
        begin_stay(stay + 1);
    }
}

void membership::lives_at(peer& one, const std::string& address) {
  one.address = address;
  wanted_changed_ = true;
}

void membership::take_row(const hearing_row& row, std::int64_t fresh_lived) {
  auto* one = know(row.who, now_ns_ - skipped_ns_);
  if (one == nullptr)
    return;
  if (one->address.empty())
    lives_at(*one, row.address);
  auto before = matrix_.rows.find(row.who);
  auto same =
      before != matrix_.rows.end() && same_but_for_number(before->second, row);
  if (matrix_.put(row)) {
    matrix_changed_ |= !same;
    one->fresh_lived = std::max(one->fresh_lived, fresh_lived);
  }
}

void membership::measure(const life& from, const heartbeat& said) {
  auto back = number_ - said.echo; // nothing else counts the heartbeats
  auto known = said.echo <= number_ && back < sent_.size();
  time_.heard(from, now_ns_,
              known ? now_ns_ - sent_[sent_.size() - 1 - back] : -1,
              said.held_ns, said.time, said.ppm);
}

void membership::hear_roll(const life& from, const roll& said,
                           std::int64_t lived, effects& out) {
  for (const auto& one : said.ended) {
    if (one.who != self_.who)
      end(one, out);
    else if (!told_ended_) {
      told_ended_ = true;
      out.emplace_back(told_ended{one, from});
    }
  }
  if (ended_.has(from))
    return;
  for (const auto& card : said.known) {
    if (auto* one = know(card.who, lived)) {
      if (one->address.empty())
        lives_at(*one, card.address);
    } else if (card.who.node == self_.who.node && card.who != self_.who) {
      // This life is the other incarnation that proves it.
      end(ending_of(card.who, ending::replaced), out);
    }
  }
}

void membership::leave(std::int64_t now_ns, effects& out) {
  if (left_)
    return;
  enter(now_ns, out);
  ended_.add(ending_of(self_.who, ending::left));
  for (const auto& [who, one] : peers_)
    if (one.linked)
      tell_roll(who, out);
  left_ = true;
}

} // namespace tidewire::cluster
