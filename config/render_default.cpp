#include "config/render.hpp"

#include "config/assignment.hpp"
#include "config/schema.hpp"
#include "config/values.hpp"
#include "config/words.hpp"

namespace tidewire::config {

namespace {

constexpr std::string_view default_head =
    "Tidewire's configuration: every key with its default. `tidewire serve "
    "--config FILE` reads it; variables override it (TIDEWIRE_SERVER__PORT, "
    "TIDEWIRE_DATA_DIR, TIDEWIRE_APPS__0__ID), and flags override those "
    "(--port 7000, --set limits.max_message=128KiB). `tidewire config "
    "check` finds mistakes in it, `tidewire config show` says where every "
    "value comes from.";

/// What stands above a key.
std::string comment(const about& what, const leaf& where) {
  std::string text(what.sentence);
  if (!std::holds_alternative<bool*>(where))
    text += " Allowed: " + allowed(what, where) + '.';
  if (what.needs_restart)
    text += " Needs a restart.";
  if (what.not_in_effect)
    text += " No effect in this version.";
  return wrapped(text, "# ");
}

/// `key = value`, a list below each other where it is too long.
std::string line(const about& what, const std::string& value) {
  auto text = std::string(what.key) + " = " + value + '\n';
  constexpr std::size_t longest = 80;
  if (text.size() <= longest || value.front() != '[')
    return text;
  return std::string(what.key) + " = [\n"
         + wrapped(std::string_view(value).substr(1, value.size() - 2), "  ",
                   longest - 2)
         + "]\n";
}

std::string inline_item(record item) {
  std::string text = "{";
  for (const auto& [what, where] : members_of(item))
    text += (text.size() > 1 ? ", " : " ") + std::string(what->key) + " = "
            + toml_text(std::get<leaf>(where));
  return text + " }";
}

std::string inline_list(record_list list) {
  std::string text = "[";
  for (std::size_t i = 0; i < size_of(list); ++i)
    text += (i != 0 ? ", " : "") + inline_item(item_of(list, i));
  return text + ']';
}

/// Turns lines of TOML into comments; those that are stay.
std::string commented_out(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (text.front() != '#')
      result += "# ";
    result += text.substr(0, end + 1);
    text.remove_prefix(end + 1);
  }
  return result;
}

// An example is commented out; what is further needs no comments again.
enum class role { standing, further, example };

std::string keys_of(record owner, role as) {
  std::string text;
  for (const auto& [what, where] : members_of(owner)) {
    const bool is_line =
        std::holds_alternative<leaf>(where) || what->inline_items;
    if (is_line && !text.empty() && as == role::standing)
      text += '\n';
    if (const auto* value = std::get_if<leaf>(&where)) {
      const bool instead = as == role::example && !what->example.empty();
      const auto toml =
          line(*what, instead ? in_quotes(what->example) : toml_text(*value));
      if (as != role::further)
        text += comment(*what, *value);
      text += what->left_unset ? commented_out(toml) : toml;
    } else if (what->inline_items) {
      text += wrapped(what->sentence, "# ")
              + line(*what, inline_list(std::get<record_list>(where)));
    }
  }
  return text;
}

std::string tables_of(record owner, const std::string& path);

std::string render(record owner, const std::string& path, role as) {
  return keys_of(owner, as) + tables_of(owner, path);
}

/// The sections and lists of an object, which must follow its keys.
std::string tables_of(record owner, const std::string& path) {
  std::string text;
  for (const auto& [what, where] : members_of(owner)) {
    const auto name = (path.empty() ? "" : path + '.') + std::string(what->key);
    std::string sentence(what->sentence);
    if (what->not_in_effect)
      sentence += " No effect in this version.";
    if (const auto* section = std::get_if<record>(&where)) {
      text += '\n' + wrapped(sentence, "# ") + '[' + name + "]\n"
              + render(*section, name, role::standing);
    } else if (std::holds_alternative<record_list>(where)
               && !what->inline_items) {
      const auto list = std::get<record_list>(where);
      text += '\n' + wrapped(sentence, "# ");
      const auto header = "[[" + name + "]]\n";
      if (size_of(list) == 0) {
        resize(list, 1);
        text += commented_out(header
                              + render(item_of(list, 0), name, role::example));
        continue;
      }
      for (std::size_t i = 0; i < size_of(list); ++i)
        text += (i != 0 ? "\n" : "") + header
                + render(item_of(list, i), name,
                         i != 0 ? role::further : role::standing);
    }
  }
  return text;
}

} // namespace

std::string render_default_toml() {
  settings fresh;
  return wrapped(default_head, "# ") + '\n'
         + render(&fresh, {}, role::standing);
}

} // namespace tidewire::config
