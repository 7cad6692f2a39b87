// Invariants of who is there and what time it is.
#include "tests/sim/invariants.hpp"
#include "tests/sim/sim_node.hpp"

#include <cstdlib>
#include <set>

namespace tidewire::sim {

std::string process_name(const world& w, process x) {
  return host_name(w.host_of(x)) + " ("
         + std::to_string(w.lives()[x].incarnation % 10'000) + ")";
}

bool someone_stays_lost(world& w) {
  for (process p = 0; p < w.lives().size(); ++p) {
    if (w.alive(p) || w.running(w.host_of(p)) != nobody)
      continue;
    bool reached = false, ended = true;
    for (host h = 0; h < w.hosts(); ++h) {
      auto who = w.running(h);
      if (who == nobody)
        continue;
      auto& node = w.node(who);
      reached = reached || w.has_reached(who, p);
      ended =
          ended && node.who_is_there().members().ended().has(node.life_of(p));
    }
    if (!reached && !ended)
      return true;
  }
  return false;
}

void proof_is_true(world& w, process by, const cluster::ended_life& what) {
  auto whose = w.node(by).process_of(what.who);
  if (whose == nobody)
    return w.fail("V1", process_name(w, by)
                            + " says of a life that never was that "
                              "it has ended");
  if (w.alive(whose) && what.how != cluster::ending::left)
    w.fail("V1", process_name(w, by) + " holds " + process_name(w, whose)
                     + " to be over, " + std::string{word(what.how)}
                     + ", but it lives");
}

void not_disowned(world& w, process who, const cluster::ended_life& what) {
  w.fail("V1", process_name(w, who) + " is told that it is over: "
                   + std::string{word(what.how)});
}

void view_is_sound(world& w, process of, const cluster::view& x) {
  std::set<std::string> names;
  for (auto& m : x.members)
    if (!names.insert(m.who.node).second)
      return w.fail("V2", "two members of the view of " + process_name(w, of)
                              + " are called " + m.who.node);
  if (index_of(x, w.node(of).me()) == cluster::no_member)
    return w.fail("V2", process_name(w, of) + " is not in its own view");
  for (host h = 0; h < w.hosts(); ++h) {
    auto other = w.running(h);
    if (other == nobody || other == of)
      continue;
    auto& y = w.node(other).who_is_there().now();
    auto same = x.members.size() == y.members.size();
    for (auto& m : x.members) {
      auto at = index_of(y, m.who);
      same = same && at != cluster::no_member && y.members[at].stay == m.stay
             && y.members[at].draining == m.draining;
    }
    if (x.hash == y.hash && !same)
      return w.fail("V2", "views of " + process_name(w, of) + " and "
                              + process_name(w, other)
                              + " differ, but their hashes do not");
  }
}

void one_view(world& w) {
  std::set<process> living;
  for (host h = 0; h < w.hosts(); ++h)
    if (w.running(h) != nobody)
      living.insert(w.running(h));
  for (auto who : living) {
    std::set<process> in;
    auto& x = w.node(who).who_is_there().now();
    for (auto& m : x.members)
      in.insert(w.node(who).process_of(m.who));
    if (in != living)
      return w.fail("V3", "after healing " + std::to_string(living.size())
                              + " nodes live, but the view of "
                              + process_name(w, who) + " has "
                              + std::to_string(in.size()));
    if (x.hash != w.node(*living.begin()).who_is_there().now().hash)
      return w.fail("V3", "after healing " + process_name(w, who)
                              + " has another view than "
                              + process_name(w, *living.begin()));
  }
}

// The oldest clock may get another rate at any time, and nobody knows before it
// speaks again: the bound is of what it would show had it kept the last one.
void clock_error_is_honest(world& w) {
  for (host h = 0; h < w.hosts(); ++h) {
    auto who = w.running(h);
    if (who == nobody || w.stopped(h))
      continue;
    auto& x = w.node(who).who_is_there();
    auto& oldest = x.members().time().oldest();
    auto whose = oldest ? w.node(who).process_of(*oldest) : nobody;
    auto told = whose == nobody ? 0 : x.last_of(whose);
    auto error =
        x.members().time().error_of(x.clock(), w.steady_ns(h), w.wall_ns(h));
    if (told == 0 || !error.known)
      continue;
    auto really =
        w.node(whose).who_is_there().cluster_time_by(told) - x.cluster_time();
    if (std::llabs(really - error.offset_ns) > error.bound_ns)
      w.fail("V4", process_name(w, who) + " takes its cluster time to be "
                       + std::to_string(error.offset_ns / us)
                       + " us off within " + std::to_string(error.bound_ns / us)
                       + ", but it is " + std::to_string(really / us));
  }
}

// Who is not heard any more stops speaking after the *lost* time, and is lost
// after another one; then the view changes. Words may be slow on their way.
void members_hear_each_other(world& w) {
  constexpr instant noticed = 13 * second;
  auto in_order = [&](process x) {
    return w.alive(x) && w.went_on(w.host_of(x)) + noticed < w.now()
           && !w.stopped(w.host_of(x))
           && w.lives()[x].began + noticed < w.now();
  };
  for (host h = 0; h < w.hosts(); ++h) {
    auto who = w.running(h);
    if (who == nobody || !in_order(who))
      continue;
    auto& members = w.node(who).who_is_there().now().members;
    for (auto& a : members)
      for (auto& b : members) {
        auto x = w.node(who).process_of(a.who),
             y = w.node(who).process_of(b.who);
        if (in_order(x) && in_order(y)
            && w.net().blocked_since(w.host_of(x), w.host_of(y)) + noticed
                   < w.now())
          return w.fail("V5", "nothing passes from " + a.who.node + " to "
                                  + b.who.node
                                  + ", but both are in the view of "
                                  + process_name(w, who));
      }
  }
}

void clocks_converge(world& w) {
  constexpr std::int64_t far = second, near = 20 * ms;
  for (host h = 0; h < w.hosts(); ++h) {
    auto who = w.running(h);
    if (who == nobody)
      continue;
    auto& x = w.node(who).who_is_there();
    auto oldest = w.node(who).process_of(x.now().oldest().who);
    auto before = w.clock_gap(who);
    if (oldest == who || !before || !w.alive(oldest))
      continue;
    auto& its = w.node(oldest).who_is_there();
    auto off = std::llabs(w.wall_ns(w.host_of(oldest)) - its.cluster_time());
    auto gap = std::llabs(its.cluster_time() - x.cluster_time());
    if (*before > far && off < far / 2 && gap > *before - near)
      return w.fail("V6", process_name(w, who) + " is still "
                              + std::to_string(gap / ms) + " ms off "
                              + process_name(w, oldest) + "'s time; it was "
                              + std::to_string(*before / ms));
  }
}

} // namespace tidewire::sim
