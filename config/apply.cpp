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
    return "; did you mean " + quoted(*near) + '?';
  for (const auto& key : known_keys())
    if (last_step(key) == wrong.back())
      return "; did you mean " + quoted(key) + '?';
  return {};
}

std::string meant_variable(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& key : known_keys())
    names.push_back(variable_of(key));
  if (const auto near = nearest(name, names))
    return "; did you mean " + *near + '?';
  for (const auto& each : names)
    if (each.ends_with("__" + name.substr(variable_prefix.size())))
      return "; did you mean " + each + '?';
  return {};
}

/// Whether an index may make the list one longer: people count in variables
/// and flags; a file's list has the length it has.
bool may_append(const assignment& what) {
  return what.value.is == raw_value::form::loose;
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
  case origin::source::environment:
    problems_.add(grade::warning, what.from, {},
                  "unknown setting" + meant_variable(what.from.name));
    break;
  case origin::source::flag:
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

void applier::apply(const assignment& what) {
  place at = record{&target_};
  const about* entry = nullptr;
  for (std::size_t depth = 0; depth < what.path.size(); ++depth) {
    const auto& step = what.path[depth];
    if (const auto* owner = std::get_if<record>(&at)) {
      const auto members = members_of(*owner);
      const auto found =
          std::find_if(members.begin(), members.end(), [&](const auto& each) {
            return each.what->key == step;
          });
      if (found == members.end())
        return unknown(what, depth);
      entry = found->what;
      at = found->where;
      continue;
    }
    const auto so_far = key_of(first_steps(what.path, depth));
    const auto* list = std::get_if<record_list>(&at);
    if (list == nullptr) {
      // A table in a value's place has been reported as itself.
      if (what.from.from != origin::source::file)
        unknown(what, depth);
      return;
    }
    if (!is_index(step)) {
      if (what.from.from != origin::source::file)
        error(what, so_far,
              "is a list; name an item of it by its number, from 0");
      return;
    }
    std::size_t index = 0;
    std::from_chars(step.data(), step.data() + step.size(), index);
    if (index > size_of(*list)
        || (index == size_of(*list) && !may_append(what)))
      return error(what, so_far + '[' + step + ']',
                   "there is no such item; the next one is "
                       + std::to_string(size_of(*list)));
    if (index == size_of(*list)) {
      resize(*list, index + 1);
      origins_[so_far + '[' + step + ']'] = what.from;
    }
    at = item_of(*list, index);
  }

  const auto key = key_of(what.path);
  if (const auto* value = std::get_if<leaf>(&at)) {
    const auto wrong = store(what.value, *entry, *value);
    for (const auto& each : wrong) {
      auto where = what;
      if (each.line != 0)
        where.from.line = each.line;
      const auto item =
          each.item ? '[' + std::to_string(*each.item) + ']' : std::string{};
      error(where, key + item, each.text);
    }
    if (wrong.empty())
      origins_[key] = what.from;
    return;
  }
  const auto* list = std::get_if<record_list>(&at);
  const bool no_items =
      what.value.is == raw_value::form::list && what.value.items.empty();
  if (list != nullptr
      && (no_items || what.value.is == raw_value::form::tables)) {
    // Fresh items: a file's apps replace the demo app, they do not amend it.
    resize(*list, 0);
    resize(*list, what.value.count);
  } else if (list != nullptr || what.value.is != raw_value::form::table) {
    return error(what, key,
                 "found " + shown(what.value) + ", expected "
                     + expectation(at, key));
  }
  origins_[key] = what.from;
}

} // namespace tidewire::config
