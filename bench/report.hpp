// What a run found, for people and for programs.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bench/clock.hpp"
#include "bench/histogram.hpp"

namespace tidewire::bench {

/// One measured or configured value. The same list makes the table and the
/// JSON, so that they cannot disagree.
struct figure {
  std::string key;   ///< in the JSON; ends in its unit: latency_p99_ms
  std::string label; ///< in the table
  std::variant<std::uint64_t, double, std::string, bool> value;
  std::string unit; ///< in the table, may be empty
};

/// The result of one run.
class report {
public:
  /// The schema and its version, which changes when a key changes its meaning.
  static constexpr std::string_view schema = "tidewire.bench/1";

  report(std::string mode, std::string target);

  template <class T>
  void add(std::string key, std::string label, T value, std::string unit = "") {
    figures_.push_back(
        {std::move(key), std::move(label), std::move(value), std::move(unit)});
  }

  /// p50, p90, p99 and the maximum in milliseconds, as PREFIX_p50_ms and so on.
  void add_times(const std::string& prefix, const std::string& label,
                 const histogram& times);

  /// Something that makes the run a failure: a sentence.
  void fail(std::string why) { failures_.push_back(std::move(why)); }

  /// One failure per cause: "WHAT: CAUSE (N times)".
  void fail_each(std::string_view what,
                 const std::map<std::string, std::uint64_t>& causes);

  bool failed() const { return !failures_.empty(); }

  /// One object in one line.
  void write_json(std::ostream& out) const;

  /// A table; with colours if they are wanted.
  void write_table(std::ostream& out, bool colours) const;

private:
  std::string mode_;
  std::string target_;
  std::vector<figure> figures_;
  std::vector<std::string> failures_;
};

/// 1234567 as 1,234,567.
std::string grouped(std::uint64_t value);

/// A JSON string with its quotes.
std::string in_quotes(std::string_view text);

} // namespace tidewire::bench
