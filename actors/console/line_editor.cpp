#include "actors/console/line_editor.hpp"

#include "actors/console/environment.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include <histedit.h>
#include <sys/stat.h>

namespace tidewire::console {

namespace {

constexpr int most_lines = 1000;

} // namespace

struct line_editor::parts {
  parts(std::string p, std::string f, completer c)
      : prompt(std::move(p)), file(std::move(f)), complete(std::move(c)) {}

  static parts& of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<parts*>(self);
  }

  static char* show_prompt(EditLine* editor) {
    return of(editor).prompt.data();
  }

  static unsigned char on_tab(EditLine* editor, int) {
    return of(editor).finish_word();
  }

  unsigned char finish_word() const;

  std::string prompt;
  std::string file;
  completer complete;
  EditLine* editor = nullptr;
  History* lines = nullptr;
  HistEvent event{};
};

unsigned char line_editor::parts::finish_word() const {
  auto* line = el_line(editor);
  std::string_view before{
      line->buffer, static_cast<std::size_t>(line->cursor - line->buffer)};
  auto found = complete(before);
  if (found.choices.empty())
    return CC_ERROR;
  auto typed = before.size() - found.from;
  auto more = common_prefix(found.choices).substr(typed);
  if (found.choices.size() == 1)
    more += ' ';
  if (!more.empty())
    return el_insertstr(editor, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  std::putchar('\n');
  for (auto& each : found.choices)
    std::printf("%s  ", each.c_str());
  std::putchar('\n');
  return CC_REDISPLAY;
}

line_editor::line_editor(std::string prompt, std::string history_file,
                         completer complete)
    : parts_(std::make_unique<parts>(std::move(prompt), std::move(history_file),
                                     std::move(complete))) {
  auto& p = *parts_;
  p.editor = el_init("tidewire", stdin, stdout, stderr);
  p.lines = history_init();
  history(p.lines, &p.event, H_SETSIZE, most_lines);
  history(p.lines, &p.event, H_SETUNIQUE, 1);
  if (!p.file.empty())
    history(p.lines, &p.event, H_LOAD, p.file.c_str());
  el_set(p.editor, EL_CLIENTDATA, &p);
  el_set(p.editor, EL_PROMPT, &parts::show_prompt);
  el_set(p.editor, EL_SIGNAL, 1);
  el_set(p.editor, EL_HIST, &history, p.lines);
  el_set(p.editor, EL_EDITOR, "emacs");
  el_set(p.editor, EL_ADDFN, "tidewire-complete", "Completes the word",
         &parts::on_tab);
  el_set(p.editor, EL_BIND, "^I", "tidewire-complete", nullptr);
  el_set(p.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(p.editor, nullptr);
}

line_editor::~line_editor() {
  history_end(parts_->lines);
  el_end(parts_->editor);
}

std::optional<std::string> line_editor::next() {
  auto& p = *parts_;
  int count = 0;
  auto* text = el_gets(p.editor, &count);
  if (!text || count <= 0)
    return std::nullopt;
  std::string line{text, static_cast<std::size_t>(count)};
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.pop_back();
  if (line.find_first_not_of(" \t") != std::string::npos) {
    history(p.lines, &p.event, H_ENTER, line.c_str());
    if (!p.file.empty()) {
      history(p.lines, &p.event, H_SAVE, p.file.c_str());
      ::chmod(p.file.c_str(), 0600);
    }
  }
  return line;
}

std::string history_file() {
  std::filesystem::path folder;
  if (auto state = variable("XDG_STATE_HOME"); state.starts_with('/'))
    folder = state;
  else if (auto home = variable("HOME"); !home.empty())
    folder = std::filesystem::path{home} / ".local/state";
  else
    return {};
  folder /= "tidewire";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error ? std::string{} : (folder / "history").string();
}

} // namespace tidewire::console
