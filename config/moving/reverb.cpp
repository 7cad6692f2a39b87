// From Laravel Reverb's variables to our keys.
#include "config/moving/translator.hpp"

#include <algorithm>

namespace tidewire::config::moving {

namespace {

constexpr std::string_view reverb_prefix = "REVERB_";

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const auto& each : reverb_options())
    result.push_back(std::string(reverb_prefix) + std::string(each.variable));
  return result;
}

/// Reverb takes client events from members of a channel, from all, or from
/// none; Tidewire from members or none.
void client_events(const option& row, const given& what, translator& to) {
  if (what.text == "all")
    to.set(row.key, flag_value_of(true), what,
           "from subscribers of the channel only");
  else if (what.text == "members" || what.text == "none")
    to.set(row.key, flag_value_of(what.text == "members"), what);
  else
    to.unknown(what.name, "expected \"members\", \"all\" or \"none\"");
}

} // namespace

move from_reverb(const std::map<std::string, std::string>& variables) {
  translator to{"Reverb's default"};
  const origin from{origin::source::imported, "Reverb", 0};
  to.list("apps", 1, from);
  to.list("apps[0].keys", 1, from);
  const auto rows = reverb_options();
  for (const auto& [name, text] : variables) {
    if (!name.starts_with(reverb_prefix))
      continue;
    const auto variable = std::string_view(name).substr(reverb_prefix.size());
    const auto row = std::find_if(rows.begin(), rows.end(), [&](auto& each) {
      return each.variable == variable;
    });
    const given what{name,
                     value_of_variable(text),
                     text,
                     {origin::source::environment, name, 0}};
    if (row == rows.end())
      to.unknown(name, "no variable of Reverb" + meant(name, names()));
    else if (text.empty())
      to.ignore(name, "it is empty, which is the same as not set");
    else if (row->how == reading::own_way)
      client_events(*row, what, to);
    else
      to.take(*row, what, row->key);
  }
  to.assume("server.port", count_value(8080));
  return std::move(to).finish();
}

} // namespace tidewire::config::moving
