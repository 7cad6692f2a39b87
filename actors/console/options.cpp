#include "actors/console/options.hpp"

#include "config/units.hpp"

#include <algorithm>

namespace tidewire::console {

namespace {

using commands::form;

// A sentence says what is wrong with the value.
std::optional<std::string> apply(std::string_view name, std::string value,
                                 options& to) {
  if (name == "--json")
    to.form = form::kind::json;
  else if (name == "--csv")
    to.form = form::kind::csv;
  else if (name == "--text")
    to.form = form::kind::text;
  else if (name == "--help" || name == "-h")
    to.help = true;
  else if (name == "--markdown")
    to.markdown = true;
  else if (name == "--socket")
    to.socket = std::move(value);
  else if (name == "--url")
    to.url = std::move(value);
  else if (name == "--token-file")
    to.token_file = std::move(value);
  else if (name == "--config" || name == "-c")
    to.config_file = std::move(value);
  else if (name == "--data-dir")
    to.data_dir = std::move(value);
  else if (auto time = config::parse_duration(value); time && time->count() > 0)
    to.timeout = *time;
  else
    return "--timeout: found \"" + value
           + "\", expected a length of time, such as 30s.";
  return std::nullopt;
}

} // namespace

const std::vector<option_row>& option_rows() {
  static const std::vector<option_row> rows{
      {"--json", "", "JSON; the default where the output is no terminal"},
      {"--csv", "", "CSV of the table in the answer"},
      {"--text", "", "tables for people; the default on a terminal"},
      {"--socket", "PATH",
       "the server's admin socket (admin.sock in data_dir)"},
      {"--url", "URL", "the admin port instead, such as http://10.0.0.5:9601"},
      {"--token-file", "FILE", "the admin token, for --url"},
      {"--config", "FILE", "the server's configuration, which names data_dir"},
      {"-c", "FILE", "the same"},
      {"--data-dir", "DIR", "the server's data_dir"},
      {"--timeout", "DURATION", "how long to wait for a silent server (60s)"},
      {"--help", "", "tells of the command"},
      {"-h", "", "the same"},
      {"--markdown", "", "with help: all commands as Markdown"},
  };
  return rows;
}

std::variant<options, std::string> take_options(std::vector<std::string>& words,
                                                options base) {
  auto& rows = option_rows();
  std::vector<std::string> left;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") {
      left.insert(left.end(), words.begin() + static_cast<std::ptrdiff_t>(i),
                  words.end());
      break;
    }
    auto sign = words[i].find('=');
    auto name = words[i].substr(0, sign);
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](auto& each) { return each.name == name; });
    if (row == rows.end()) {
      left.push_back(words[i]);
      continue;
    }
    std::string value;
    if (row->value.empty() && sign != std::string::npos)
      return name + " takes no value.";
    if (!row->value.empty()) {
      if (sign != std::string::npos)
        value = words[i].substr(sign + 1);
      else if (i + 1 < words.size())
        value = words[++i];
      else
        return name + " needs a value: " + std::string{row->value} + '.';
    }
    if (auto no = apply(name, std::move(value), base))
      return *no;
  }
  words = std::move(left);
  return base;
}

} // namespace tidewire::console
