// A small table of commands, for tests of what is made of one.
#pragma once

#include "actors/commands/call.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire::testing {

inline const std::vector<commands::command>& small_table() {
  using namespace commands;
  static const std::vector<command> rows{
      {"status", role::read, "Says how it is.", "", {}, {"status"}},
      {"usage",
       role::read,
       "Says what was used.",
       "Of an app.",
       {{.name = "app",
         .is = kind::app,
         .sentence = "of which app",
         .positional = true,
         .required = true},
        {"from", kind::time, "its beginning"},
        {.name = "sample",
         .is = kind::duration,
         .sentence = "how fine",
         .fallback = "60s"},
        {.name = "rule",
         .is = kind::word,
         .sentence = "how it is billed",
         .words = {"peak", "p95", "average"}},
        {.name = "limit",
         .is = kind::count,
         .sentence = "how many",
         .least = 1,
         .most = 10},
        {"growth", kind::percent, "a year"},
        {"all", kind::flag, "everything"},
        {.name = "tag",
         .is = kind::text,
         .sentence = "marks it",
         .repeated = true}},
       {"usage 1"}},
      {"kick",
       role::operate,
       "Ends connections.",
       "",
       {{"socket", kind::socket, "this one", true}},
       {"kick 1.2"}},
      {"log",
       role::read,
       "Shows the log.",
       "",
       {{.name = "level",
         .is = kind::word,
         .sentence = "sets it",
         .positional = true,
         .words = {"debug", "info"},
         .operates = true}},
       {"log"}},
  };
  return rows;
}

/// What parsing `words` made; a call or an answer.
inline commands::parsed_call parsed(std::string_view line) {
  return commands::parse_words(commands::split_words(line).value(),
                               small_table());
}

inline commands::call called(std::string_view line) {
  return std::get<commands::call>(parsed(line));
}

/// The sentence that refuses it; empty if nothing does.
inline std::string refused(const commands::parsed_call& what) {
  auto* no = std::get_if<commands::answer>(&what);
  return no ? no->error : std::string{};
}

} // namespace tidewire::testing
