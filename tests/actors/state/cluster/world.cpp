#include "tests/actors/state/cluster/world.hpp"

#include <algorithm>

namespace tidewire::cluster::testing {

namespace {

constexpr std::int64_t epoch = 1'800'000'000 * second;

std::string text_of(const life& x) {
  return x.node + "/" + std::to_string(x.incarnation);
}

std::string text_of(const view& x) {
  std::vector<std::string> members;
  for (const auto& one : x.members)
    members.push_back(text_of(one.who) + "." + std::to_string(one.stay)
                      + (one.draining ? "d" : ""));
  std::sort(members.begin(), members.end());
  std::string result;
  for (const auto& one : members)
    result += one + " ";
  return result;
}

} // namespace

world::world(std::uint64_t seed, std::size_t hosts) : chance_(seed) {
  hosts_.resize(hosts);
  for (std::size_t i = 0; i < hosts; ++i) {
    auto& h = hosts_[i];
    h.name = std::string(1, static_cast<char>('a' + i));
    h.mono_base = static_cast<std::int64_t>(chance_() % 1000) * second;
    h.drift_ppm = static_cast<std::int64_t>(chance_() % 101) - 50;
    h.wall_offset = static_cast<std::int64_t>(chance_() % 101) * ms - 50 * ms;
  }
}

// -- time ---------------------------------------------------------------------

std::int64_t world::mono(const machine& h) const {
  return h.mono_base + now_ + now_ / 1'000'000 * h.drift_ppm;
}

std::int64_t world::wall(const machine& h) const {
  return epoch + now_ + h.wall_offset;
}

std::int64_t world::delay() {
  auto x = chance_();
  return x % 50 == 0 ? static_cast<std::int64_t>(x % 200) * ms
                     : static_cast<std::int64_t>(x % 3000) * ms / 1000;
}

void world::later(std::int64_t when, std::function<void()> what) {
  queue_.emplace(std::pair{std::max(when, now_), ++order_}, std::move(what));
}

void world::run(std::int64_t for_ns) {
  auto end = now_ + for_ns;
  while (!queue_.empty() && queue_.begin()->first.first <= end) {
    auto first = queue_.begin();
    now_ = first->first.first;
    auto what = std::move(first->second);
    queue_.erase(first);
    what();
  }
  now_ = end;
}

std::optional<std::int64_t> world::run_until(const std::function<bool()>& holds,
                                             std::int64_t for_ns) {
  for (std::int64_t passed = 0; passed <= for_ns; passed += 10 * ms) {
    if (holds())
      return passed;
    run(10 * ms);
  }
  return std::nullopt;
}

// -- processes ----------------------------------------------------------------

void world::start(std::size_t host) {
  auto& h = hosts_[host];
  if (h.process)
    return;
  meter::cluster_clock clock(mono(h), wall(h));
  life who{h.name, chance_() | 1u};
  // All know the first two hosts; the rest is gossip.
  std::vector<std::string> seeds{address_of(0), address_of(1)};
  h.process.reset(new node_process{
      membership({}, {who, address_of(host), 2}, seeds, clock, mono(h), h.disk),
      clock,
      {},
      {}});
  ++h.starts;
  h.paused = h.told = false;
  tell(host, "starts as " + text_of(who));
  tick(host, who);
  second_tick(host, who);
}

void world::kill(std::size_t host, bool power_cut) {
  auto& h = hosts_[host];
  if (!h.process)
    return;
  auto who = h.process->it.self();
  tell(host, power_cut ? "power cut" : "killed");
  dead_.push_back(who);
  h.process.reset();
  h.waiting.clear();
  h.paused = false;
  for (auto& one : links_)
    for (std::size_t side = 0; side < 2; ++side)
      if (one->open[side] && one->who[side] == who) {
        one->open[side] = false;
        one->cut = true;
        if (!power_cut && can(host, one->host[1 - side]))
          close(*one, 1 - side);
      }
}

void world::pause(std::size_t host) {
  if (hosts_[host].process) {
    hosts_[host].paused = true;
    tell(host, "pauses");
  }
}

void world::resume(std::size_t host) {
  auto& h = hosts_[host];
  if (!h.paused)
    return;
  h.paused = false;
  tell(host, "resumes");
  auto waiting = std::move(h.waiting);
  h.waiting.clear();
  // What came over one link is in order; of several, any may come first.
  if (chance_() % 2)
    std::stable_sort(waiting.begin(), waiting.end(),
                     [](auto& a, auto& b) { return a.first < b.first; });
  for (auto& [stream, what] : waiting)
    later(now_, std::move(what));
}

void world::deliver(std::size_t to, const life& who, std::uint64_t stream,
                    std::function<void(node_process&, effects&)> what) {
  auto& h = hosts_[to];
  if (!h.process || h.process->it.self() != who)
    return;
  if (h.paused) {
    h.waiting.emplace_back(stream,
                           [=, this] { deliver(to, who, stream, what); });
    return;
  }
  effects out;
  what(*h.process, out);
  carry_out(to, out);
}

void world::tick(std::size_t host, const life& who) {
  deliver(host, who, 0, [this, host](node_process& p, effects& out) {
    p.it.tick(mono(hosts_[host]), out);
  });
  if (lives(who))
    later(now_ + (20 + static_cast<std::int64_t>(chance_() % 40)) * ms, [=,
                                                                         this] {
      if (!hosts_[host].paused)
        tick(host, who);
      else
        hosts_[host].waiting.emplace_back(0, [=, this] { tick(host, who); });
    });
}

void world::second_tick(std::size_t host, const life& who) {
  deliver(host, who, 0, [this, host](node_process& p, effects&) {
    auto& h = hosts_[host];
    p.it.time().steer(p.clock, mono(h), wall(h));
    p.it.clock_is(p.clock);
  });
  if (lives(who))
    later(now_ + second, [=, this] { second_tick(host, who); });
}

void world::leave(std::size_t host) {
  auto who = life_of(host);
  tell(host, "says goodbye");
  left_.insert(who);
  deliver(host, who, 0, [this, host](node_process& p, effects& out) {
    p.it.leave(mono(hosts_[host]), out);
  });
  later(now_ + 300 * ms, [=, this] {
    if (lives(who))
      kill(host);
  });
}

void world::drain(std::size_t host, bool on) {
  deliver(host, life_of(host), 0, [=, this](node_process& p, effects& out) {
    p.it.drain(on, mono(hosts_[host]), out);
  });
}

forget_answer world::forget(std::size_t host, const life& who) {
  auto result = forget_answer::myself;
  deliver(host, life_of(host), 0, [&](node_process& p, effects& out) {
    result = p.it.forget(who, mono(hosts_[host]), out);
    if (result == forget_answer::forgotten)
      forgotten_.insert(who);
  });
  return result;
}

// -- effects ------------------------------------------------------------------

void world::carry_out(std::size_t host, effects& what) {
  for (const auto& one : what) {
    if (const auto* x = std::get_if<send_record>(&one)) {
      do_send(host, *x);
    } else if (const auto* y = std::get_if<dial>(&one)) {
      do_dial(host, y->address);
    } else if (const auto* z = std::get_if<drop_link>(&one)) {
      if (auto* old = link_of(host, z->who)) {
        auto mine = old->who[0] == life_of(host) ? 0u : 1u;
        close(*old, mine);
        old->cut = true;
        if (can(host, old->host[1 - mine]))
          close(*old, 1 - mine);
      }
    } else {
      found(host, one);
    }
  }
}

void world::found(std::size_t host, const effect& what) {
  auto& h = hosts_[host];
  if (const auto* x = std::get_if<life_ended>(&what)) {
    const auto& who = x->what.who;
    h.disk.push_back(x->what);
    tell(host, "holds " + text_of(who) + " to be over: "
                   + std::string(word(x->what.how)) + ", by " + x->what.by);
    auto proof =
        x->what.how == ending::refused || x->what.how == ending::replaced;
    if (proof && lives(who))
      wrong("one who lives was proved dead");
    if (x->what.how == ending::left && left_.count(who) == 0)
      wrong("one is said to have left who did not");
    if (x->what.how == ending::forgotten && forgotten_.count(who) == 0)
      wrong("one is forgotten by nobody");
  } else if (const auto* y = std::get_if<view_changed>(&what)) {
    see_view(host, *y);
  } else if (const auto* z = std::get_if<peer_changed>(&what)) {
    tell(host, "finds " + text_of(z->who) + " " + std::string(word(z->is)));
  } else if (std::holds_alternative<told_ended>(what)) {
    h.told = true;
    if (forgotten_.count(life_of(host)) == 0 && left_.count(life_of(host)) == 0)
      wrong("one who lives was told that it is over");
  } else if (std::holds_alternative<name_clash>(what)) {
    wrong("a name clash where every name is given once");
  } else if (const auto* p = std::get_if<paused>(&what)) {
    tell(host, "was paused for " + std::to_string(p->gap_ns / ms) + " ms");
  }
}

void world::see_view(std::size_t host, const view_changed& what) {
  auto& h = hosts_[host];
  auto text = text_of(*what.now);
  tell(host, "has the view " + text + "as " + std::string(word(what.as)));
  ++h.views;
  if (index_of(*what.now, h.process->it.self()) == no_member)
    wrong("a view without its holder");
  if ((what.as == standing::member) != (what.now->members.size() > 1))
    wrong("a member of a view of one, or alone in one of several");
  auto by_hash = views_by_hash_.emplace(what.now->hash, text).first;
  auto by_view = hashes_by_view_.emplace(text, what.now->hash).first;
  if (by_hash->second != text || by_view->second != what.now->hash)
    wrong("hashes are not equal exactly where members are");
  // Whom a view of several left out without proof comes back with a new stay.
  auto& p = *h.process;
  for (const auto& one : p.last.members)
    if (what.as == standing::member && index_of(*what.now, one.who) == no_member
        && !p.it.ended().has(one.who))
      p.struck[one.who] = std::max(p.struck[one.who], one.stay);
  for (const auto& one : what.now->members)
    if (p.struck.count(one.who) != 0 && one.stay <= p.struck.at(one.who))
      wrong("one came back with the stay that was left out");
  p.last = *what.now;
}

// -- judgement ----------------------------------------------------------------

bool world::lives(const life& who) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& h) {
    return h.process && h.process->it.self() == who;
  });
}

std::size_t world::living() const {
  return static_cast<std::size_t>(
      std::count_if(hosts_.begin(), hosts_.end(),
                    [](const auto& h) { return h.process != nullptr; }));
}

const membership& world::at(std::size_t host) const {
  return hosts_[host].process->it;
}

bool world::agreed() const {
  const view* first = nullptr;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!running(i))
      continue;
    const auto& now = *at(i).now();
    if (now.members.size() != living() || (first && *first != now))
      return false;
    for (const auto& one : now.members)
      if (!lives(one.who))
        return false;
    first = &now;
  }
  return true;
}

std::int64_t world::clock_of(std::size_t host) const {
  return hosts_[host].process->clock.at(mono(hosts_[host]));
}

time_error world::error_of(std::size_t host) const {
  const auto& h = hosts_[host];
  return h.process->it.time().error_of(h.process->clock, mono(h), wall(h));
}

std::vector<peer_status> world::peers_of(std::size_t host) const {
  return at(host).peers(mono(hosts_[host]));
}

void world::wrong(std::string what) {
  tell(0, "WRONG: " + what);
  if (finding_.empty())
    finding_ = std::move(what);
}

void world::tell(std::size_t host, const std::string& what) {
  story_ += std::to_string(now_ / ms) + " ms " + hosts_[host].name + " " + what
            + "\n";
}

} // namespace tidewire::cluster::testing
