#include "net/pusher/text.hpp"

#include "net/pusher/server_event.hpp"

#include <algorithm>

namespace tidewire::pusher {

namespace {

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

} // namespace

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

std::string lower_case(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    c = lower_case(c);
  return result;
}

std::size_t count_characters(std::string_view text) noexcept {
  return text.size()
         - static_cast<std::size_t>(
             std::count_if(text.begin(), text.end(), is_continuation));
}

std::string shortened(std::string_view text, std::size_t longest) {
  if (text.size() <= longest)
    return std::string{text};
  while (longest > 0 && is_continuation(text[longest]))
    --longest;
  return std::string{text.substr(0, longest)} + "...";
}

std::string in_quotes(std::string_view text, std::size_t longest) {
  std::string clean;
  for (auto c : text.substr(0, longest)) {
    if (static_cast<unsigned char>(c) < 0x80)
      clean += c;
    else if (!is_continuation(c))
      clean += '?';
  }
  if (text.size() > longest)
    clean += "...";
  std::string result;
  append_json_string(result, clean);
  return result;
}

} // namespace tidewire::pusher
