#include "actors/commands/render.hpp"

namespace tidewire::commands {

namespace {

std::string field(std::string text) {
  if (text.find_first_of("\",\r\n") == std::string::npos)
    return text;
  std::string out{'"'};
  for (auto c : text) {
    if (c == '"')
      out += '"';
    out += c;
  }
  return out += '"';
}

std::string render(const listing& what) {
  std::string out;
  for (auto& each : what.columns)
    out += (&each == &what.columns.front() ? "" : ",") + field(each.key);
  out += "\r\n";
  for (auto& row : what.rows) {
    for (std::size_t i = 0; i < what.columns.size() && i < row.size(); ++i)
      out += (i == 0 ? "" : ",") + field(plain(row[i], what.columns[i].is));
    out += "\r\n";
  }
  return out;
}

} // namespace

std::string render_csv(const answer& what, std::string_view table) {
  const listing* chosen = nullptr;
  for (auto& each : what.sections)
    if (auto* rows = std::get_if<listing>(&each))
      if (!chosen || (chosen->key != table && rows->key == table))
        chosen = rows;
  if (chosen)
    return render(*chosen);
  std::string out = "key,value\r\n";
  for (auto& each : what.sections)
    if (auto* x = std::get_if<facts>(&each))
      for (auto& one : x->list)
        out += field((x->key.empty() ? "" : x->key + '.') + one.key) + ','
               + field(plain(one.value, one.is)) + "\r\n";
  return out;
}

} // namespace tidewire::commands
