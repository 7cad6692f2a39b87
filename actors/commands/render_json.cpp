#include "actors/commands/render.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace tidewire::commands {

namespace {

std::string json_text(std::string_view text) {
  return boost::json::serialize(
      boost::json::string_view{text.data(), text.size()});
}

// Boost.JSON would write numbers as 1.25E1, which people read, too.
std::string json_of(const cell& what, unit is) {
  auto text = plain(what, is);
  if (std::holds_alternative<std::string>(what)
      || (is == unit::time && std::holds_alternative<std::int64_t>(what)))
    return json_text(text);
  return text.empty() ? "null" : text;
}

class members {
public:
  explicit members(std::string& out) : out_(out) { out_ += '{'; }

  std::string& add(std::string_view key) {
    if (!first_)
      out_ += ',';
    first_ = false;
    out_ += json_text(key);
    return out_ += ':';
  }

  void add(const std::vector<fact>& list) {
    for (auto& each : list)
      add(each.key) += json_of(each.value, each.is);
  }

  void end() { out_ += '}'; }

private:
  std::string& out_;
  bool first_ = true;
};

void add(const facts& what, members& to) {
  if (what.key.empty()) {
    to.add(what.list);
    return;
  }
  members inner{to.add(what.key)};
  inner.add(what.list);
  inner.end();
}

void add(const listing& what, members& to) {
  auto& out = to.add(what.key) += '[';
  bool first = true;
  for (auto& row : what.rows) {
    if (!std::exchange(first, false))
      out += ',';
    members object{out};
    for (std::size_t i = 0; i < what.columns.size() && i < row.size(); ++i)
      object.add(what.columns[i].key) += json_of(row[i], what.columns[i].is);
    object.end();
  }
  out += ']';
}

void add(const std::vector<std::string>& texts, std::string& to) {
  to += '[';
  for (auto& each : texts)
    to += (&each == &texts.front() ? "" : ",") + json_text(each);
  to += ']';
}

void add(const prose& what, members& to) {
  add(what.paragraphs, to.add(what.key));
}

} // namespace

std::string render_json(const answer& what) {
  std::string out;
  members object{out};
  object.add("status") += json_text(name_of(what.status));
  if (!what.error.empty())
    object.add("error") += json_text(what.error);
  if (!what.node.empty())
    object.add("node") += json_text(what.node);
  if (what.as_of_ms != 0)
    object.add("as_of") += json_text(iso_time(what.as_of_ms));
  for (auto& each : what.sections)
    std::visit([&](auto& x) { add(x, object); }, each);
  if (!what.notes.empty())
    add(what.notes, object.add("notes"));
  object.end();
  return out += '\n';
}

} // namespace tidewire::commands
