// `tidewire console`: the same commands, one after another.
#include "actors/commands/answer.hpp"
#include "actors/commands/call.hpp"
#include "actors/commands/table.hpp"
#include "actors/console/ctl.hpp"
#include "actors/console/exchange.hpp"
#include "actors/console/line_editor.hpp"
#include "actors/console/runner.hpp"

#include <boost/json/parse.hpp>

#include <clocale>
#include <iostream>

#include <unistd.h>

namespace tidewire::console {

namespace {

bool leaves(std::string_view word) {
  return word == "quit" || word == "exit";
}

// The ids of the apps, as the server last said; asked for at most every few
// seconds, and not waited for long: somebody has just pressed Tab.
class app_ids {
public:
  explicit app_ids(const options& how) : how_(how) {}

  const std::vector<std::string>& now() {
    auto time = std::chrono::steady_clock::now();
    if (time < good_until_)
      return ids_;
    good_until_ = time + std::chrono::seconds{5};
    auto found = find_server(how_);
    if (auto* to = std::get_if<destination>(&found)) {
      auto got = send(*to, {"GET", "/v1/commands/apps", "application/json",
                            std::chrono::milliseconds{500}});
      if (auto* came = std::get_if<reply>(&got))
        take(came->body);
    }
    return ids_;
  }

private:
  void take(const std::string& body) {
    boost::system::error_code error;
    auto tree = boost::json::parse(body, error);
    auto* object = error ? nullptr : tree.if_object();
    auto* list = object ? object->if_contains("apps") : nullptr;
    if (!list || !list->is_array())
      return;
    ids_.clear();
    for (auto& each : list->get_array())
      if (auto* app = each.if_object())
        if (auto* id = app->if_contains("id"); id && id->is_string())
          ids_.emplace_back(id->get_string().c_str());
  }

  const options& how_;
  std::vector<std::string> ids_;
  std::chrono::steady_clock::time_point good_until_{};
};

// A line of words, or what is wrong with it; nothing to do is 0.
int obey(std::string_view line, const options& base,
         const surroundings& around) {
  auto words = commands::split_words(line);
  if (!words) {
    around.err << "A quote is not closed.\n";
    return exit_code(commands::status::usage);
  }
  if (words->empty() || words->front().starts_with('#'))
    return 0;
  auto taken = take_options(*words, base);
  if (auto* no = std::get_if<std::string>(&taken)) {
    around.err << *no << '\n';
    return exit_code(commands::status::usage);
  }
  auto& how = std::get<options>(taken);
  if (words->empty())
    words->emplace_back("help");
  return run(*words, how, around);
}

int read_pipe(const options& how, const surroundings& around) {
  int first = 0;
  for (std::string line; std::getline(std::cin, line);) {
    auto words = commands::split_words(line);
    if (words && words->size() == 1 && leaves(words->front()))
      break;
    auto code = obey(line, how, around);
    if (first == 0)
      first = code;
  }
  return first;
}

int read_terminal(const options& how) {
  // Letters of people, not only those of C. Nothing else runs yet.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  std::setlocale(LC_CTYPE, "");
  app_ids ids{how};
  line_editor editor{"tidewire> ", history_file(), [&](auto before) {
                       return complete(before, commands::table(),
                                       [&](auto) { return ids.now(); });
                     }};
  std::cout << "help lists the commands, Tab completes, quit or Ctrl-D "
               "leaves.\n"
            << std::flush;
  while (auto line = editor.next()) {
    auto words = commands::split_words(*line);
    if (words && words->size() == 1 && leaves(words->front()))
      return 0;
    // Each command connects anew, so a server that was restarted is found.
    (void)obey(*line, how, of_process());
  }
  std::cout << '\n';
  return 0;
}

} // namespace

int console_command(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  auto taken = take_options(words);
  if (auto* no = std::get_if<std::string>(&taken)) {
    std::cerr << "tidewire console: " << *no << '\n';
    return exit_code(commands::status::usage);
  }
  auto& how = std::get<options>(taken);
  if (how.help) {
    std::cout << "tidewire console [--socket PATH | --url URL --token-file "
                 "FILE] [--config FILE] [--data-dir DIR]\n\n"
                 "Reads commands, from a terminal or a pipe, and sends them to "
                 "a running server;\ntidewire ctl help lists them.\n";
    return 0;
  }
  if (!words.empty()) {
    std::cerr << "tidewire console takes no command; found \"" << words.front()
              << "\". For one command: tidewire ctl " << words.front() << '\n';
    return exit_code(commands::status::usage);
  }
  if (::isatty(STDIN_FILENO) == 1)
    return read_terminal(how);
  return read_pipe(how, of_process());
}

} // namespace tidewire::console
