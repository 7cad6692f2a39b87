#include "actors/grace_rows.hpp"

#include <charconv>

namespace tidewire {

namespace {

using meter::cap_kind;
using meter::cap_subject;

// The part up to the next slash.
std::string_view next_part(std::string_view& path) {
  auto end = path.find('/');
  if (end == path.npos)
    return {};
  auto result = path.substr(0, end);
  path.remove_prefix(end + 1);
  return result;
}

} // namespace

std::string grace_id(const cap_subject& whose) {
  return std::string{grace_prefix} + std::string{name_of(whose.of)} + '/'
         + std::string{name_of(whose.kind)} + '/' + whose.name;
}

std::optional<shared_grace> read_grace(const cluster::shared_row& row) {
  if (!is_grace(row.id))
    return std::nullopt;
  auto rest = std::string_view{row.id}.substr(grace_prefix.size());
  auto of = next_part(rest), kind = next_part(rest);
  for (auto scope : {cap_subject::scope::app, cap_subject::scope::account})
    for (auto each : {cap_kind::connections, cap_kind::broadcasts}) {
      if (of != name_of(scope) || kind != name_of(each))
        continue;
      shared_grace result{{scope, std::string{rest}, each}, 0};
      auto& text = row.value;
      auto end = text.data() + text.size();
      if (!row.gone
          && std::from_chars(text.data(), end, result.until_s).ptr != end)
        return std::nullopt;
      return result;
    }
  return std::nullopt;
}

} // namespace tidewire
