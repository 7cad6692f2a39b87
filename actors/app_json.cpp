#include "actors/app_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace tidewire {

namespace {

namespace json = boost::json;
using config::raw_value;
using path = std::vector<std::string>;

bool all_objects(const json::array& list) {
  return !list.empty() && std::all_of(list.begin(), list.end(), [](auto& x) {
    return x.is_object();
  });
}

raw_value raw_of(const json::value& from) {
  raw_value out;
  if (auto* text = from.if_string()) {
    out.is = raw_value::form::text;
    out.text.assign(text->data(), text->size());
  } else if (auto* number = from.if_int64()) {
    out.is = raw_value::form::integer;
    out.number = *number;
  } else if (auto* flag = from.if_bool()) {
    out.is = raw_value::form::boolean;
    out.flag = *flag;
  } else if (from.is_object()) {
    out.is = raw_value::form::table;
  } else if (auto* list = from.if_array()) {
    out.is =
        all_objects(*list) ? raw_value::form::tables : raw_value::form::list;
    out.count = list->size();
    if (out.is == raw_value::form::list)
      for (auto& item : *list)
        out.items.push_back(raw_of(item));
  } else {
    out.is = raw_value::form::other;
    out.text = json::serialize(from);
  }
  return out;
}

void flatten(const json::object& object, const path& above,
             const config::origin& from,
             std::vector<config::assignment>& into) {
  for (auto& [name, value] : object) {
    auto here = above;
    here.emplace_back(name.data(), name.size());
    into.push_back({here, raw_of(value), from});
    if (auto* inner = value.if_object()) {
      flatten(*inner, here, from, into);
    } else if (auto* list = value.if_array(); list && all_objects(*list)) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        auto item = here;
        item.push_back(std::to_string(i));
        flatten((*list)[i].get_object(), item, from, into);
      }
    }
  }
}

} // namespace

std::variant<std::vector<config::assignment>, std::string>
app_fields(std::string_view text, const config::origin& from) {
  json::error_code error;
  auto tree = json::parse({text.data(), text.size()}, error);
  if (error)
    return "not JSON: " + error.message();
  auto* object = tree.if_object();
  if (!object)
    return std::string{"JSON, but not an object"};
  std::vector<config::assignment> fields;
  flatten(*object, {}, from, fields);
  return fields;
}

bool gives(const std::vector<config::assignment>& fields,
           std::string_view name) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](auto& each) { return each.path.front() == name; });
}

} // namespace tidewire
