#include "config/render.hpp"

#include "config/assignment.hpp"
#include "config/schema.hpp"
#include "config/values.hpp"

#include <algorithm>

namespace tidewire::config {

namespace {

class effective {
public:
  effective(const origin_map& origins, secrets how, bool only_given = false)
      : origins_(origins), how_(how), only_given_(only_given) {}

  /// `header` is how TOML names the table, `key` how origin_map does.
  void render(record owner, const std::string& header, const std::string& key);

  std::string take() { return std::move(text_); }

private:
  void line(std::string toml, const std::string& remark);
  void inline_list(std::string_view name, record_list list,
                   const std::string& key);
  std::string value_of(const about& what, const leaf& where) const;
  std::string origin_of(const std::string& key) const;

  /// Whether a key, or anything inside of it, is to be shown.
  bool shows(const std::string& key) const;

  const origin_map& origins_;
  secrets how_;
  bool only_given_;
  std::string text_;
};

std::string below(const std::string& parent, std::string_view name) {
  return (parent.empty() ? "" : parent + '.') + std::string(name);
}

std::string item_key(const std::string& list, std::size_t index) {
  return list + '[' + std::to_string(index) + ']';
}

std::string effective::value_of(const about& what, const leaf& where) const {
  if (what.secret && how_ == secrets::hidden)
    return in_quotes("********");
  return toml_text(where);
}

std::string effective::origin_of(const std::string& key) const {
  const auto found = origins_.find(key);
  return to_string(found == origins_.end() ? origin{} : found->second);
}

bool effective::shows(const std::string& key) const {
  if (!only_given_)
    return true;
  const auto next = origins_.lower_bound(key);
  return next != origins_.end() && next->first.starts_with(key)
         && (next->first.size() == key.size()
             || next->first.find_first_of(".[", key.size()) == key.size());
}

void effective::line(std::string toml, const std::string& remark) {
  constexpr std::size_t column = 40;
  toml.resize(std::max(toml.size() + 2, column), ' ');
  text_ += toml + "# " + remark + '\n';
}

void effective::inline_list(std::string_view name, record_list list,
                            const std::string& key) {
  text_ += std::string(name) + " = [\n";
  for (std::size_t i = 0; i < size_of(list); ++i) {
    std::string item;
    std::string remark;
    for (const auto& [what, where] : members_of(item_of(list, i))) {
      item += (item.empty() ? "  { " : ", ") + std::string(what->key) + " = "
              + value_of(*what, std::get<leaf>(where));
      const auto from = origin_of(below(item_key(key, i), what->key));
      if (remark.empty())
        remark = from;
      else if (remark != from)
        remark += ", " + std::string(what->key) + ": " + from;
    }
    line(item + " },", remark);
  }
  text_ += "]\n";
}

void effective::render(record owner, const std::string& header,
                       const std::string& key) {
  const auto members = members_of(owner);
  // What is a line comes first: TOML gives lines below a section to it.
  for (const auto& [what, where] : members) {
    const auto name = below(key, what->key);
    const auto* list = std::get_if<record_list>(&where);
    if (!shows(name))
      continue;
    if (const auto* value = std::get_if<leaf>(&where))
      line(std::string(what->key) + " = " + value_of(*what, *value),
           origin_of(name));
    else if (list != nullptr && size_of(*list) == 0)
      line(std::string(what->key) + " = []", origin_of(name));
    else if (list != nullptr && what->inline_items)
      inline_list(what->key, *list, name);
  }
  for (const auto& [what, where] : members) {
    const auto name = below(key, what->key);
    const auto title = below(header, what->key);
    const auto* list = std::get_if<record_list>(&where);
    if (!shows(name))
      continue;
    if (const auto* section = std::get_if<record>(&where)) {
      text_ += "\n[" + title + "]\n";
      render(*section, title, name);
    } else if (list != nullptr && !what->inline_items) {
      for (std::size_t i = 0; i < size_of(*list); ++i) {
        text_ += "\n[[" + title + "]]\n";
        render(item_of(*list, i), title, item_key(name, i));
      }
    }
  }
}

} // namespace

std::string render_effective(const settings& all, const origin_map& origins,
                             secrets how) {
  auto copy = all; // a schema's places can be written to
  effective text{origins, how};
  text.render(&copy, {}, {});
  return text.take();
}

std::string render_given(const settings& all, const origin_map& origins) {
  auto copy = all;
  effective text{origins, secrets::shown, true};
  text.render(&copy, {}, {});
  return text.take();
}

} // namespace tidewire::config
