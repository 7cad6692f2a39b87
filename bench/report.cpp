#include "bench/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace tidewire::bench {
namespace {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

// Four significant digits are all that a measurement on a busy machine gives.
std::string readable(double value) {
  if (std::abs(value) >= 10'000)
    return value < 0 ? "-" + grouped(static_cast<std::uint64_t>(-value))
                     : grouped(static_cast<std::uint64_t>(std::llround(value)));
  return fixed(value, std::abs(value) >= 100  ? 1
                      : std::abs(value) >= 10 ? 2
                                              : 3);
}

} // namespace

std::string grouped(std::uint64_t value) {
  auto text = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const auto c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      result += escape;
    } else {
      result += c;
    }
  }
  return result + '"';
}

report::report(std::string mode, std::string target)
    : mode_(std::move(mode)), target_(std::move(target)) {}

void report::add_times(const std::string& prefix, const std::string& label,
                       const histogram& times) {
  const auto in_ms = [](nanos time) {
    return static_cast<double>(time) / a_millisecond;
  };
  add(prefix + "_p50_ms", label + " p50", in_ms(times.quantile(0.50)), "ms");
  add(prefix + "_p90_ms", label + " p90", in_ms(times.quantile(0.90)), "ms");
  add(prefix + "_p99_ms", label + " p99", in_ms(times.quantile(0.99)), "ms");
  add(prefix + "_max_ms", label + " max", in_ms(times.max()), "ms");
}

void report::fail_each(std::string_view what,
                       const std::map<std::string, std::uint64_t>& causes) {
  for (const auto& [cause, count] : causes)
    fail(std::string(what) + ": " + cause + " (" + grouped(count)
         + (count == 1 ? " time)" : " times)"));
}

void report::write_json(std::ostream& out) const {
  out << "{\"schema\":" << in_quotes(schema) << ",\"mode\":" << in_quotes(mode_)
      << ",\"target\":" << in_quotes(target_)
      << ",\"ok\":" << (failed() ? "false" : "true");
  for (const auto& entry : figures_) {
    out << ',' << in_quotes(entry.key) << ':';
    std::visit(overloaded{[&](std::uint64_t v) { out << v; },
                          [&](double v) {
                            // JSON has no number that is none.
                            out << (std::isfinite(v) ? fixed(v, 6) : "null");
                          },
                          [&](const std::string& v) { out << in_quotes(v); },
                          [&](bool v) { out << (v ? "true" : "false"); }},
               entry.value);
  }
  out << ",\"failures\":[";
  for (std::size_t i = 0; i < failures_.size(); ++i)
    out << (i == 0 ? "" : ",") << in_quotes(failures_[i]);
  out << "]}\n";
}

void report::write_table(std::ostream& out, bool colours) const {
  const std::string bold = colours ? "\x1b[1m" : "";
  const std::string red = colours ? "\x1b[31m" : "";
  const std::string green = colours ? "\x1b[32m" : "";
  const std::string plain = colours ? "\x1b[0m" : "";
  out << bold << mode_ << plain << " against " << target_ << '\n';
  std::size_t width = 0;
  for (const auto& entry : figures_)
    width = std::max(width, entry.label.size());
  for (const auto& entry : figures_) {
    const auto text = std::visit(
        overloaded{[](std::uint64_t v) { return grouped(v); },
                   [](double v) { return readable(v); },
                   [](const std::string& v) { return v; },
                   [](bool v) { return std::string(v ? "yes" : "no"); }},
        entry.value);
    out << "  " << entry.label << std::string(width - entry.label.size(), ' ')
        << "  " << std::string(text.size() < 14 ? 14 - text.size() : 0, ' ')
        << bold << text << plain << (entry.unit.empty() ? "" : " " + entry.unit)
        << '\n';
  }
  for (const auto& why : failures_)
    out << red << "failed" << plain << "  " << why << '\n';
  if (failures_.empty())
    out << green << "ok" << plain << '\n';
}

} // namespace tidewire::bench
