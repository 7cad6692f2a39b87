#include "config/moving/convert.hpp"

#include "config/schema.hpp"
#include "config/units.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace tidewire::config::moving {

namespace json = boost::json;

namespace {

constexpr double whole_limit = 9e15; // what a double counts exactly

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return text;
}

raw_value as_it_is(const given& what) {
  if (const auto* flag = what.value.if_bool())
    return flag_value_of(*flag);
  return text_value(text_of(what));
}

/// The value in units of `factor`, rounded up; nothing for what is no number.
std::optional<std::uint64_t> scaled(const given& what, double factor) {
  const auto number = number_of(what);
  if (!number || *number < 0 || *number * factor > whole_limit)
    return std::nullopt;
  return static_cast<std::uint64_t>(std::ceil(*number * factor));
}

std::uint64_t fitted(std::uint64_t value, const about& entry, bool time,
                     std::string& remark) {
  const auto bound = std::clamp(value, entry.lowest, entry.highest);
  if (bound == value)
    return value;
  remark += (remark.empty() ? "" : "; ")
            + std::string(bound < value ? "cut to our highest, "
                                        : "raised to our lowest, ")
            + (time ? to_text(duration{static_cast<duration::rep>(bound)})
                    : size_text(bound));
  return bound;
}

} // namespace

std::optional<double> number_of(const given& what) {
  if (const auto* number = what.value.if_int64())
    return static_cast<double>(*number);
  if (const auto* number = what.value.if_uint64())
    return static_cast<double>(*number);
  if (const auto* number = what.value.if_double())
    return *number;
  const auto* text = what.value.if_string();
  if (text == nullptr)
    return std::nullopt;
  double number = 0;
  const auto* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || rest != end)
    return std::nullopt;
  return number;
}

std::optional<bool> flag_of(const given& what) {
  if (const auto* flag = what.value.if_bool())
    return *flag;
  if (const auto number = number_of(what))
    return *number != 0;
  const auto text = lower(text_of(what));
  for (const auto* yes : {"true", "yes", "on"})
    if (text == yes)
      return true;
  for (const auto* no : {"false", "no", "off"})
    if (text == no)
      return false;
  return std::nullopt;
}

std::string text_of(const given& what) {
  if (!what.text.empty())
    return what.text;
  if (const auto* text = what.value.if_string())
    return {text->data(), text->size()};
  return json::serialize(what.value);
}

raw_value text_value(std::string text) {
  raw_value value;
  value.is = raw_value::form::text;
  value.text = std::move(text);
  return value;
}

raw_value flag_value_of(bool flag) {
  raw_value value;
  value.is = raw_value::form::boolean;
  value.flag = flag;
  return value;
}

raw_value count_value(std::uint64_t count) {
  raw_value value;
  value.is = raw_value::form::integer;
  value.number = static_cast<std::int64_t>(count);
  return value;
}

raw_value convert(const given& what, reading how, const about& entry,
                  std::string& remark) {
  const auto size = [&](double factor) {
    const auto bytes = scaled(what, factor);
    return bytes ? text_value(size_text(fitted(*bytes, entry, false, remark)))
                 : as_it_is(what);
  };
  const auto time = [&](double factor) {
    const auto length = scaled(what, factor);
    return length ? text_value(to_text(duration{static_cast<duration::rep>(
               fitted(*length, entry, true, remark))}))
                  : as_it_is(what);
  };
  switch (how) {
  case reading::text:
  case reading::own_way:
    return text_value(text_of(what));
  case reading::flag:
    if (const auto flag = flag_of(what))
      return flag_value_of(*flag);
    break;
  case reading::limit:
    if (const auto number = number_of(what); number && *number < 0)
      return count_value(0);
    [[fallthrough]];
  case reading::count:
    if (const auto number = scaled(what, 1))
      return count_value(*number);
    break;
  case reading::bytes:
    return size(1);
  case reading::kilobytes:
    return size(kib);
  case reading::megabytes:
    return size(mib);
  case reading::seconds:
    return time(1000);
  case reading::milliseconds:
    return time(1);
  }
  return as_it_is(what);
}

std::string shown(const std::vector<std::string>& path,
                  const raw_value& value) {
  const auto* entry = entry_of(path);
  const auto key = key_of(path) + " = ";
  if (entry != nullptr && entry->secret)
    return key + in_quotes("********");
  if (value.is == raw_value::form::text)
    return key + in_quotes(value.text);
  if (value.is == raw_value::form::boolean)
    return key + (value.flag ? "true" : "false");
  if (value.is == raw_value::form::integer)
    return key + std::to_string(value.number);
  std::string items;
  for (const auto& item : value.items)
    items += (items.empty() ? "" : ", ") + in_quotes(item.text);
  return key + '[' + items + ']';
}

} // namespace tidewire::config::moving
