// Invariants of channels over nodes: I6 and I7.
#include "tests/sim/invariants.hpp"
#include "tests/sim/sim_node.hpp"

#include <algorithm>

namespace tidewire::sim {

namespace {

bool has_channels(const world& w) {
  auto about = w.what().about;
  return about == focus::channels || about == focus::everything;
}

// Nothing but deaths, and never of owner and runner-up together: then nothing
// of what was announced is lost. Nobody has come back with a journal either: he
// may announce a second time what his successor did.
bool one_line_of_views(const world& w) {
  return !w.disturbed() && !w.two_ended_together() && !w.somebody_came_back();
}

std::string whose(const world& w, visit v) {
  auto& x = w.visits()[v];
  return "client " + std::to_string(x.client) + " at "
         + process_name(w, x.server);
}

} // namespace

void publish_has_arrived(world& w, std::uint64_t number) {
  auto& x = w.listened().of(number);
  for (auto v : x.audience) {
    auto* ear = w.listened().find(v, x.where);
    auto p = w.visits()[v].server;
    if (!ear || !ear->since || *ear->since > x.at || !w.alive(p)
        || w.left_out_at(p) >= x.at)
      continue;
    if (!ear->heard.contains(number) && ear->greeting != number)
      return w.fail(
          "I7", "event " + std::to_string(number) + " to " + text_of(x.where)
                    + " is acknowledged, but has not reached " + whose(w, v));
  }
}

// Who ends just when he has told a backend something cannot be sure that
// anybody else knows of it, and what nobody knows of is told again.
void webhooks_alternate(world& w, const channel_of& c, const std::string& user,
                        const world::announcement& was, bool is) {
  if (was.so != is || !one_line_of_views(w) || w.was_cut_short(was))
    return;
  w.fail("I6", "the backend is told twice in a row that "
                   + (user.empty() ? text_of(c) : user + " in " + text_of(c))
                   + (is ? " is there" : " is gone"));
}

// No wish goes unanswered, and nobody is shown who is not there.
void members_are_true(world& w) {
  if (!has_channels(w))
    return;
  std::map<channel_of, std::set<std::string>> present;
  w.listened().each([&](visit v, const channel_of& c, auto& ear) {
    if (ear.since && c.members())
      present[c].insert(user_of(w.visits()[v].client));
    if (!ear.since)
      w.fail("I6", "after healing the wish of " + whose(w, v) + " for "
                       + text_of(c) + " is not answered");
  });
  w.listened().each([&](visit v, const channel_of& c, auto& ear) {
    if (!c.members() || ear.members == present[c])
      return;
    std::string text;
    for (auto& id : present[c])
      if (!ear.members.contains(id))
        text += " misses " + id;
    for (auto& id : ear.members)
      if (!present[c].contains(id))
        text += " sees the ghost of " + id;
    w.fail("I6", "after healing " + whose(w, v) + " in " + text_of(c) + text);
  });
}

// Of all worlds but those in which somebody ended with what only he knew.
void webhooks_are_true(world& w) {
  if (!has_channels(w) || w.two_ended_together() || w.ended_apart())
    return;
  std::map<std::pair<channel_of, std::string>, bool> is;
  w.listened().each([&](visit v, const channel_of& c, auto&) {
    is[{c, {}}] = true;
    if (c.members())
      is[{c, user_of(w.visits()[v].client)}] = true;
  });
  auto told = w.what_was_announced();
  for (auto& [key, last] : told)
    is.try_emplace(key, false);
  for (auto& [key, so] : is) {
    auto at = told.find(key);
    if ((at != told.end() && at->second.so) != so)
      return w.fail("I6", "the last that the backend was told of "
                              + (key.second.empty()
                                     ? text_of(key.first)
                                     : key.second + " in " + text_of(key.first))
                              + (so ? " is that it is gone, or nothing"
                                    : " is that it is there")
                              + ", long after healing");
  }
}

void publishes_reach_all(world& w, std::uint64_t first) {
  for (auto i = first; i < w.listened().publishes(); ++i) {
    auto& x = w.listened().of(i);
    if (!x.answer.value_or(false))
      return w.fail("I7", "all is healed, but event " + std::to_string(i)
                              + " to " + text_of(x.where) + ", handed in at "
                              + process_name(w, x.by)
                              + (x.answer ? ", got 503" : ", got no answer"));
  }
}

} // namespace tidewire::sim
