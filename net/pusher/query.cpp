#include "net/pusher/query.hpp"

#include "net/pusher/text.hpp"

#include <algorithm>

namespace tidewire::pusher {

namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

std::string percent_decode(std::string_view text, plus_sign plus) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      auto high = hex_digit(text[i + 1]);
      auto low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        result += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    result += text[i] == '+' && plus == plus_sign::space ? ' ' : text[i];
  }
  return result;
}

std::vector<query_param> parse_query(std::string_view raw, plus_sign plus) {
  std::vector<query_param> result;
  while (!raw.empty()) {
    auto piece = raw.substr(0, raw.find('&'));
    raw.remove_prefix(piece.size() < raw.size() ? piece.size() + 1
                                                : raw.size());
    if (piece.empty())
      continue;
    auto equals = piece.find('=');
    auto value = equals == std::string_view::npos ? std::string_view{}
                                                  : piece.substr(equals + 1);
    result.push_back({percent_decode(piece.substr(0, equals), plus),
                      percent_decode(value, plus)});
  }
  return result;
}

std::optional<std::string_view> find_param(const std::vector<query_param>& all,
                                           std::string_view key) noexcept {
  auto same = [](char mine, char theirs) { return mine == lower_case(theirs); };
  for (const auto& param : all)
    if (std::equal(key.begin(), key.end(), param.key.begin(), param.key.end(),
                   same))
      return param.value;
  return std::nullopt;
}

} // namespace tidewire::pusher
