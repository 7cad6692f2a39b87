#include "net/ws_deflate.hpp"

#include <algorithm>

namespace tidewire::net {

namespace {

constexpr std::string_view extension = "permessage-deflate";

// tchar of RFC 9110 §5.6.2.
bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9')
         || std::string_view{"!#$%&'*+-.^_`|~"}.find(c)
                != std::string_view::npos;
}

// The value is the same whether it came as a token or quoted.
struct parameter {
  std::string_view name;
  std::optional<std::string> value;
};

// Cuts the header into its words (RFC 6455 §9.1, RFC 9110 §5.6).
class reader {
public:
  explicit reader(std::string_view text) : left_(text) {}

  bool at_end() {
    skip_space();
    return left_.empty();
  }

  bool take(char wanted) {
    if (at_end() || left_.front() != wanted)
      return false;
    left_.remove_prefix(1);
    return true;
  }

  /// Empty if there is none.
  std::string_view token() {
    skip_space();
    const auto end =
        std::find_if_not(left_.begin(), left_.end(), is_token_char);
    const auto found =
        left_.substr(0, static_cast<std::size_t>(end - left_.begin()));
    left_.remove_prefix(found.size());
    return found;
  }

  /// A token, or a quoted string that holds one.
  std::optional<std::string> value() {
    if (!take('"')) {
      const auto found = token();
      return found.empty() ? std::nullopt : std::optional<std::string>{found};
    }
    std::string text;
    for (; !left_.empty() && left_.front() != '"'; left_.remove_prefix(1)) {
      if (left_.front() == '\\')
        left_.remove_prefix(1);
      if (left_.empty() || !is_token_char(left_.front()))
        return std::nullopt;
      text += left_.front();
    }
    if (left_.empty() || text.empty())
      return std::nullopt;
    left_.remove_prefix(1);
    return text;
  }

private:
  void skip_space() {
    while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\t'))
      left_.remove_prefix(1);
  }

  std::string_view left_;
};

bool same(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// 8 to 15, without leading zeros (RFC 7692 §7.1.2.1).
std::optional<std::uint8_t> window_bits(std::string_view text) {
  if (text == "8" || text == "9")
    return static_cast<std::uint8_t>(text[0] - '0');
  if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
    return static_cast<std::uint8_t>(10 + text[1] - '0');
  return std::nullopt;
}

// One offer, parameter by parameter.
class offer {
public:
  void add(const parameter& what) {
    if (same(what.name, "server_no_context_takeover"))
      good_ = good_ && first(1) && !what.value;
    else if (same(what.name, "client_no_context_takeover"))
      good_ = good_ && first(2) && !what.value;
    else if (same(what.name, "server_max_window_bits"))
      take_window(what.value);
    else if (same(what.name, "client_max_window_bits"))
      // We inflate with the largest window, so whatever it uses will do.
      good_ = good_ && first(8) && (!what.value || window_bits(*what.value));
    else
      good_ = false;
  }

  std::optional<ws_deflate_terms> accepted() const {
    return good_ ? std::optional{terms_} : std::nullopt;
  }

private:
  bool first(unsigned bit) {
    const bool is_first = (seen_ & bit) == 0;
    seen_ |= bit;
    return is_first;
  }

  void take_window(const std::optional<std::string>& value) {
    const auto bits = value ? window_bits(*value) : std::nullopt;
    good_ = good_ && first(4) && bits;
    if (bits)
      terms_ = {*bits, true};
  }

  ws_deflate_terms terms_;
  unsigned seen_ = 0;
  bool good_ = true;
};

} // namespace

std::string ws_deflate_terms::answer() const {
  std::string text{extension};
  text += "; server_no_context_takeover; client_no_context_takeover";
  if (window_named)
    text += "; server_max_window_bits=" + std::to_string(window_bits);
  return text;
}

std::optional<ws_deflate_terms> accept_ws_deflate(std::string_view offers) {
  reader in{offers};
  do {
    while (in.take(','))
      ; // a list may have empty members
    const auto name = in.token();
    if (name.empty())
      return std::nullopt;
    offer current;
    while (in.take(';')) {
      parameter next{in.token(), std::nullopt};
      if (next.name.empty())
        return std::nullopt;
      if (in.take('=') && !(next.value = in.value()))
        return std::nullopt;
      current.add(next);
    }
    // What stands behind an offer decides whether it was one.
    if (!in.at_end() && !in.take(','))
      return std::nullopt;
    if (const auto terms = current.accepted(); terms && same(name, extension))
      return terms;
  } while (!in.at_end());
  return std::nullopt;
}

} // namespace tidewire::net
