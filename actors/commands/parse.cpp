// Calls out of words and out of requests.
#include "actors/commands/argument.hpp"
#include "actors/commands/call.hpp"
#include "config/suggest.hpp"
#include "net/pusher/query.hpp"

namespace tidewire::commands {

namespace {

answer wrong(std::string sentence) {
  return refused(status::usage, std::move(sentence));
}

std::string did_you_mean(std::string_view typed,
                         const std::vector<std::string>& names) {
  auto near = config::nearest(typed, names);
  return near ? "; did you mean \"" + *near + "\"?" : std::string{"."};
}

answer no_command(std::string_view name, const std::vector<command>& table) {
  std::vector<std::string> names;
  for (auto& each : table)
    names.emplace_back(each.name);
  auto out =
      refused(status::not_found, "There is no command \"" + std::string{name}
                                     + '"' + did_you_mean(name, names));
  out.notes.emplace_back("The command help lists them.");
  return out;
}

answer no_argument(const command& of, std::string_view spelling,
                   std::string_view name, std::string_view dashes) {
  std::vector<std::string> names;
  for (auto& each : of.arguments)
    names.push_back(std::string{dashes} + std::string{each.name});
  auto typed = std::string{dashes} + std::string{name};
  return wrong(std::string{of.name} + " has no argument \""
               + std::string{spelling} + '"' + did_you_mean(typed, names));
}

const argument* positional(const command& of, std::size_t index) {
  for (auto& each : of.arguments)
    if (each.positional && (index-- == 0 || each.repeated))
      return &each;
  return nullptr;
}

answer too_many(const command& of, std::string_view word) {
  return wrong("There is nothing for \"" + std::string{word}
               + "\" to be: " + synopsis(of));
}

parsed_call completed(call what) {
  if (auto no = what.complete())
    return wrong(std::move(*no));
  return what;
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
         || c == '~';
}

std::string encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (auto c : text) {
    if (unreserved(c)) {
      out += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

} // namespace

parsed_call parse_words(const std::vector<std::string>& words,
                        const std::vector<command>& table) {
  if (words.empty())
    return wrong("There is no command; help lists them.");
  auto* row = find(table, words.front());
  if (!row)
    return no_command(words.front(), table);
  call out{*row};
  std::size_t taken = 0;
  bool only_positional = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    auto& word = words[i];
    if (!only_positional && word == "--") {
      only_positional = true;
      continue;
    }
    const argument* to = nullptr;
    auto value = word;
    if (!only_positional && word.starts_with("--")) {
      auto sign = word.find('=');
      auto name = std::string_view{word}.substr(0, sign).substr(2);
      to = find(*row, name);
      if (!to)
        return no_argument(*row, word.substr(0, sign), name, "--");
      if (to->is == kind::flag) {
        if (sign != std::string::npos)
          return wrong(spelled(*to) + " takes no value.");
        value = "true";
      } else if (sign != std::string::npos) {
        value = word.substr(sign + 1);
      } else if (i + 1 < words.size()) {
        value = words[++i];
      } else {
        return wrong(spelled(*to) + " needs a value: " + expected(*to) + '.');
      }
    } else {
      to = positional(*row, taken++);
      if (!to)
        return too_many(*row, word);
    }
    if (auto no = out.add(*to, std::move(value)))
      return wrong(std::move(*no));
  }
  return completed(std::move(out));
}

parsed_call parse_target(std::string_view path, std::string_view query,
                         const std::vector<command>& table) {
  auto step = [&path] {
    auto end = std::min(path.find('/'), path.size());
    auto out = pusher::percent_decode(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
    return out;
  };
  auto name = step();
  auto* row = find(table, name);
  if (!row)
    return no_command(name, table);
  call out{*row};
  for (std::size_t taken = 0; !path.empty(); ++taken) {
    auto value = step();
    auto* to = positional(*row, taken);
    if (!to)
      return too_many(*row, value);
    if (auto no = out.add(*to, std::move(value)))
      return wrong(std::move(*no));
  }
  for (auto& [key, value] :
       pusher::parse_query(query, pusher::plus_sign::space)) {
    auto* to = find(*row, key);
    if (!to)
      return no_argument(*row, key, key, "");
    if (to->is == kind::flag) {
      if (value == "false" || value == "0" || value == "no")
        continue;
      if (value.empty() || value == "1" || value == "yes")
        value = "true";
    }
    if (auto no = out.add(*to, value))
      return wrong(std::move(*no));
  }
  return completed(std::move(out));
}

std::string target_of(const call& what) {
  std::string out{what.command().name};
  char before = '?';
  for (auto& each : what.command().arguments)
    if (what.given(each.name))
      for (auto& value : what.texts(each.name)) {
        out += before;
        out += encoded(each.name);
        if (each.is != kind::flag)
          out += '=' + encoded(value);
        before = '&';
      }
  return out;
}

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> out;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    auto c = line[i];
    auto space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (quote == 0 && space) {
      in_word = false;
      continue;
    }
    if (!in_word)
      out.emplace_back();
    in_word = true;
    if (c == quote)
      quote = 0;
    else if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    else if (c == '\\' && quote != '\'' && i + 1 < line.size())
      out.back() += line[++i];
    else
      out.back() += c;
  }
  if (quote != 0)
    return std::nullopt;
  return out;
}

} // namespace tidewire::commands
