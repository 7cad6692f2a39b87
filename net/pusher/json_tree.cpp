#include "net/pusher/json_fields.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

namespace tidewire::pusher {

namespace json = boost::json;

std::optional<std::vector<std::string>> read_strings(std::string_view text) {
  unsigned char buffer[4096];
  json::monotonic_resource memory(buffer, sizeof(buffer));
  json::parse_options options;
  options.max_depth = max_json_depth;
  json::error_code error;
  auto tree = json::parse(text, error, &memory, options);
  if (error || !tree.is_array())
    return std::nullopt;
  const auto& array = tree.get_array();
  std::vector<std::string> result;
  result.reserve(array.size());
  for (const auto& value : array) {
    auto item = value.if_string();
    if (item == nullptr)
      return std::nullopt;
    result.emplace_back(item->data(), item->size());
  }
  return result;
}

} // namespace tidewire::pusher
