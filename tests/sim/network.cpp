#include "tests/sim/network.hpp"

#include <utility>

namespace tidewire::sim {

network::network(std::uint64_t seed, host hosts, instant round_trip,
                 agenda& plans, network_user& user)
    : chance_(seed),
      hosts_(hosts),
      half_trip_(round_trip / 2),
      plans_(plans),
      user_(user) {}

instant network::trip(host from, host to) {
  // Now and then a packet waits behind others.
  auto jitter = chance_.chance(20) ? queue_trips * half_trip_ : half_trip_ / 4;
  return half_trip_ + chance_.between(0, jitter) + slow_[from][to] + 1;
}

bool network::linked(process a, process b) const noexcept {
  for (auto l : living_) {
    auto& c = links_[l];
    if (c.holds[0] && c.holds[1]
        && ((c.ends[0] == a && c.ends[1] == b)
            || (c.ends[0] == b && c.ends[1] == a)))
      return true;
  }
  return false;
}

// -- bytes --------------------------------------------------------------------

std::uint32_t network::put(packet p) {
  if (free_.empty()) {
    packets_.push_back(std::move(p));
    return static_cast<std::uint32_t>(packets_.size() - 1);
  }
  auto place = free_.back();
  free_.pop_back();
  packets_[place] = std::move(p);
  return place;
}

void network::send(process from, link l, std::string bytes, instant now) {
  auto& c = links_[l];
  auto end = end_of(c, from);
  if (c.holds[end])
    launch(put({l, end, false, now, std::move(bytes)}), now);
}

void network::launch(std::uint32_t p, instant now) {
  auto& c = links_[packets_[p].on];
  auto end = packets_[p].from;
  auto from = at(c, end), to = at(c, end ^ 1u);
  if (!open(from, to) || !c.held[end].empty()) {
    c.held[end].push_back(p);
    return;
  }
  c.last[end] = std::max(now + trip(from, to), c.last[end] + 1);
  plans_.plan(c.last[end], kind::packet, p);
}

void network::arrive(std::uint32_t p, instant now) {
  auto what = std::move(packets_[p]);
  free_.push_back(p);
  auto& c = links_[what.on];
  if (c.broken)
    return;
  std::uint8_t there = what.from ^ 1u;
  if (!c.holds[there]) {
    // Nobody there any more: a reset, if it comes through.
    if (c.holds[what.from] && open(at(c, there), at(c, what.from)))
      finish(c, what.on, there, now);
    return;
  }
  if (what.last)
    return drop(what.on, there);
  heard_[{c.ends[what.from], c.ends[there]}] = what.sent;
  user_.arrived(c.ends[there], what.on, c.ends[what.from],
                std::move(what.bytes));
}

// The end of the stream that `end` sends, behind everything else.
void network::finish(connection&, link l, std::uint8_t end, instant now) {
  launch(put({l, end, true, now, {}}), now);
}

void network::drop(link l, std::uint8_t end) {
  auto& c = links_[l];
  if (!std::exchange(c.holds[end], false))
    return;
  if (!c.holds[end ^ 1u])
    std::erase(living_, l);
  user_.link_down(c.ends[end], l, c.ends[end ^ 1u]);
}

bool network::holds_one(process who, process with) const noexcept {
  for (auto l : living_) {
    auto& c = links_[l];
    auto end = end_of(c, who);
    if (c.ends[end] == who && c.ends[end ^ 1u] == with && c.holds[end])
      return true;
  }
  return false;
}

void network::close(process from, link l, instant now) {
  auto& c = links_[l];
  auto end = end_of(c, from);
  if (!std::exchange(c.holds[end], false))
    return;
  if (!c.holds[end ^ 1u])
    std::erase(living_, l);
  finish(c, l, end, now);
}

void network::end(process who, instant now) {
  for (auto l : std::vector<link>(living_)) {
    auto& c = links_[l];
    if (c.ends[0] == who || c.ends[1] == who)
      close(who, l, now);
  }
}

// -- dials --------------------------------------------------------------------

void network::dial(process from, host to, instant now) {
  dials_.push_back({from, to, nobody, now, outcome::silent, 0});
  auto d = static_cast<std::uint32_t>(dials_.size() - 1);
  auto here = user_.host_of(from);
  if (open(here, to))
    plans_.plan(now + trip(here, to), kind::dial, d);
  else
    conclude(d, outcome::silent, now + dial_timeout);
}

void network::conclude(std::uint32_t d, outcome how, instant at) {
  dials_[d].how = how;
  plans_.plan(at, kind::dialled, d);
}

// Proofs have gone to and fro: each end has the link, the dialled one first.
void network::prove(std::uint32_t d, instant now) {
  auto x = dials_[d];
  auto here = user_.host_of(x.from);
  bool stopped = false;
  if (!user_.alive(x.from))
    return;
  if (user_.listening(x.to, stopped) != x.met || stopped || !open(here, x.to)
      || !open(x.to, here))
    return conclude(d, outcome::silent, x.began + dial_timeout);
  if (holds_one(x.met, x.from) || holds_one(x.from, x.met))
    return conclude(d, outcome::already, now + trip(x.to, here));
  if (!user_.admits(x.met, x.from))
    return conclude(d, outcome::unwanted, now + trip(x.to, here));
  auto l = static_cast<link>(links_.size());
  links_.push_back({.ends = {x.from, x.met}, .held = {}});
  living_.push_back(l);
  dials_[d].made = l;
  auto known = now + trip(x.to, here);
  links_[l].last[1] = known;
  conclude(d, outcome::linked, known);
  user_.link_up(x.met, l, x.from, false);
}

// -- fate ---------------------------------------------------------------------

void network::block(host from, host to, bool blocked, instant now) {
  auto before = std::exchange(blocked_[from][to], blocked ? 1 : 0);
  if (before == 0 && blocked)
    since_[from][to] = now;
  if (before != 0 && !blocked)
    plans_.plan(now + chance_.between(100, 1'500) * ms, kind::flush, from, to);
}

void network::reset(host a, host b, instant now) {
  for (auto l : std::vector<link>(living_)) {
    auto& c = links_[l];
    if ((at(c, 0) == a && at(c, 1) == b) || (at(c, 0) == b && at(c, 1) == a)) {
      c.broken = true;
      drop(l, 0);
      drop(l, 1);
    }
  }
  (void)now;
}

void network::handle(const event& e) {
  switch (e.what) {
  case kind::packet:
    return arrive(e.a, e.at);
  case kind::flush:
    if (open(e.a, e.b))
      for (std::size_t l = 0; l < links_.size(); ++l)
        for (std::uint8_t end = 0; end < 2; ++end)
          if (auto& c = links_[l]; !c.held[end].empty() && at(c, end) == e.a
                                   && at(c, end ^ 1u) == e.b)
            for (auto p : std::exchange(c.held[end], {}))
              launch(p, e.at);
    return;
  case kind::dial: {
    auto& x = dials_[e.a];
    auto here = user_.host_of(x.from);
    bool stopped = false;
    x.met = user_.listening(x.to, stopped);
    if (!open(x.to, here) || stopped || x.met == x.from)
      return conclude(e.a, outcome::silent, x.began + dial_timeout);
    if (x.met == nobody)
      return conclude(e.a, outcome::refused, e.at + trip(x.to, here));
    plans_.plan(e.at + trip(x.to, here) + trip(here, x.to), kind::proved, e.a);
    return;
  }
  case kind::proved:
    return prove(e.a, e.at);
  case kind::dialled: {
    auto x = dials_[e.a];
    if (!user_.alive(x.from))
      return;
    if (x.how == outcome::linked) {
      // It may have been reset on the way.
      if (links_[x.made].holds[0])
        user_.link_up(x.from, x.made, x.met, true);
      else
        x.how = outcome::silent;
    }
    auto answered = x.how == outcome::linked || x.how == outcome::already;
    return user_.dial_over(x.from, x.to, x.how, answered ? x.met : nobody);
  }
  default:
    return;
  }
}

} // namespace tidewire::sim
