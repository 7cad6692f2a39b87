#include "net/pusher/json_fields.hpp"

#include "net/pusher/server_event.hpp"

#include <boost/json/basic_parser_impl.hpp>

namespace tidewire::pusher {

namespace {

namespace json = boost::json;
using json::error_code;

// Listens to the parser. A tree would turn numbers into doubles and back
// (1.10 into 1.1E0), so values are written down again as they are heard.
class field_reader {
public:
  static constexpr std::size_t max_array_size = -1;
  static constexpr std::size_t max_object_size = -1;
  static constexpr std::size_t max_string_size = -1;
  static constexpr std::size_t max_key_size = -1;

  explicit field_reader(std::span<json_field> wanted) : wanted_(wanted) {}

  bool is_object() const noexcept { return is_object_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) {
    if (depth_ == 0)
      is_object_ = true;
    return open('{', json_kind::object);
  }
  bool on_object_end(std::size_t, error_code&) { return close('}'); }
  bool on_array_begin(error_code&) { return open('[', json_kind::array); }
  bool on_array_end(std::size_t, error_code&) { return close(']'); }

  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    if (depth_ == 1 || field_)
      pending_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view rest, std::size_t, error_code&) {
    if (depth_ == 1)
      choose(whole(rest));
    else if (field_) {
      separate();
      append_json_string(field_->text, whole(rest));
      field_->text += ':';
      after_key_ = true;
    }
    pending_.clear();
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, error_code&) {
    if (field_)
      pending_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view rest, std::size_t, error_code&) {
    if (!field_)
      return true;
    if (depth_ == 1) {
      field_->kind = json_kind::string;
      field_->text = whole(rest);
    } else {
      separate();
      append_json_string(field_->text, whole(rest));
    }
    pending_.clear();
    return true;
  }

  bool on_number_part(json::string_view part, error_code&) {
    if (field_)
      pending_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t, json::string_view rest, error_code&) {
    return number(rest);
  }
  bool on_uint64(std::uint64_t, json::string_view rest, error_code&) {
    return number(rest);
  }
  bool on_double(double, json::string_view rest, error_code&) {
    return number(rest);
  }
  bool on_bool(bool value, error_code&) {
    return scalar(json_kind::boolean, value ? "true" : "false");
  }
  bool on_null(error_code&) { return scalar(json_kind::null, "null"); }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

private:
  std::string_view whole(json::string_view rest) {
    if (pending_.empty())
      return {rest.data(), rest.size()};
    pending_.append(rest.data(), rest.size());
    return pending_;
  }

  void choose(std::string_view key) {
    field_ = nullptr;
    for (auto& field : wanted_)
      if (field.name == key) {
        field_ = &field;
        field.text.clear();
        return;
      }
  }

  // A comma stands before every value but the first of its container and the
  // one that belongs to a key.
  void separate() {
    if (!after_key_ && depth_ > 1) {
      auto last = field_->text.back();
      if (last != '[' && last != '{')
        field_->text += ',';
    }
    after_key_ = false;
  }

  bool open(char bracket, json_kind kind) {
    if (field_) {
      if (depth_ == 1)
        field_->kind = kind;
      else
        separate();
      field_->text += bracket;
      after_key_ = false;
    }
    ++depth_;
    return true;
  }

  bool close(char bracket) {
    --depth_;
    if (field_ && depth_ > 0)
      field_->text += bracket;
    return true;
  }

  bool number(json::string_view rest) {
    auto ok = scalar(json_kind::number, whole(rest));
    pending_.clear();
    return ok;
  }

  bool scalar(json_kind kind, std::string_view text) {
    if (!field_)
      return true;
    if (depth_ == 1)
      field_->kind = kind;
    else
      separate();
    field_->text += text;
    return true;
  }

  std::span<json_field> wanted_;
  json_field* field_ = nullptr; // the member being read, if it is wanted
  std::string pending_;         // the parts of a string with escapes
  std::size_t depth_ = 0;
  bool after_key_ = false;
  bool is_object_ = false;
};

} // namespace

std::optional<std::string> read_fields(std::string_view text,
                                       std::span<json_field> wanted) {
  json::parse_options options;
  options.max_depth = max_json_depth;
  json::basic_parser<field_reader> parser(options, wanted);
  error_code error;
  auto used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size())
    error = json::error::extra_data;
  if (error)
    return "not valid JSON (" + error.message() + " at byte "
           + std::to_string(used) + ')';
  if (!parser.handler().is_object())
    return "not a JSON object";
  return std::nullopt;
}

} // namespace tidewire::pusher
