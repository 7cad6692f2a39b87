#include "config/values.hpp"

#include "config/units.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <type_traits>

namespace tidewire::config {

namespace {

using texts = std::vector<std::string>;

template <class T>
constexpr bool is_count =
    std::is_same_v<T, std::uint16_t> || std::is_same_v<T, std::uint32_t>;

template <class T>
std::string range(const about& what) {
  const auto highest = [&]() -> std::uint64_t {
    if constexpr (is_count<T>)
      return std::min<std::uint64_t>(what.highest,
                                     std::numeric_limits<T>::max());
    else
      return what.highest;
  }();
  const auto put = [](std::uint64_t value) {
    if constexpr (std::is_same_v<T, duration>)
      return to_text(duration{static_cast<duration::rep>(value)});
    else if constexpr (std::is_same_v<T, bytes>)
      return size_text(value);
    else
      return std::to_string(value);
  };
  return put(what.lowest) + " to " + put(highest);
}

std::string in_brackets(const std::string& text) {
  return " (" + text + ')';
}

std::string one_of(std::span<const std::string_view> choices) {
  std::string result = "one of ";
  for (const auto& choice : choices) {
    if (&choice != choices.data())
      result += ", ";
    result += in_quotes(choice);
  }
  return result;
}

std::string text_expectation(const about& what) {
  if (!what.choices.empty())
    return one_of(what.choices);
  return what.rule != nullptr ? std::string(what.rule->expected) : "text";
}

bool accepts(const about& what, const std::string& text) {
  if (!what.choices.empty())
    return std::find(what.choices.begin(), what.choices.end(), text)
           != what.choices.end();
  return what.rule == nullptr || what.rule->accepts(text);
}

template <class T>
bool accepts_number(const about& what, T value) {
  std::uint64_t number = 0;
  if constexpr (std::is_same_v<T, duration>)
    number = static_cast<std::uint64_t>(value.count());
  else
    number = value;
  return number >= what.lowest && number <= what.highest;
}

/// The items of a list that is not yet one: `a, b`.
raw_value split(const raw_value& value) {
  raw_value result;
  result.is = raw_value::form::list;
  std::string_view rest = value.text;
  const auto trim = [](std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos)
      return std::string_view{};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
  };
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    raw_value item;
    item.text = trim(rest.substr(0, comma));
    result.items.push_back(std::move(item));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return result;
}

std::optional<std::uint64_t> whole(const raw_value& value) {
  if (value.is == raw_value::form::integer && value.number >= 0)
    return static_cast<std::uint64_t>(value.number);
  if (value.is != raw_value::form::loose)
    return std::nullopt;
  std::uint64_t number = 0;
  const auto* end = value.text.data() + value.text.size();
  const auto [rest, error] = std::from_chars(value.text.data(), end, number);
  if (error != std::errc{} || rest != end)
    return std::nullopt;
  return number;
}

bool is_text(const raw_value& value) {
  return value.is == raw_value::form::text
         || value.is == raw_value::form::loose;
}

/// One overload per type: the value, if it is of that type.
bool convert(const raw_value& value, std::string& into) {
  into = value.text;
  return is_text(value);
}

bool convert(const raw_value& value, bool& into) {
  const auto loose = value.is == raw_value::form::loose;
  into = loose ? value.text == "true" : value.flag;
  return value.is == raw_value::form::boolean
         || (loose && (into || value.text == "false"));
}

template <class T>
requires is_count<T>
bool convert(const raw_value& value, T& into) {
  const auto number = whole(value);
  if (!number || *number > std::numeric_limits<T>::max())
    return false;
  into = static_cast<T>(*number);
  return true;
}

bool convert(const raw_value& value, bytes& into) {
  const auto number = is_text(value) ? parse_size(value.text) : whole(value);
  into = number.value_or(0);
  return number.has_value();
}

bool convert(const raw_value& value, duration& into) {
  const auto length =
      is_text(value) ? parse_duration(value.text) : std::nullopt;
  into = length.value_or(duration{});
  return length.has_value();
}

std::string found(const raw_value& value, const about& what) {
  const bool empty = is_text(value) && value.text.empty();
  const bool hidden = what.secret && !empty;
  return "found " + (hidden ? std::string("a value") : shown(value));
}

std::vector<complaint> store_list(const raw_value& value, const about& what,
                                  texts& into) {
  if (value.is == raw_value::form::loose)
    return store_list(split(value), what, into);
  const auto expected = ", expected " + text_expectation(what);
  if (value.is != raw_value::form::list)
    return {{found(value, what) + ", expected a list of texts, each "
             + text_expectation(what)}};
  texts result;
  std::vector<complaint> wrong;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const auto& item = value.items[i];
    if (is_text(item) && accepts(what, item.text))
      result.push_back(item.text);
    else
      wrong.push_back({found(item, what) + expected, i, item.line});
  }
  if (wrong.empty())
    into = std::move(result);
  return wrong;
}

} // namespace

std::string expectation(const about& what, const leaf& where) {
  return std::visit(
      [&](const auto* value) -> std::string {
        using type = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<type, std::string>)
          return text_expectation(what);
        else if constexpr (std::is_same_v<type, bool>)
          return "true or false";
        else if constexpr (std::is_same_v<type, duration>)
          return R"(a duration such as "30s" or "2m")"
                 + in_brackets(range<type>(what));
        else if constexpr (std::is_same_v<type, bytes>)
          return R"(a size such as "64KiB" or 65536)"
                 + in_brackets(range<type>(what));
        else if constexpr (std::is_same_v<type, texts>)
          return "a list of texts, each " + text_expectation(what);
        else
          return "a whole number" + in_brackets(range<type>(what));
      },
      where);
}

std::string allowed(const about& what, const leaf& where) {
  return std::visit(
      [&](const auto* value) -> std::string {
        using type = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<type, bool>)
          return "true, false";
        else if constexpr (std::is_same_v<
                               type,
                               std::string> || std::is_same_v<type, texts>)
          return what.choices.empty() && what.rule == nullptr
                     ? std::string{}
                     : text_expectation(what);
        else
          return range<type>(what);
      },
      where);
}

std::string expectation(const place& where, std::string_view key) {
  std::string name;
  for (const char c : key)
    if (c != '[' && c != ']' && (c < '0' || c > '9'))
      name += c;
  if (std::holds_alternative<record>(where))
    return "a table: [" + name + ']';
  return "a list of tables: [[" + name + "]] for each";
}

std::vector<complaint> store(const raw_value& value, const about& what,
                             const leaf& where) {
  return std::visit(
      [&](auto* target) -> std::vector<complaint> {
        using type = std::decay_t<decltype(*target)>;
        if constexpr (std::is_same_v<type, texts>) {
          return store_list(value, what, *target);
        } else {
          type candidate{};
          if (!convert(value, candidate) || !check(what, &candidate).empty())
            return {{found(value, what) + ", expected "
                     + expectation(what, where)}};
          *target = std::move(candidate);
          return {};
        }
      },
      where);
}

std::vector<complaint> check(const about& what, const leaf& where) {
  const auto wrong = [&](const std::string& text) {
    return "found " + text + ", expected " + expectation(what, where);
  };
  return std::visit(
      [&](const auto* value) -> std::vector<complaint> {
        using type = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<type, std::string>) {
          if (accepts(what, *value))
            return {};
          return {{wrong(what.secret && !value->empty() ? "a value"
                                                        : in_quotes(*value))}};
        } else if constexpr (std::is_same_v<type, texts>) {
          std::vector<complaint> result;
          for (std::size_t i = 0; i < value->size(); ++i)
            if (!accepts(what, (*value)[i]))
              result.push_back({wrong(in_quotes((*value)[i])), i});
          return result;
        } else if constexpr (std::is_same_v<type, bool>) {
          return {};
        } else {
          if (accepts_number(what, *value))
            return {};
          return {{wrong(toml_text(where))}};
        }
      },
      where);
}

std::string toml_text(const leaf& where) {
  return std::visit(
      [](const auto* value) -> std::string {
        using type = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<type, std::string>) {
          return in_quotes(*value);
        } else if constexpr (std::is_same_v<type, bool>) {
          return *value ? "true" : "false";
        } else if constexpr (std::is_same_v<type, duration>) {
          return in_quotes(to_text(*value));
        } else if constexpr (std::is_same_v<type, bytes>) {
          return in_quotes(size_text(*value));
        } else if constexpr (std::is_same_v<type, texts>) {
          std::string result = "[";
          for (const auto& item : *value)
            result += (result.size() > 1 ? ", " : "") + in_quotes(item);
          return result += ']';
        } else {
          return std::to_string(*value);
        }
      },
      where);
}

} // namespace tidewire::config
