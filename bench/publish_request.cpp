#include "bench/publish_request.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tidewire::bench {
namespace {

constexpr std::string_view time_slot = "0000000000";
const std::string md5_slot(32, '-');
const std::string signature_slot(64, '-');

// Characters of a key that a URL does not hold as they are.
std::string escaped(std::string_view text) {
  std::string result;
  for (const auto c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'
        || c == '.' || c == '~') {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += "0123456789ABCDEF"[byte >> 4];
      result += "0123456789ABCDEF"[byte & 15];
    }
  }
  return result;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x))
           == std::tolower(static_cast<unsigned char>(y));
  });
}

} // namespace

namespace {

// Words and numbers in no order, so that compression has about as much to do as
// with real events; the same in every run.
std::string filler(std::size_t size) {
  constexpr std::string_view words[] = {
      "price", "order", "user",  "total",  "name",    "open",  "status", "city",
      "time",  "event", "count", "closed", "message", "title", "status", "id"};
  std::string text;
  for (std::uint32_t dice = 1; text.size() < size;) {
    dice = dice * 1664525u + 1013904223u;
    text += words[dice >> 28];
    text += ':';
    text += std::to_string(dice >> 12 & 0xFFFF);
    text += ' ';
  }
  text.resize(size);
  return text;
}

} // namespace

publish_request::publish_request(const target& to, const app_identity& app,
                                 std::string_view channel, std::size_t size)
    : signer_(app.secret) {
  std::string body = R"({"name":"bench","channels":[")";
  body += channel;
  body += R"("],"data":")";
  stamp_at_ = body.size();
  body += filler(std::max(size, stamp::size));
  body += "\"}";

  // The parameters stand in the order of their names, as the signature has
  // them. The signed path has no prefix: a proxy takes that away.
  const auto path = "/apps/" + app.id + "/events";
  const auto parameters = [](const std::string& key) {
    return "auth_key=" + key + "&auth_timestamp=" + std::string(time_slot)
           + "&auth_version=1.0&body_md5=" + md5_slot;
  };
  to_sign_ = "POST\n" + path + "\n" + parameters(app.key);
  text_ = "POST " + to.prefix + path + "?" + parameters(escaped(app.key))
          + "&auth_signature=" + signature_slot + " HTTP/1.1\r\nHost: "
          + to.authority() + "\r\nContent-Type: application/json"
          + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  body_at_ = text_.size();
  stamp_at_ += body_at_;
  text_ += body;
}

std::string_view publish_request::render(const stamp& value,
                                         std::time_t unix_time) {
  constexpr std::string_view name = "&auth_timestamp=";
  constexpr std::size_t after_time = 10 + 27; // &auth_version=1.0&body_md5=
  const auto time_in_text = text_.find(name) + name.size();
  const auto time_to_sign = to_sign_.size() - 32 - after_time;
  if (unix_time != rendered_time_) {
    const auto digits = std::to_string(unix_time);
    digits.copy(text_.data() + time_in_text, 10);
    digits.copy(to_sign_.data() + time_to_sign, 10);
    rendered_time_ = unix_time;
  }
  write_stamp(text_.data() + stamp_at_, value);
  const auto body = std::string_view(text_).substr(body_at_);
  auto* md5 = text_.data() + time_in_text + after_time;
  signer_.md5(body, md5);
  std::copy_n(md5, 32, to_sign_.data() + to_sign_.size() - 32);
  signer_.sign(to_sign_,
               md5 + 32 + std::string_view("&auth_signature=").size());
  return text_;
}

answer_status read_answer(std::string_view bytes, http_answer& answer) {
  const auto blank = bytes.find("\r\n\r\n");
  if (blank == std::string_view::npos)
    return bytes.size() > std::size_t{16} * 1024 ? answer_status::broken
                                                 : answer_status::incomplete;
  if (!bytes.starts_with("HTTP/1.1 ") || blank < 12)
    return answer_status::broken;
  const auto* digits = bytes.data() + 9;
  if (std::from_chars(digits, digits + 3, answer.status).ec != std::errc{})
    return answer_status::broken;
  std::size_t length = 0;
  bool has_length = answer.status == 204;
  for (auto at = bytes.find("\r\n"); at < blank; at = bytes.find("\r\n", at)) {
    at += 2;
    const auto colon = bytes.find(':', at);
    if (colon >= blank
        || !same_letters(bytes.substr(at, colon - at), "content-length"))
      continue;
    const auto value = bytes.find_first_not_of(' ', colon + 1);
    const auto* end = bytes.data() + blank;
    if (std::from_chars(bytes.data() + value, end, length).ec != std::errc{}
        || length > (1u << 20))
      return answer_status::broken;
    has_length = true;
  }
  if (!has_length)
    return answer_status::broken;
  answer.size = blank + 4 + length;
  if (bytes.size() < answer.size)
    return answer_status::incomplete;
  answer.body = bytes.substr(blank + 4, length);
  return answer_status::ok;
}

} // namespace tidewire::bench
