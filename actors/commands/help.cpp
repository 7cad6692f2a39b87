#include "actors/commands/help.hpp"

#include "actors/commands/argument.hpp"
#include "actors/commands/call.hpp"

namespace tidewire::commands {

namespace {

std::string name_of(role what) {
  return what == role::read ? "read" : "operate";
}

std::string sentence_of(const argument& what) {
  std::string out{what.sentence};
  if (what.is != kind::flag && what.is != kind::app && what.is != kind::socket
      && what.is != kind::channel && what.is != kind::user
      && what.is != kind::text)
    out += "; " + expected(what);
  if (!what.fallback.empty())
    out += " (" + std::string{what.fallback} + " if not given)";
  if (what.operates)
    out += "; changes something";
  return out;
}

} // namespace

answer help(const std::vector<command>& table) {
  listing list{"commands",
               {{"name", unit::text, "command"},
                {"role"},
                {"help", unit::text, "what it does"}},
               {}};
  for (auto& each : table)
    list.rows.push_back({std::string{each.name}, name_of(each.role),
                         std::string{each.sentence}});
  answer out;
  out.sections.emplace_back(std::move(list));
  out.notes.emplace_back("help COMMAND tells more of one.");
  return out;
}

answer help(const std::vector<command>& table, std::string_view name) {
  auto* row = find(table, name);
  if (!row) {
    auto no = parse_words({std::string{name}}, table);
    return std::get<answer>(no);
  }
  answer out;
  out.sections.emplace_back(
      facts{"",
            {{"usage", unit::text, synopsis(*row)},
             {"role", unit::text, name_of(row->role)},
             {"http", unit::text,
              std::string{row->role == role::read ? "GET" : "POST"}
                  + " /v1/commands/" + std::string{row->name}}}});
  prose about{"help", {std::string{row->sentence}}};
  if (!row->more.empty())
    about.paragraphs.emplace_back(row->more);
  out.sections.emplace_back(std::move(about));
  if (!row->arguments.empty()) {
    listing list{"arguments",
                 {{"argument"},
                  {"value"},
                  {"required", unit::yes_no},
                  {"help", unit::text, "what it is"}},
                 {}};
    for (auto& each : row->arguments)
      list.rows.push_back(
          {spelled(each), placeholder(each), each.required, sentence_of(each)});
    out.sections.emplace_back(std::move(list));
  }
  if (!row->examples.empty()) {
    prose examples{"examples", {}, "Examples"};
    for (auto& each : row->examples)
      examples.paragraphs.push_back("tidewire ctl " + std::string{each});
    out.sections.emplace_back(std::move(examples));
  }
  return out;
}

} // namespace tidewire::commands
