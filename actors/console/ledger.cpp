#include "actors/console/ledger.hpp"

#include "actors/commands/call.hpp"
#include "actors/commands/help.hpp"
#include "actors/commands/render.hpp"
#include "actors/console/environment.hpp"
#include "actors/console/runner.hpp"
#include "actors/data_dir.hpp"
#include "actors/ledger/backup.hpp"
#include "actors/usage/order.hpp"
#include "config/accounts.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>

namespace tidewire::console {

namespace {

using commands::answer;
using commands::argument;
using commands::cell;
using commands::command;
using commands::facts;
using commands::refused;
using commands::status;
using commands::unit;

std::vector<argument> file_argument(const char* sentence) {
  return {{.name = "file",
           .sentence = sentence,
           .positional = true,
           .required = true}};
}

// They are carried out here; handlers are ADMIN's.
const std::vector<command>& offline_table() {
  using enum commands::role;
  static const std::vector<command> rows{
      {"usage",
       read,
       "States what was used, as `tidewire ctl usage` does.",
       "",
       usage::usage_arguments(),
       {"usage", "usage 1 --window last-month"}},
      {"verify",
       read,
       "Makes every hash anew; with an export, each figure of it, too.",
       "",
       {{.name = "file",
         .sentence = "an export (JSON or CSV) to check",
         .positional = true}},
       {"verify", "verify november.json"}},
      {"export",
       read,
       "Writes rows with every figure, for other programs.",
       "As JSON; with --csv, as CSV.",
       usage::usage_arguments(),
       {"export each --window last-month --csv"}},
      {"backup",
       operate,
       "Copies the ledger as it is at one moment, also while a server writes.",
       "The copy is verified before it takes the place of what was there.",
       file_argument("where to"),
       {"backup /backups/ledger.db"}},
      {"restore",
       operate,
       "Puts a backup in the place of the ledger. The server must be stopped.",
       "The backup is verified first, and what was there is kept beside it "
       "with .replaced after its name.",
       file_argument("the backup"),
       {"restore /backups/ledger.db"}},
      {"help",
       read,
       "Tells of the commands.",
       "",
       {{.name = "command", .sentence = "of this one", .positional = true}},
       {"help restore"}}};
  return rows;
}

usage::directory directory_of(const config::settings& settings) {
  usage::directory out;
  out.app = [&settings](std::string_view name) -> std::optional<std::string> {
    for (auto& app : settings.apps)
      for (auto& pair : app.keys)
        if (app.id == name || pair.key == name)
          return app.id;
    return std::nullopt;
  };
  out.account =
      [&settings](
          std::string_view name) -> std::optional<std::vector<std::string>> {
    config::membership members{settings.accounts};
    auto* wanted = members.named(name);
    if (!wanted)
      return std::nullopt;
    auto ids = wanted->apps;
    for (auto& app : settings.apps)
      if (members.of(app) == wanted && !app.internal)
        ids.push_back(app.id);
    return ids;
  };
  out.zone = settings.meter.time_zone;
  out.interval = settings.meter.sample.count() / 1000;
  return out;
}

answer done(const char* what, const std::string& file) {
  answer out;
  out.sections.emplace_back(facts{"", {{what, unit::text, cell{file}}}});
  return out;
}

answer restore(const std::string& backup, const std::string& folder,
               const std::string& ledger) {
  std::unique_ptr<data_dir> held;
  try {
    held = std::make_unique<data_dir>(folder);
  } catch (const std::runtime_error& e) {
    return refused(status::failed,
                   std::string{e.what()}
                       + " To restore, stop that server first.");
  }
  if (!held->writable())
    return refused(status::failed, held->trouble());
  if (auto problem = ledger::restore(backup, ledger))
    return refused(status::failed, *problem);
  return done("restored", ledger);
}

answer read(const commands::call& given, const config::settings& settings,
            const std::string& file, const surroundings& around) {
  if (!std::filesystem::exists(file))
    return refused(status::not_found,
                   "There is no ledger at " + file
                       + "; --data-dir or --config say where.");
  usage::order what;
  auto& name = given.command().name;
  if (name == "verify") {
    what.is = usage::order::kind::verify;
    what.file = given.text("file");
  } else {
    auto made = usage::order_of(given, directory_of(settings));
    if (auto* no = std::get_if<answer>(&made))
      return std::move(*no);
    what = std::get<usage::order>(std::move(made));
    what.rows |= name == "export";
  }
  ledger::reader from{file};
  auto now = std::chrono::duration_cast<std::chrono::seconds>(
                 std::chrono::system_clock::now().time_since_epoch())
                 .count();
  bool told = false;
  auto out =
      usage::carry_out(what, from, now, [&](auto count, auto of, auto noun) {
        if (around.err_is_terminal) {
          around.err << '\r' << count;
          if (of != 0)
            around.err << " of " << of;
          around.err << ' ' << noun << std::flush;
          told = true;
        }
        return true;
      });
  if (told)
    around.err << "\r\x1b[K" << std::flush;
  return out;
}

answer carry_out(const commands::call& given, const options& how,
                 const surroundings& around) {
  auto loaded = config::load(request_of(how));
  if (!loaded.ok())
    return refused(status::usage, "The configuration is wrong: "
                                      + to_string(loaded.errors.front()));
  auto& settings = loaded.settings;
  auto file = settings.data_dir + "/ledger.db";
  auto& name = given.command().name;
  try {
    if (name == "backup") {
      if (auto problem = ledger::back_up(file, given.text("file")))
        return refused(status::failed, *problem);
      return done("backup", given.text("file"));
    }
    if (name == "restore")
      return restore(given.text("file"), settings.data_dir, file);
    return read(given, settings, file, around);
  } catch (const std::exception& e) {
    return refused(status::failed, e.what());
  }
}

int show(const answer& what, const options& how, const surroundings& around) {
  using kind = commands::form::kind;
  auto form =
      how.form.value_or(around.out_is_terminal ? kind::text : kind::json);
  if (!what.error.empty() && form != kind::json)
    around.err << "tidewire ledger: " << what.error << '\n';
  if (form == kind::json)
    around.out << commands::render_json(what);
  else if (form == kind::text && !what.sections.empty())
    around.out << commands::render_text(what, around.width);
  else if (form == kind::csv && what.error.empty())
    around.out << commands::render_csv(what, "statements");
  around.out << std::flush;
  return commands::exit_code(what.status);
}

} // namespace

int ledger_command(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  auto around = of_process();
  auto taken = take_options(words);
  if (auto* no = std::get_if<std::string>(&taken))
    return show(refused(status::usage, *no), {}, around);
  auto how = std::get<options>(taken);
  auto helps = how.help || words.empty() || words.front() == "help";
  if (helps) {
    auto of = words.empty() ? std::string{} : words.back();
    if (of == "help")
      of.clear();
    auto out = of.empty() ? commands::help(offline_table())
                          : commands::help(offline_table(), of);
    if (!how.form)
      how.form = commands::form::kind::text;
    show(out, how, around);
    return words.empty() && !how.help ? commands::exit_code(status::usage)
                                      : commands::exit_code(out.status);
  }
  auto parsed = commands::parse_words(words, offline_table());
  if (auto* no = std::get_if<answer>(&parsed))
    return show(*no, how, around);
  return show(carry_out(std::get<commands::call>(parsed), how, around), how,
              around);
}

} // namespace tidewire::console
