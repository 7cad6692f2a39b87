// Lines of a person at a terminal: editing, history, completion (libedit).
#pragma once

#include "actors/console/completion.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::console {

/// One per process, on its main thread.
class line_editor {
public:
  using completer = std::function<completion(std::string_view before)>;

  /// `history_file` is read, and written when a line comes; empty: none is
  /// kept.
  line_editor(std::string prompt, std::string history_file, completer complete);
  ~line_editor();
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  /// The next line without its end; nothing at Ctrl-D.
  std::optional<std::string> next();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// `$XDG_STATE_HOME/tidewire/history`, or below `~/.local/state`; its folder
/// is made. Empty if there is no place for it.
std::string history_file();

} // namespace tidewire::console
