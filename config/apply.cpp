#include "config/apply.hpp"

#include "config/env_reader.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <charconv>

namespace tidewire::config {

namespace {

using path = std::vector<std::string>;

path first_steps(const path& steps, std::size_t count) {
  return {steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::string last_step(const std::string& key) {
  return key.substr(key.rfind('.') + 1); // all of it when there is no dot
}

/// The keys that may stand in the same place.
std::vector<std::string> siblings(const path& parent) {
  std::vector<std::string> names;
  if (parent.empty()) {
    settings fresh;
    for (const auto& each : members_of(&fresh))
      names.emplace_back(each.what->key);
    return names;
  }
  path pattern = parent;
  for (auto& step : pattern)
    if (is_index(step))
      step = "0";
  const auto prefix = key_of(pattern) + '.';
  for (const auto& key : known_keys()) {
    if (!key.starts_with(prefix))
      continue;
    const auto name = key.substr(prefix.size());
    names.push_back(name.substr(0, name.find_first_of(".[")));
  }
  return names;
}

/// The key that was meant: a sibling, or a key of that name elsewhere.
std::string meant(const path& wrong) {
  const auto parent = first_steps(wrong, wrong.size() - 1);
  if (const auto near = nearest(wrong.back(), siblings(parent)))
    return "; did you mean " + in_quotes(*near) + '?';
  std::vector<std::string> names;
  const auto keys = known_keys();
  for (const auto& key : keys)
    names.push_back(last_step(key));
  const auto near = nearest(wrong.back(), names);
  if (!near)
    return {};
  const auto index = std::find(names.begin(), names.end(), *near);
  return "; did you mean " + in_quotes(keys[index - names.begin()]) + '?';
}

std::string meant_variable(std::string_view variable) {
  const auto name = variable.substr(variable_prefix.size());
  std::vector<std::string> names;
  for (const auto& key : known_keys())
    names.push_back(variable_of(key).substr(variable_prefix.size()));
  auto near = nearest(name, names);
  const auto tail = "__" + std::string(name); // TIDEWIRE_PORT
  for (const auto& each : names)
    if (!near && each.ends_with(tail))
      near = each;
  if (!near)
    return {};
  return "; did you mean " + std::string(variable_prefix) + *near + '?';
}

/// What somebody should have written who gave a section or list a value.
std::string inside(const std::string& key) {
  const auto keys = known_keys();
  const auto below =
      std::find_if(keys.begin(), keys.end(), [&](const auto& each) {
        return each.starts_with(key + '.') || each.starts_with(key + '[');
      });
  return below == keys.end() ? "a key inside of it"
                             : "a key inside of it, such as " + *below;
}

/// Whether an assignment is one of a document, which names sections and lists
/// besides what is in them: what is wrong with those has been told.
bool is_document(const origin& from) {
  return from.from == origin::source::file
         || from.from == origin::source::request;
}

/// Whether an index may make the list one longer: people count in variables
/// and flags; a document's list has the length it has.
bool may_append(const assignment& what) {
  return what.value.is == raw_value::form::loose;
}

/// What a section or a list should have been.
std::string wanted(const assignment& what, const place& where,
                   const std::string& key) {
  if (may_append(what))
    return inside(key);
  if (what.from.from != origin::source::request)
    return expectation(where, key);
  return std::holds_alternative<record>(where) ? "an object"
                                               : "a list of objects";
}

} // namespace

void applier::error(const assignment& what, const std::string& key,
                    std::string message) {
  problems_.add(grade::error, what.from, key, std::move(message));
}

void applier::unknown(const assignment& what, std::size_t depth) {
  const auto wrong = first_steps(what.path, depth + 1);
  const auto key = key_of(wrong);
  if (!unknown_.insert(key + '\n' + what.from.name).second)
    return;
  switch (what.from.from) {
  case origin::source::environment: {
    // Others, such as ./dev, have variables of that prefix as well: what
    // neither has the form nor resembles one of ours is theirs.
    const auto& name = what.from.name;
    const auto hint = meant_variable(name);
    if (!hint.empty() || name.find("__") != std::string::npos)
      problems_.add(grade::warning, what.from, {}, "unknown setting" + hint);
    break;
  }
  case origin::source::flag:
  case origin::source::request:
    error(what, key, "unknown key" + meant(wrong));
    break;
  default: {
    const auto* kind = what.value.is == raw_value::form::table
                               || what.value.is == raw_value::form::tables
                           ? "unknown section"
                           : "unknown key";
    problems_.add(grade::warning, what.from, key, kind + meant(wrong));
  }
  }
}

std::optional<place> applier::field(const assignment& what, std::size_t depth,
                                    record owner, const about*& entry) {
  const auto& step = what.path[depth];
  for (const auto& each : members_of(owner)) {
    if (each.what->key == step) {
      entry = each.what;
      return each.where;
    }
  }
  // An item of a section is the section written as [[section]], which has been
  // reported as itself.
  if (!is_index(step) || what.from.from != origin::source::file)
    unknown(what, depth);
  return std::nullopt;
}

std::optional<place> applier::item(const assignment& what, std::size_t depth,
                                   record_list list) {
  const auto& step = what.path[depth];
  const auto list_key = key_of(first_steps(what.path, depth));
  if (!is_index(step)) {
    // A list written as one table has been reported as itself.
    if (!is_document(what.from))
      error(what, list_key,
            "is a list; name an item of it by its number, from 0");
    return std::nullopt;
  }
  std::size_t index = 0;
  std::from_chars(step.data(), step.data() + step.size(), index);
  const auto item_key = key_of(first_steps(what.path, depth + 1));
  const auto size = size_of(list);
  if (index > size || (index == size && !may_append(what))) {
    error(what, item_key,
          "there is no such item; the next one is " + std::to_string(size));
    return std::nullopt;
  }
  if (index == size) {
    resize(list, size + 1);
    origins_[item_key] = what.from;
  }
  return item_of(list, index);
}

void applier::set(const assignment& what, const about& entry, leaf value) {
  const auto key = key_of(what.path);
  const auto wrong = store(what.value, entry, value);
  for (const auto& each : wrong) {
    auto where = what.from;
    if (each.line != 0)
      where.line = each.line;
    const auto index =
        each.item ? '[' + std::to_string(*each.item) + ']' : std::string{};
    problems_.add(grade::error, where, key + index, each.text);
  }
  if (wrong.empty())
    origins_[key] = what.from;
}

void applier::apply(const assignment& what) {
  place at = record{&target_};
  const about* entry = nullptr;
  for (std::size_t depth = 0; depth < what.path.size(); ++depth) {
    std::optional<place> next;
    if (const auto* owner = std::get_if<record>(&at))
      next = field(what, depth, *owner, entry);
    else if (const auto* list = std::get_if<record_list>(&at))
      next = item(what, depth, *list);
    else if (!is_document(what.from))
      unknown(what, depth); // a document's has been reported as a table
    if (!next)
      return;
    at = *next;
  }
  if (const auto* value = std::get_if<leaf>(&at))
    return set(what, *entry, *value);

  const auto key = key_of(what.path);
  const auto form = what.value.is;
  const auto* list = std::get_if<record_list>(&at);
  const bool is_items =
      form == raw_value::form::tables
      || (form == raw_value::form::list && what.value.items.empty());
  if (list != nullptr && is_items) {
    // Fresh items: a file's apps replace the demo app, they do not amend it.
    resize(*list, 0);
    resize(*list, what.value.count);
  } else if (list != nullptr || form != raw_value::form::table) {
    return error(what, key,
                 "found " + shown(what.value) + ", expected "
                     + wanted(what, at, key));
  }
  origins_[key] = what.from;
}

} // namespace tidewire::config
