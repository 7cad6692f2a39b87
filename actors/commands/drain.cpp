// drain: takes a node out of service; undrain takes that back.
#include "actors/commands/clusters.hpp"
#include "actors/commands/table.hpp"
#include "actors/shard.hpp"

namespace tidewire::commands {

namespace {

using cluster::order_verb;

facts closing(std::uint64_t connections, std::chrono::duration<double> within) {
  return {"",
          {{"closing_connections", unit::count, whole(connections)},
           {"within_seconds", unit::seconds, within.count(), "within"}}};
}

// -- this node, for good ------------------------------------------------------

void end_this_one(const request& who) {
  if (who.at().shards.front()->draining) {
    who.reply(refused(status::failed, "This node drains already."));
    return;
  }
  who.ask_gauge([who](const gauge_reading& reading) {
    answer out;
    out.sections.emplace_back(
        closing(reading.open(), who.settings().drain.duration));
    out.notes.emplace_back("The node accepts nobody any more, tells its "
                           "clients to reconnect elsewhere, and then ends.");
    who.reply(std::move(out));
    who.at().drain();
  });
}

// -- a node of the cluster ----------------------------------------------------

answer outcome(const order_reply& x, order_verb what,
               std::chrono::nanoseconds within) {
  auto& name = x.who.node;
  if (x.answered && !x.said.done)
    return refused(status::failed, "Node " + name + ": " + x.said.sentence);
  answer out;
  if (what == order_verb::drain)
    out.sections.emplace_back(
        closing(x.said.count, std::chrono::duration<double>(within)));
  witnesses all{{name}, {}};
  if (x.answered)
    all.answered.push_back(name);
  add_witnesses(all, out);
  if (!x.answered)
    out.notes.push_back("Node " + name
                        + " has not answered within two seconds. It may have "
                          "obeyed all the same: `nodes` says whether it "
                          "drains.");
  else if (what == order_verb::drain)
    out.notes.push_back(
        "Node " + name
        + " owns nothing, takes nobody (/readyz is 503) and sends its clients "
          "to the others. It goes on until it is told to end; undrain takes it "
          "back.");
  else
    out.notes.push_back("Node " + name
                        + " takes clients again, and keeps those that it had "
                          "not sent away. rebalance "
                        + name + " fills it up.");
  return out;
}

void order(const request& who, order_verb what,
           std::chrono::nanoseconds within) {
  ask_cluster(who,
              [what, within](const request& same, const cluster_standing& now) {
                answer no;
                auto whom = named_life(now, same.arguments().text("node"), no);
                if (!whom) {
                  same.reply(std::move(no));
                  return;
                }
                give(same, {{*whom, {0, what, 0, within.count()}}},
                     [what, within](const request& again, const auto& replies) {
                       again.reply(outcome(replies.front(), what, within));
                     });
              });
}

argument node_argument(std::string_view sentence, bool required) {
  return {.name = "node",
          .is = kind::text,
          .sentence = sentence,
          .positional = true,
          .required = required};
}

void answer_drain(const request& who) {
  auto& given = who.arguments();
  if (given.has("node")) {
    auto within = given.has("within") ? given.duration("within")
                                      : who.settings().drain.duration;
    order(who, order_verb::drain, within);
  } else if (given.has("within")) {
    who.reply(refused(status::usage, "--within is for drain NODE; without one "
                                     "it is drain.duration."));
  } else {
    end_this_one(who);
  }
}

} // namespace

command drain_command() {
  return {
      "drain",
      role::operate,
      "Takes a node out of service.",
      "Without a name this node, as SIGTERM does: it stops to accept, "
      "closes its connections with 4200 (reconnect now), spread over "
      "drain.duration, and ends. With a name, in a cluster, that node, "
      "which may be this one: it gives away the channels it owns, answers "
      "/readyz with 503 and newcomers with 4200, closes its connections "
      "likewise, and goes on running; undrain takes that back. A client "
      "leaves one node before it comes to another, so nobody is counted "
      "twice.",
      {node_argument("in a cluster: the node, by name or incarnation", false),
       {.name = "within",
        .is = kind::duration,
        .sentence = "with a node: close its connections within that time"}},
      {"drain", "drain berlin-2 --within 2m"},
      answer_drain};
}

command undrain_command() {
  return {"undrain",
          role::operate,
          "Takes a node back into service that was drained by its name.",
          "It owns channels again, is ready, and takes newcomers; who was not "
          "sent away yet stays. A node that drains because it is to end "
          "(SIGTERM, or drain without a name) cannot be taken back.",
          {node_argument("the node, by name or incarnation", true)},
          {"undrain berlin-2"},
          [](const request& who) {
            order(who, order_verb::undrain, std::chrono::nanoseconds{0});
          }};
}

} // namespace tidewire::commands
