#include "config/amend.hpp"

#include "config/apply.hpp"
#include "config/schema.hpp"
#include "config/validate.hpp"
#include "config/values.hpp"

namespace tidewire::config {

namespace {

// The app stands as the only one of settings while it is amended.
constexpr std::string_view stand_in = "apps[0].";

std::string without_stand_in(std::string text) {
  for (auto at = text.find(stand_in); at != std::string::npos;
       at = text.find(stand_in, at))
    text.erase(at, stand_in.size());
  return text;
}

std::vector<problem> about_the_app(std::vector<problem> all) {
  for (auto& each : all) {
    each.key = without_stand_in(std::move(each.key));
    each.message = without_stand_in(std::move(each.message));
  }
  return all;
}

std::string json_of(record owner, secrets how) {
  std::string text;
  for (const auto& [what, where] : members_of(owner)) {
    if (what->secret && how == secrets::hidden)
      continue;
    text += (text.empty() ? "" : ",") + in_quotes(what->key) + ':';
    if (const auto* value = std::get_if<leaf>(&where)) {
      text += toml_text(*value); // which is JSON as well, for every type
    } else if (const auto* inner = std::get_if<record>(&where)) {
      text += json_of(*inner, how);
    } else {
      const auto list = std::get<record_list>(where);
      text += '[';
      for (std::size_t i = 0; i < size_of(list); ++i)
        text += (i != 0 ? "," : "") + json_of(item_of(list, i), how);
      text += ']';
    }
  }
  return '{' + text + '}';
}

} // namespace

amended_app amend_app(const app& base, std::vector<assignment> fields) {
  settings all;
  all.apps = {base};
  origin_map origins;
  report problems;
  applier layers{all, origins, problems};
  for (auto& each : fields) {
    each.path.insert(each.path.begin(), {"apps", "0"});
    layers.apply(each);
  }
  validate(all, origins, problems, subject::one_app);
  return {std::move(all.apps.front()),
          about_the_app(problems.take(grade::error)),
          about_the_app(problems.take(grade::warning))};
}

std::string render_json(const app& what, secrets how) {
  auto copy = what; // a schema's places can be written to
  return json_of(&copy, how);
}

} // namespace tidewire::config
