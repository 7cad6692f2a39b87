/// What became of one option of another server.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tidewire::config::moving {

/// One line of the report. Secrets never appear in it.
struct finding {
  enum class fate {
    mapped,  // `text` is our key and its value
    assumed, // nobody set it, and their default is not ours
    ignored, // `text` is the reason
    unknown  // not an option of theirs; `text` may say what was meant
  };

  fate is = fate::unknown;
  std::string name; // as the operator wrote it: `SOKETI_PORT`, `metrics.port`
  std::string text;

  bool operator==(const finding&) const = default;
};

std::size_t count_of(std::span<const finding> all, finding::fate is);

/// `12 mapped, 3 ignored, 1 unknown, 2 assumed`.
std::string summary_of(std::span<const finding> all);

std::string_view to_string(finding::fate is);

/// The report: a line per finding, in groups, and the summary last. `whose` is
/// `soketi` or `Reverb`.
std::string render_report(std::span<const finding> all, std::string_view whose);

} // namespace tidewire::config::moving
