/// The table of everything that can be configured. Loading, environment,
/// flags, validation, `config default|show|doc` all come from it: a new key is
/// a struct member (config/settings.hpp) and one entry here.
#pragma once

#include "config/rules.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <variant>

namespace tidewire::config {

/// What a key is, apart from its type, which the struct member says.
struct about {
  std::string_view key;
  std::string_view sentence;
  /// Allowed range of numbers, in milliseconds or bytes where that is meant.
  std::uint64_t lowest = 0;
  std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
  /// Condition on a text, or on each text of a list.
  const text_rule* rule = nullptr;
  /// The allowed texts, where they are a closed set.
  std::span<const std::string_view> choices = {};
  /// The flag of its own, when it has one (`--port`).
  std::string_view flag = {};
  /// What `config default` shows for an item of a list that is empty by
  /// default; without one, the default of the item.
  std::string_view example = {};
  /// A running server cannot take a change of it.
  bool needs_restart = false;
  /// Accepted, but this version does nothing with it: clear it in the commit
  /// that makes it work.
  bool not_in_effect = false;
  /// Never shown unless asked for.
  bool secret = false;
  /// `config default` shows it commented out, because that it is set at all
  /// means something.
  bool left_unset = false;
  /// The items of the list are written `[{ … }]`, not as tables.
  bool inline_items = false;
};

/// A pointer to any kind of member that a configuration struct may have.
template <class Owner>
using member_pointer =
    std::variant<std::string Owner::*, bool Owner::*, std::uint16_t Owner::*,
                 std::uint32_t Owner::*, bytes Owner::*, duration Owner::*,
                 std::vector<std::string> Owner::*, server_settings Owner::*,
                 admin_settings Owner::*, tls_settings Owner::*,
                 limit_settings Owner::*, webhook_settings Owner::*,
                 compression_settings Owner::*, drain_settings Owner::*,
                 log_settings Owner::*, meter_settings Owner::*,
                 cluster_settings Owner::*, cluster_tls_settings Owner::*,
                 app_limits Owner::*, std::vector<tier> Owner::*,
                 std::vector<account> Owner::*, std::vector<app> Owner::*,
                 std::vector<key_pair> Owner::*, std::vector<webhook> Owner::*>;

template <class Owner>
struct field {
  about what;
  member_pointer<Owner> where;
};

/// The fields of a struct in the order in which they are shown.
template <class Owner>
std::span<const field<Owner>> fields_of();

template <>
std::span<const field<settings>> fields_of<settings>();
template <>
std::span<const field<server_settings>> fields_of<server_settings>();
template <>
std::span<const field<admin_settings>> fields_of<admin_settings>();
template <>
std::span<const field<tls_settings>> fields_of<tls_settings>();
template <>
std::span<const field<limit_settings>> fields_of<limit_settings>();
template <>
std::span<const field<webhook_settings>> fields_of<webhook_settings>();
template <>
std::span<const field<compression_settings>> fields_of<compression_settings>();
template <>
std::span<const field<drain_settings>> fields_of<drain_settings>();
template <>
std::span<const field<log_settings>> fields_of<log_settings>();
template <>
std::span<const field<meter_settings>> fields_of<meter_settings>();
template <>
std::span<const field<cluster_settings>> fields_of<cluster_settings>();
template <>
std::span<const field<cluster_tls_settings>> fields_of<cluster_tls_settings>();
template <>
std::span<const field<tier>> fields_of<tier>();
template <>
std::span<const field<account>> fields_of<account>();
template <>
std::span<const field<app>> fields_of<app>();
template <>
std::span<const field<app_limits>> fields_of<app_limits>();
template <>
std::span<const field<key_pair>> fields_of<key_pair>();
template <>
std::span<const field<webhook>> fields_of<webhook>();

} // namespace tidewire::config
