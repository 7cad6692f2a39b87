#include "config/schema.hpp"

#include <algorithm>
#include <type_traits>

namespace tidewire::config {

namespace {

template <class T>
place place_of(T& value) {
  if constexpr (std::is_constructible_v<leaf, T*>)
    return leaf{&value};
  else if constexpr (std::is_constructible_v<record, T*>)
    return record{&value};
  else
    return record_list{&value};
}

void collect(const std::string& prefix, record owner,
             std::vector<keyed_leaf>& into) {
  for (const auto& [what, where] : members_of(owner)) {
    auto key = prefix.empty() ? std::string(what->key)
                              : prefix + '.' + std::string(what->key);
    if (const auto* value = std::get_if<leaf>(&where)) {
      into.push_back({std::move(key), what, *value});
    } else if (const auto* inner = std::get_if<record>(&where)) {
      collect(key, *inner, into);
    } else {
      const auto list = std::get<record_list>(where);
      for (std::size_t i = 0; i < size_of(list); ++i)
        collect(key + '[' + std::to_string(i) + ']', item_of(list, i), into);
    }
  }
}

/// Gives every list an item, so that a walk meets every key.
void fill_lists(record owner) {
  for (const auto& [what, where] : members_of(owner)) {
    if (const auto* inner = std::get_if<record>(&where)) {
      fill_lists(*inner);
    } else if (const auto* list = std::get_if<record_list>(&where)) {
      resize(*list, 1);
      fill_lists(item_of(*list, 0));
    }
  }
}

settings filled() {
  settings all;
  fill_lists(&all);
  return all;
}

} // namespace

std::vector<member> members_of(record owner) {
  return std::visit(
      [](auto* object) {
        using owner_type = std::remove_pointer_t<decltype(object)>;
        std::vector<member> result;
        for (const auto& entry : fields_of<owner_type>()) {
          result.push_back({&entry.what, std::visit(
                                             [object](auto pointer) {
                                               return place_of(
                                                   object->*pointer);
                                             },
                                             entry.where)});
        }
        return result;
      },
      owner);
}

record defaults_of(record owner) {
  return std::visit(
      [](auto* object) -> record {
        static std::remove_pointer_t<decltype(object)> fresh;
        return &fresh;
      },
      owner);
}

std::size_t size_of(record_list list) {
  return std::visit([](const auto* items) { return items->size(); }, list);
}

record item_of(record_list list, std::size_t index) {
  return std::visit([index](auto* items) -> record { return &(*items)[index]; },
                    list);
}

void resize(record_list list, std::size_t size) {
  std::visit([size](auto* items) { items->resize(size); }, list);
}

bool equal(const place& left, const place& right) {
  const auto same = [](const auto& a, const auto& b) {
    return std::visit(
        [&b](auto* first) {
          const auto* second = std::get_if<decltype(first)>(&b);
          return second != nullptr && *first == **second;
        },
        a);
  };
  return std::visit(
      [&](const auto& first) {
        const auto* second = std::get_if<std::decay_t<decltype(first)>>(&right);
        return second != nullptr && same(first, *second);
      },
      left);
}

std::vector<keyed_leaf> leaves_of(settings& all) {
  std::vector<keyed_leaf> result;
  collect({}, &all, result);
  return result;
}

std::vector<std::string> known_keys() {
  auto all = filled();
  std::vector<std::string> keys;
  for (auto& entry : leaves_of(all))
    keys.push_back(std::move(entry.key));
  return keys;
}

std::string key_of(const std::vector<std::string>& path) {
  std::string key;
  for (const auto& step : path) {
    if (is_index(step) && !key.empty())
      key += '[' + step + ']';
    else
      key += key.empty() ? step : '.' + step;
  }
  return key;
}

bool is_index(const std::string& step) {
  return !step.empty() && step.size() <= 4
         && std::all_of(step.begin(), step.end(),
                        [](char c) { return c >= '0' && c <= '9'; });
}

const about* entry_of(const std::vector<std::string>& path) {
  auto all = filled();
  place at = record{&all};
  const about* entry = nullptr;
  for (const auto& step : path) {
    if (const auto* list = std::get_if<record_list>(&at)) {
      if (!is_index(step))
        return nullptr;
      at = item_of(*list, 0);
      continue;
    }
    const auto* owner = std::get_if<record>(&at);
    if (owner == nullptr)
      return nullptr;
    const auto members = members_of(*owner);
    const auto found =
        std::find_if(members.begin(), members.end(),
                     [&](const auto& each) { return each.what->key == step; });
    if (found == members.end())
      return nullptr;
    entry = found->what;
    at = found->where;
  }
  return entry;
}

} // namespace tidewire::config
