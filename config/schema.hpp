/// The settings as a tree that can be walked without knowing the structs: the
/// table of config/fields.hpp applied to one object. Internal to config/.
#pragma once

#include "config/fields.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace tidewire::config {

/// A value at the end of a path.
using leaf = std::variant<std::string*, bool*, std::uint16_t*, std::uint32_t*,
                          bytes*, duration*, std::vector<std::string>*>;

/// A struct: the whole, a section, or an item of a list.
using record =
    std::variant<settings*, server_settings*, admin_settings*, tls_settings*,
                 limit_settings*, webhook_settings*, compression_settings*,
                 drain_settings*, log_settings*, meter_settings*,
                 cluster_settings*, cluster_tls_settings*, tier*, account*,
                 app*, app_limits*, key_pair*, webhook*>;

/// A list of structs.
using record_list =
    std::variant<std::vector<tier>*, std::vector<account>*, std::vector<app>*,
                 std::vector<key_pair>*, std::vector<webhook>*>;

using place = std::variant<leaf, record, record_list>;

/// A field of one object: its entry in the table, and where its value is.
struct member {
  const about* what;
  place where;
};

/// The fields of an object, in the order of the table.
std::vector<member> members_of(record owner);

/// The same object as its struct declares it. Never to be written to.
record defaults_of(record owner);

std::size_t size_of(record_list list);

/// `index` must be below size_of().
record item_of(record_list list, std::size_t index);

/// New items are as their struct declares them. Invalidates places inside.
void resize(record_list list, std::size_t size);

/// Whether two values of the same type are equal.
bool equal(const place& left, const place& right);

/// A value, and the key by which origin_map knows it.
struct keyed_leaf {
  std::string key;
  const about* what;
  leaf where;
};

/// Every value of the settings, in the order of the table. The places point
/// into `all`.
std::vector<keyed_leaf> leaves_of(settings& all);

/// Every key there is, lists standing for themselves with one item:
/// `apps[0].webhooks[0].url`. For suggestions and documentation.
std::vector<std::string> known_keys();

/// `apps`, `0`, `id` → `apps[0].id`.
std::string key_of(const std::vector<std::string>& path);

/// Whether a path step is an index: digits, few enough to be one.
bool is_index(const std::string& step);

/// The entry of a key, whatever the indices in it; null when there is none.
const about* entry_of(const std::vector<std::string>& path);

} // namespace tidewire::config
