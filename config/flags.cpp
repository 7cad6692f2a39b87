#include "config/flags.hpp"

#include "config/flag_reader.hpp"
#include "config/schema.hpp"
#include "config/values.hpp"

#include <algorithm>

namespace tidewire::config {

namespace {

constexpr std::string_view set_flag = "--set";

} // namespace

std::vector<flag_info> flags() {
  settings fresh;
  std::vector<flag_info> result;
  for (const auto& [key, what, where] : leaves_of(fresh))
    if (!what->flag.empty())
      result.push_back({what->flag, key, what->sentence, toml_text(where)});
  result.push_back(
      {set_flag, {}, "Sets any key: --set limits.max_message=128KiB.", {}});
  return result;
}

std::vector<assignment> read_flags(const load_request& request,
                                   report& problems) {
  const auto known = flags();
  std::vector<assignment> result;
  for (const auto& given : request.flags) {
    const auto& value = given.value;
    assignment each;
    each.from = {origin::source::flag, given.flag, 0};
    if (given.flag == set_flag) {
      const auto sign = value.find('=');
      if (sign == std::string::npos || sign == 0) {
        problems.add(grade::error, each.from, {},
                     "found " + in_quotes(value)
                         + ", expected KEY=VALUE, such as server.port=7000");
        continue;
      }
      each.path = path_of(std::string_view(value).substr(0, sign));
      each.value.text = value.substr(sign + 1);
    } else {
      const auto info =
          std::find_if(known.begin(), known.end(), [&](const auto& entry) {
            return entry.flag == given.flag;
          });
      if (info == known.end()) {
        problems.add(grade::error, each.from, {}, "unknown flag");
        continue;
      }
      each.path = path_of(info->key);
      each.value.text = value;
    }
    result.push_back(std::move(each));
  }
  return result;
}

} // namespace tidewire::config
