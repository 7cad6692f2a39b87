#include "config/moving/soketi_apps.hpp"

#include "config/rules.hpp"

#include <algorithm>

namespace tidewire::config::moving {

namespace json = boost::json;

namespace {

const json::value* inside(const json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::vector<std::string> event_names() {
  return {rules::webhook_events.begin(), rules::webhook_events.end()};
}

/// The events among those that there are; others become findings.
raw_value events_of(const json::value& value, const given& what,
                    translator& to) {
  raw_value list;
  list.is = raw_value::form::list;
  const auto* items = value.if_array();
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    given item{what.name, (*items)[i], {}, what.from};
    const auto name = text_of(item);
    const auto known = event_names();
    if (std::find(known.begin(), known.end(), name) != known.end())
      list.items.push_back(text_value(name));
    else
      to.unknown(what.name + ".event_types",
                 "no event of webhooks: " + in_quotes(name)
                     + meant(name, known));
  }
  return list;
}

/// The names that begin with the one and end with the other, also those in
/// which both share letters: `beta-` and `-app` are in `beta-app`, too.
raw_value patterns_of(const std::string& start, const std::string& end) {
  raw_value list;
  list.is = raw_value::form::list;
  list.items.push_back(text_value(start + '*' + end));
  for (std::size_t shared = 1; shared <= std::min(start.size(), end.size());
       ++shared)
    if (start.ends_with(end.substr(0, shared)))
      list.items.push_back(text_value(start + end.substr(shared)));
  return list;
}

class webhook_reader {
public:
  webhook_reader(const given& what, const std::string& app, translator& to)
      : what_(what), app_(app), to_(to) {}

  void read(const json::array& all) {
    std::vector<std::size_t> taken; // those with a URL
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto* webhook = all[i].if_object();
      if (webhook == nullptr)
        to_.unknown(name(i), "expected an object with \"url\"");
      else if (inside(*webhook, "url") == nullptr)
        to_.ignore(name(i), "it calls no URL: Tidewire calls no Lambda "
                            "functions, give the function a URL");
      else
        taken.push_back(i);
    }
    to_.result().findings.push_back(
        {finding::fate::mapped, what_.name,
         app_ + ".webhooks: " + std::to_string(taken.size())});
    to_.list(app_ + ".webhooks", taken.size(), what_.from);
    for (std::size_t i = 0; i < taken.size(); ++i)
      read(*all[taken[i]].if_object(), name(taken[i]), key(i));
  }

private:
  std::string name(std::size_t index) const {
    return what_.name + '[' + std::to_string(index) + ']';
  }

  std::string key(std::size_t index) const {
    return app_ + ".webhooks[" + std::to_string(index) + ']';
  }

  given part(const std::string& name, const json::value& value) const {
    return {name, value, {}, what_.from};
  }

  void read(const json::object& webhook, const std::string& name,
            const std::string& key) {
    for (const auto& [field, value] : webhook) {
      const auto each = part(name + '.' + std::string(field), value);
      if (value.is_null())
        to_.ignore(each.name, "null is the same as not set");
      else if (field == "url")
        to_.set(key + ".url", text_value(text_of(each)), each);
      else if (field == "event_types")
        to_.set(key + ".events", events_of(value, part(name, value), to_),
                each);
      else if (field == "filter")
        filter(value, each, key);
      else if (field == "headers")
        to_.ignore(each.name, "webhooks carry the headers of the protocol and "
                              "none of one's own");
      else if (field == "lambda" || field == "lambda_function")
        to_.ignore(each.name, "Tidewire calls the URL only");
      else
        to_.unknown(each.name,
                    "no option of a webhook of soketi"
                        + meant(std::string(field),
                                {"url", "event_types", "filter", "headers"}));
    }
  }

  void filter(const json::value& value, const given& what,
              const std::string& key) {
    const auto* fields = value.if_object();
    if (fields == nullptr)
      return to_.unknown(what.name, "expected an object");
    std::string start;
    std::string end;
    for (const auto& [field, text] : *fields) {
      const auto each = part(what.name + '.' + std::string(field), text);
      if (text.is_null())
        continue;
      if (field == "channel_name_starts_with")
        start = text_of(each);
      else if (field == "channel_name_ends_with")
        end = text_of(each);
      else
        to_.unknown(each.name, "no filter of soketi"
                                   + meant(std::string(field),
                                           {"channel_name_starts_with",
                                            "channel_name_ends_with"}));
    }
    if (start.empty() && end.empty())
      to_.ignore(what.name, "it lets every channel through");
    else
      to_.set(key + ".channels", patterns_of(start, end), what);
  }

  const given& what_;
  const std::string& app_;
  translator& to_;
};

} // namespace

void take_soketi_webhooks(const given& what, const std::string& app,
                          translator& to) {
  auto value = what.value;
  if (const auto* text = value.if_string())
    value = value_of_variable({text->data(), text->size()});
  if (const auto* all = value.if_array())
    return webhook_reader{what, app, to}.read(*all);
  to.unknown(what.name, "expected a list of webhooks: "
                        "[{ \"url\": …, \"event_types\": […] }]");
}

void take_soketi_batching(const given_options& all, std::size_t apps,
                          translator& to) {
  std::vector<std::string> webhooks;
  for (std::size_t i = 0; i < apps; ++i) {
    const auto list = "apps[" + std::to_string(i) + "].webhooks";
    const auto* value = to.value_of(list);
    for (std::size_t j = 0; value != nullptr && j < value->count; ++j)
      webhooks.push_back(list + '[' + std::to_string(j) + ']');
  }
  for (const auto& row : soketi_options()) {
    const auto found = all.find(std::string(row.path));
    if (!row.path.starts_with("webhooks.") || found == all.end())
      continue;
    if (webhooks.empty())
      to.ignore(found->second.name, "no app has webhooks");
    for (const auto& each : webhooks)
      to.take(row, found->second,
              each + std::string(row.key.substr(row.key.rfind('.'))));
  }
  for (const auto& each : webhooks)
    if (const auto* batch = to.value_of(each + ".batch"); batch && batch->flag)
      to.assume(each + ".batch_interval", text_value("50ms"));
}

} // namespace tidewire::config::moving
