/// Gathers assignments and findings. Internal to config/moving/.
#pragma once

#include "config/moving/convert.hpp"
#include "config/moving/moving.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidewire::config::moving {

class translator {
public:
  /// `theirs` is how assumed values are put: `soketi's default`.
  explicit translator(std::string theirs) : theirs_(std::move(theirs)) {}

  /// What was given becomes `key`, or is ignored when the row has none.
  void take(const option& row, const given& what, std::string_view key);

  /// Sets a key to a value of our making.
  void set(std::string_view key, raw_value value, const given& what,
           std::string_view remark = {});

  /// Sets a key that nobody set to what their server would do without.
  void assume(std::string_view key, raw_value value, std::string_view why = {});

  /// Sets a list to `count` fresh items.
  void list(std::string_view key, std::size_t count, const origin& from);

  void ignore(const std::string& name, std::string_view why);
  void unknown(const std::string& name, std::string_view hint);

  /// What a key was set to; null when it was not.
  const raw_value* value_of(std::string_view key) const;

  move finish() && { return std::move(result_); }
  move& result() { return result_; }

private:
  void put(std::string_view key, raw_value value, const origin& from);

  std::string theirs_;
  move result_;
};

} // namespace tidewire::config::moving
