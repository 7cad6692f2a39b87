// grace: an operator gives time, or ends it.
#include "actors/commands/plans.hpp"
#include "actors/commands/table.hpp"
#include "actors/gauge.hpp"
#include "actors/shard.hpp"

#include <caf/send.hpp>

namespace tidewire::commands {

namespace {

void answer_grace(const request& who) {
  auto& given = who.arguments();
  auto grants = given.text("verb") == "grant";
  if (grants != given.has("for")) {
    who.reply(refused(status::usage,
                      grants ? "Say how long: grace grant APP --for 2d"
                             : "A grace is revoked at once: leave out --for."));
    return;
  }
  auto found = cap_subject_of(who);
  if (auto* no = std::get_if<answer>(&found)) {
    who.reply(std::move(*no));
    return;
  }
  auto whose = std::get<meter::cap_subject>(found);
  auto seconds = grants ? given.duration("for").count() / 1000 : 0;
  if (grants && seconds < 1) {
    who.reply(refused(status::usage, "A grace lasts at least a second."));
    return;
  }
  caf::anon_send(
      who.at().shards.front()->gauge,
      grace_order{whose, seconds, [who, whose, seconds](const grace_answer& x) {
                    if (!x.refusal.empty()) {
                      who.reply(refused(status::failed, x.refusal));
                      return;
                    }
                    facts done{
                        "",
                        {{"of", unit::text,
                          cell{std::string{name_of(whose.of)}}},
                         {"name", unit::text, cell{whose.name}},
                         {"cap_of", unit::text,
                          cell{std::string{name_of(whose.kind)}}},
                         {"done", unit::text,
                          cell{std::string{seconds > 0 ? "granted"
                                                       : "revoked"}}}}};
                    if (seconds > 0)
                      done.list.push_back(
                          {"for_seconds", unit::seconds, whole(seconds), "for"});
                    answer out;
                    out.sections.emplace_back(std::move(done));
                    who.reply(std::move(out));
                  }});
}

} // namespace

command grace_command() {
  std::vector<argument> arguments{{.name = "verb",
                                   .is = kind::word,
                                   .sentence = "what to do",
                                   .positional = true,
                                   .required = true,
                                   .words = {"grant", "revoke"}}};
  for (auto& x : cap_arguments())
    arguments.push_back(x);
  arguments.push_back({.name = "for",
                       .is = kind::duration,
                       .sentence = "grant: how long from now"});
  return {"grace",
          role::operate,
          "Gives an app or account time above its cap, or ends it.",
          "A granted grace ends that long from now, whatever there was before; "
          "a revoked one ends at once, and who is above the cap is over it. "
          "Either is a row of the ledger, in the log, and told to the "
          "operator's webhook.",
          std::move(arguments),
          {"grace grant 1 --for 2d", "grace grant --account acme --for 12h",
           "grace revoke 1 --cap broadcasts"},
          answer_grace};
}

} // namespace tidewire::commands
