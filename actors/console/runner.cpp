#include "actors/console/runner.hpp"

#include "actors/commands/call.hpp"
#include "actors/commands/help.hpp"
#include "actors/commands/render.hpp"
#include "actors/commands/table.hpp"
#include "actors/console/environment.hpp"
#include "actors/console/exchange.hpp"

#include <boost/json/parse.hpp>

#include <cstdlib>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tidewire::console {

namespace {

using commands::form;

form::kind form_for(const options& how, const surroundings& around) {
  return how.form.value_or(around.out_is_terminal ? form::kind::text
                                                  : form::kind::json);
}

int show(const commands::answer& what, form::kind as,
         const surroundings& around) {
  form wanted{as, around.width};
  auto shown = commands::response_of(what, wanted);
  auto failed = !what.error.empty() && as != form::kind::json;
  (failed ? around.err : around.out) << shown.body << std::flush;
  return commands::exit_code(what.status);
}

commands::answer unreached(const std::string& sentence) {
  return commands::refused(commands::status::unreachable, sentence);
}

std::string accept_of(form::kind as, std::size_t width) {
  if (as == form::kind::text)
    return "text/plain; width=" + std::to_string(width);
  return as == form::kind::csv ? "text/csv" : "application/json";
}

// A proxy's, or an older server's: an error is JSON, whatever was asked for.
std::string sentence_of(const std::string& body) {
  boost::system::error_code error;
  auto tree = boost::json::parse(body, error);
  if (!error)
    if (auto* object = tree.if_object())
      if (auto* text = object->if_contains("error"))
        if (auto* string = text->if_string())
          return {string->data(), string->size()};
  return body;
}

std::function<void(std::string_view)> progress_on(const surroundings& around) {
  if (!around.err_is_terminal)
    return {};
  return [&around](std::string_view so_far) {
    around.err << "\r\x1b[K" << commands::harmless(so_far) << " …"
               << std::flush;
  };
}

int ask(const commands::call& call, const options& how, form::kind as,
        const surroundings& around) {
  auto found = find_server(how);
  if (auto* no = std::get_if<no_destination>(&found)) {
    auto answer = commands::refused(
        no->exit_code == 2 ? commands::status::usage : commands::status::failed,
        no->sentence);
    return show(answer, as, around);
  }
  auto reads = call.role() == commands::role::read;
  auto got =
      send(std::get<destination>(found),
           {reads ? "GET" : "POST", "/v1/commands/" + commands::target_of(call),
            accept_of(as, around.width), how.timeout, progress_on(around)});
  if (around.err_is_terminal)
    around.err << "\r\x1b[K" << std::flush;
  if (auto* no = std::get_if<unreachable>(&got))
    return show(unreached(no->sentence), as, around);
  auto& came = std::get<reply>(got);
  if (came.status < 300) {
    around.out << came.body << std::flush;
    return came.exit_code;
  }
  if (as == form::kind::json)
    around.out << came.body << std::flush;
  else if (came.content_type.starts_with("application/json"))
    around.err << sentence_of(came.body) << std::endl;
  else
    around.err << came.body << std::flush;
  return came.exit_code;
}

} // namespace

surroundings of_process() {
  surroundings out{std::cout, std::cerr};
  out.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  out.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    out.width = size.ws_col;
  else if (auto columns = variable("COLUMNS"); !columns.empty())
    out.width =
        std::max<std::size_t>(40, std::strtoul(columns.c_str(), nullptr, 10));
  return out;
}

int run(const std::vector<std::string>& words, const options& how,
        const surroundings& around) {
  auto as = form_for(how, around);
  auto& table = commands::table();
  auto parsed = commands::parse_words(words, table);
  auto helped = !words.empty() && words.front() == "help";
  if (how.help && !helped && !words.empty())
    return show(commands::help(table, words.front()), as, around);
  if (auto* no = std::get_if<commands::answer>(&parsed))
    return show(*no, as, around);
  auto& call = std::get<commands::call>(parsed);
  if (!helped)
    return ask(call, how, as, around);
  if (how.markdown) {
    around.out << commands::render_reference(table) << std::flush;
    return 0;
  }
  auto& name = call.text("command");
  return show(name.empty() ? commands::help(table)
                           : commands::help(table, name),
              as, around);
}

} // namespace tidewire::console
