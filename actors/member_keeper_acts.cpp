// What NODE does that membership has decided.
#include "actors/links.hpp"
#include "actors/member_keeper.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <utility>
#include <variant>

namespace tidewire {

void member_keeper::act(cluster::effects& what) {
  for (auto& x : what)
    std::visit([this](auto& one) { act(one); }, x);
}

void member_keeper::act(const cluster::send_record& x) {
  links_.send(x.to, link_order{.kind = x.kind, .slot = 1, .bytes = x.bytes});
}

void member_keeper::act(const cluster::dial& x) {
  links_.dial(x.address);
}

void member_keeper::act(const cluster::drop_link& x) {
  links_.cut(x.who, x.why);
}

void member_keeper::act(const cluster::peer_changed& x) {
  using enum cluster::peer_state;
  auto name = word(x.is);
  if (x.is == suspect || x.is == lost)
    log_warning("node_silent", "node {} is {}: it has not been heard",
                x.who.node, name);
  else
    log_info("node_state", "node {} is {}", x.who.node, name);
  if (x.is == alive && listeners_.heard)
    listeners_.heard(x.who);
}

void member_keeper::act(const cluster::life_ended& x) {
  auto& end = x.what;
  log_warning("node_ended", "node {} ({}) is over: {}, as {} found",
              end.who.node, fmt::format("{:016x}", end.who.incarnation),
              word(end.how), end.by);
  store_.add(end);
  // It may link all the same, to be told so (membership::admits).
  if (listeners_.over)
    listeners_.over(x);
}

void member_keeper::act(const cluster::view_changed& x) {
  std::string names;
  for (auto& m : x.now->members)
    names += (names.empty() ? "" : ", ") + m.who.node
             + (m.draining ? " (draining)" : "");
  if (x.as == cluster::standing::left_out)
    log_error("view_left_out",
              "this node is in no view with the others: it serves its own "
              "clients as a cluster of one until it is heard by all again");
  else
    log_info("view_changed", "the view is: {}", names);
  keep_known();
  links_.stay_is(state_.stay());
  if (listeners_.view)
    listeners_.view(x.now, x.as);
}

void member_keeper::keep_known() {
  auto now = state_.known();
  if (now == kept_)
    return;
  store_.keep(now);
  kept_ = std::move(now);
}

void member_keeper::act(const cluster::paused& x) {
  log_warning("node_paused", "this process did not run for {} ms",
              x.gap_ns / 1'000'000);
}

void member_keeper::act(const cluster::told_ended& x) {
  if (std::exchange(told_ended_, true))
    return;
  log_error("told_ended",
            "node {} says that this life is over ({}, as {} found): it can not "
            "be a member again before the process is started anew",
            x.by.node, word(x.what.how), x.what.by);
  if (listeners_.told_ended)
    listeners_.told_ended();
}

void member_keeper::act(const cluster::name_clash& x) {
  log_error("name_clash",
            "two nodes call themselves {}: give each its own server.node",
            x.known.node);
}

} // namespace tidewire
