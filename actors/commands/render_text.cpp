#include "actors/commands/render.hpp"
#include "config/words.hpp"

#include <algorithm>

namespace tidewire::commands {

namespace {

constexpr std::string_view between = "  ";
constexpr std::size_t narrowest_column = 8;

// Columns of a terminal, as long as nobody writes double-width letters.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
      }));
}

std::string cut(std::string text, std::size_t width) {
  if (width_of(text) <= width)
    return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end)
    if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80
        && ++seen > width - 1)
      break;
  return text.substr(0, end) + "…";
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  auto own = width_of(text);
  std::string space(own < width ? width - own : 0, ' ');
  return right ? space + text : text + space;
}

std::string title_of(std::string_view title, std::string_view key) {
  if (!title.empty())
    return std::string{title};
  std::string out{key};
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

void trim_and_end(std::string& out) {
  while (out.ends_with(' '))
    out.pop_back();
  out += '\n';
}

void render(const facts& what, std::size_t, std::string& out) {
  if (!what.title.empty())
    out += what.title + '\n';
  std::size_t names = 0;
  for (auto& each : what.list)
    names = std::max(names, width_of(title_of(each.title, each.key)));
  for (auto& each : what.list) {
    if (!what.title.empty())
      out += between;
    out += padded(title_of(each.title, each.key), names, false);
    out += between;
    out += human(each.value, each.is);
    trim_and_end(out);
  }
}

// The widest texts give way until the line fits.
void squeeze(std::vector<std::size_t>& widths, const listing& what,
             std::size_t room) {
  for (;;) {
    std::size_t total = 0;
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      total += widths[i] + (i == 0 ? 0 : between.size());
      if (what.columns[i].is == unit::text && widths[i] > narrowest_column
          && (widest == widths.size() || widths[i] > widths[widest]))
        widest = i;
    }
    if (total <= room || widest == widths.size())
      return;
    widths[widest] -= std::min(total - room, std::size_t{1});
  }
}

void render(const listing& what, std::size_t width, std::string& out) {
  if (!what.title.empty())
    out += what.title + '\n';
  if (what.rows.empty()) {
    out += "(none)\n";
    return;
  }
  std::vector<std::vector<std::string>> lines(what.rows.size() + 1);
  std::vector<std::size_t> widths(what.columns.size());
  for (auto& each : what.columns)
    lines[0].push_back(title_of(each.title, each.key));
  for (std::size_t r = 0; r < what.rows.size(); ++r)
    for (std::size_t i = 0; i < widths.size(); ++i)
      lines[r + 1].push_back(i < what.rows[r].size()
                                 ? human(what.rows[r][i], what.columns[i].is)
                                 : std::string{});
  for (auto& line : lines)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], width_of(line[i]));
  squeeze(widths, what, width);
  for (auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (i != 0)
        out += between;
      auto is = what.columns[i].is;
      auto right = is != unit::text && is != unit::time && is != unit::yes_no;
      out += padded(cut(line[i], widths[i]), widths[i], right);
    }
    trim_and_end(out);
  }
}

void render(const prose& what, std::size_t width, std::string& out) {
  if (!what.title.empty())
    out += what.title + '\n';
  for (auto& each : what.paragraphs) {
    if (&each != &what.paragraphs.front())
      out += '\n';
    out += config::wrapped(harmless(each), what.title.empty() ? "" : between,
                           width);
  }
}

} // namespace

std::string render_text(const answer& what, std::size_t width) {
  std::string out;
  if (!what.error.empty())
    out += config::wrapped(harmless(what.error), "", width);
  for (auto& each : what.sections) {
    if (!out.empty())
      out += '\n';
    std::visit([&](auto& x) { render(x, width, out); }, each);
  }
  if (!what.notes.empty() && !out.empty())
    out += '\n';
  for (auto& each : what.notes)
    out += config::wrapped(harmless(each), "", width);
  return out;
}

} // namespace tidewire::commands
