#include "config/moving/finding.hpp"

#include <algorithm>

namespace tidewire::config::moving {

namespace {

constexpr finding::fate fates[] = {
    finding::fate::mapped, finding::fate::ignored, finding::fate::unknown,
    finding::fate::assumed};

} // namespace

std::string_view to_string(finding::fate is) {
  switch (is) {
  case finding::fate::mapped:
    return "mapped";
  case finding::fate::assumed:
    return "assumed";
  case finding::fate::ignored:
    return "ignored";
  case finding::fate::unknown:
    break;
  }
  return "unknown";
}

std::size_t count_of(std::span<const finding> all, finding::fate is) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(),
                    [is](const finding& each) { return each.is == is; }));
}

std::string summary_of(std::span<const finding> all) {
  std::string text;
  for (const auto is : fates) {
    text += (text.empty() ? "" : ", ") + std::to_string(count_of(all, is)) + ' '
            + std::string(to_string(is));
  }
  return text;
}

std::string render_report(std::span<const finding> all,
                          std::string_view whose) {
  std::size_t width = 0;
  for (const auto& each : all)
    width = std::max(width, each.name.size());
  width = std::min<std::size_t>(width, 50);
  std::string text;
  for (const auto is : fates) {
    for (const auto& each : all) {
      if (each.is != is)
        continue;
      auto name = each.name;
      if (!each.text.empty())
        name.resize(std::max(width, name.size()), ' ');
      std::string word(to_string(is));
      word.resize(9, ' ');
      text += word + name + (each.text.empty() ? "" : "  " + each.text) + '\n';
    }
  }
  return text + std::string(whose) + ": " + summary_of(all) + '\n';
}

} // namespace tidewire::config::moving
