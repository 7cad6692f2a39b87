// log: what the node has to complain about, and how much it says.
#include "net/log.hpp"

#include "actors/commands/request.hpp"
#include "actors/commands/table.hpp"

namespace tidewire::commands {

namespace {

void answer_log(const request& who) {
  auto& given = who.arguments();
  if (given.has("level"))
    set_log_level(given.text("level"));
  listing recent{"recent",
                 {{"at", unit::time},
                  {"level"},
                  {"event"},
                  {"sentence", unit::text, "what"}},
                 {},
                 "Recent warnings and errors"};
  auto all = recent_troubles();
  auto limit = given.count("limit");
  auto first = all.size() > limit ? all.size() - limit : 0;
  for (auto i = first; i < all.size(); ++i)
    recent.rows.push_back(
        {all[i].at_ms, all[i].level, all[i].event, all[i].sentence});
  answer out;
  out.sections.emplace_back(facts{"",
                                  {{"level", unit::text, log_level()},
                                   {"configured_level", unit::text,
                                    who.settings().log.level, "configured"}}});
  out.sections.emplace_back(std::move(recent));
  who.reply(std::move(out));
}

} // namespace

command log_command() {
  return {
      "log",
      role::read,
      "Shows recent warnings and errors; sets how much is logged.",
      "The last 200 warnings and errors since the start are kept, the "
      "newest stand last. A level that is set holds until the next reload "
      "or restart, which take that of the configuration (log.level).",
      {{.name = "level",
        .is = kind::word,
        .sentence = "from now on log this and worse",
        .positional = true,
        .words = {"trace", "debug", "info", "warn", "error", "critical", "off"},
        .operates = true},
       {.name = "limit",
        .is = kind::count,
        .sentence = "how many are shown",
        .fallback = "20",
        .least = 0,
        .most = 200}},
      {"log", "log debug", "log --limit 200 --json"},
      answer_log};
}

} // namespace tidewire::commands
