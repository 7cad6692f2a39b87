#include "config/moving/translator.hpp"

#include "config/schema.hpp"

#include <algorithm>

namespace tidewire::config::moving {

namespace {

constexpr about unlimited{}; // of a key that this version does not know

std::string with_remark(const std::string& text, std::string_view remark) {
  return remark.empty() ? text : text + " (" + std::string(remark) + ')';
}

} // namespace

void translator::take(const option& row, const given& what,
                      std::string_view key) {
  if (what.value.is_null())
    return ignore(what.name, "null is the same as not set");
  if (row.key.empty())
    return ignore(what.name, row.remark);
  const auto* entry = entry_of(path_of(key));
  std::string remark(row.remark);
  auto value =
      convert(what, row.how, entry == nullptr ? unlimited : *entry, remark);
  if (row.how == reading::limit && value.number == 0
      && number_of(what).value_or(-1) == 0)
    return ignore(what.name, "0 lets nothing through there, and here "
                                 + std::string(key)
                                 + " = 0 would mean no limit");
  set(key, std::move(value), what, remark);
}

void translator::set(std::string_view key, raw_value value, const given& what,
                     std::string_view remark) {
  result_.findings.push_back({finding::fate::mapped, what.name,
                              with_remark(shown(path_of(key), value), remark)});
  put(key, std::move(value), what.from);
}

void translator::assume(std::string_view key, raw_value value,
                        std::string_view why) {
  if (value_of(key) != nullptr)
    return;
  result_.findings.push_back({finding::fate::assumed,
                              shown(path_of(key), value),
                              why.empty() ? theirs_ : std::string(why)});
  put(key, std::move(value), {origin::source::imported, theirs_, 0});
}

void translator::list(std::string_view key, std::size_t count,
                      const origin& from) {
  raw_value value;
  value.is = raw_value::form::tables;
  value.count = count;
  put(key, std::move(value), from);
}

void translator::ignore(const std::string& name, std::string_view why) {
  result_.findings.push_back({finding::fate::ignored, name, std::string(why)});
}

void translator::unknown(const std::string& name, std::string_view hint) {
  result_.findings.push_back({finding::fate::unknown, name, std::string(hint)});
}

const raw_value* translator::value_of(std::string_view key) const {
  const auto path = path_of(key);
  const auto found =
      std::find_if(result_.settings.rbegin(), result_.settings.rend(),
                   [&](const assignment& each) { return each.path == path; });
  return found == result_.settings.rend() ? nullptr : &found->value;
}

void translator::put(std::string_view key, raw_value value,
                     const origin& from) {
  result_.settings.push_back({path_of(key), std::move(value), from});
}

} // namespace tidewire::config::moving
