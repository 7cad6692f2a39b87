#include "actors/usage/order.hpp"

#include "actors/usage/answers.hpp"
#include "actors/usage/proof.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace tidewire::usage {

namespace {

using commands::answer;
using commands::argument;
using commands::kind;
using commands::refused;
using commands::status;

constexpr std::uintmax_t largest_export = std::uintmax_t{256} << 20U;

answer verify(const order& what, ledger::reader& from,
              const watcher& progress) {
  auto tell = [&](std::uint64_t done) {
    if (progress)
      progress(done, 0, "entries");
  };
  if (what.file.empty())
    return prove(from, tell);
  std::ifstream file{what.file, std::ios::binary};
  if (!file)
    return refused(status::not_found,
                   what.file + " cannot be opened by the server.");
  std::string text;
  for (std::istreambuf_iterator<char> at{file}, end; at != end; ++at) {
    if (text.size() == largest_export)
      return refused(status::usage, what.file + " is too large for an export.");
    text += *at;
  }
  return prove_export(from, text, tell);
}

answer each(const order& what, const period& when, ledger::reader& from,
            const watcher& progress) {
  auto seconds = static_cast<std::uint64_t>(when.over.seconds());
  auto found =
      from.state_each(when.over, when.interval, [&](std::int64_t done) {
        return !progress
               || progress(std::min(static_cast<std::uint64_t>(done), seconds)
                               / 3600,
                           seconds / 3600, "hours");
      });
  if (auto* no = std::get_if<meter::statement_error>(&found))
    return refused(status::failed, sentence(no->message));
  std::vector<stated> rows;
  for (auto& x : std::get<std::vector<ledger::reader::app_statement>>(found))
    rows.push_back(
        {x.app == meter::all_apps ? subject::all() : subject::app(x.app.text),
         when, std::move(x.what)});
  auto heads = from.heads();
  return what.rows ? export_of(rows, heads)
                   : overview_of(rows, what.limit, heads);
}

answer one(const order& what, const period& when, ledger::reader& from) {
  auto found = from.state(when.over, when.interval, what.whose.apps);
  if (auto* no = std::get_if<meter::statement_error>(&found))
    return refused(status::failed, sentence(no->message));
  stated row{what.whose, when, std::get<meter::statement>(std::move(found))};
  auto heads = from.heads();
  return what.rows ? export_of({&row, 1}, heads) : answer_of(row, heads);
}

} // namespace

std::vector<argument> period_arguments() {
  return {{.name = "window",
           .sentence = "a month (2026-11), day (2026-11-22), hour "
                       "(2026-11-22T05), the last days (30d), or one of month, "
                       "day, hour, last-month, last-day, last-hour",
           .fallback = "month"},
          {.name = "from",
           .sentence = "from then on, in place of a window: 2026-11-01 or "
                       "2026-11-01T12:30"},
          {.name = "to", .sentence = "up to then; without it, up to now"},
          {.name = "zone",
           .sentence =
               "the time zone of months and days, such as Europe/Berlin; "
               "without it, meter.time_zone"},
          {.name = "sample",
           .is = kind::duration,
           .sentence = "the time from sample to sample, 1s to 1h; without it, "
                       "meter.sample"}};
}

std::vector<argument> usage_arguments() {
  std::vector<argument> out{
      {.name = "what",
       .sentence = "an app's id or key; all for all apps together; each for a "
                   "line per app; verify",
       .positional = true,
       .fallback = "each"},
      {.name = "file",
       .sentence = "verify: an export to check, on the server's disk",
       .positional = true},
      {.name = "account", .sentence = "the apps of this account together"}};
  for (auto& x : period_arguments())
    out.push_back(x);
  out.push_back({.name = "export",
                 .is = kind::flag,
                 .sentence = "a row with every figure, for other programs and "
                             "for verify"});
  out.push_back({.name = "limit",
                 .is = kind::count,
                 .sentence = "each: how many apps are listed",
                 .fallback = "1000",
                 .least = 1,
                 .most = 1'000'000});
  return out;
}

void read_period(const commands::call& given, const directory& in, order& to) {
  to.window = given.text("window");
  to.from = given.text("from");
  to.to = given.text("to");
  to.zone = given.has("zone") ? given.text("zone") : in.zone;
  to.interval = given.has("sample") ? given.duration("sample").count() / 1000
                                    : in.interval;
}

std::variant<order, answer> order_of(const commands::call& given,
                                     const directory& in) {
  order out;
  read_period(given, in, out);
  out.limit = given.count("limit");
  out.rows = given.flag("export");
  out.file = given.text("file");
  auto& what = given.text("what");
  if (given.has("account")) {
    if (given.given("what"))
      return refused(status::usage,
                     "Ask for an app or for an account, not for both.");
    auto apps = in.account(given.text("account"));
    if (!apps)
      return refused(status::not_found, "There is no account \""
                                            + given.text("account")
                                            + "\" in the configuration.");
    out.is = order::kind::one;
    out.whose = subject::account(given.text("account"), *apps);
  } else if (what == "verify") {
    out.is = order::kind::verify;
  } else if (what == "all") {
    out.is = order::kind::one;
    out.whose = subject::all();
  } else if (what != "each") {
    out.is = order::kind::one;
    out.whose = subject::app(in.app(what).value_or(what));
  }
  if (!out.file.empty() && out.is != order::kind::verify)
    return refused(status::usage,
                   "Only verify takes a file: usage verify " + out.file);
  return out;
}

std::variant<period, answer> period_of(const order& what, ledger::reader& from,
                                       std::int64_t now) {
  auto found = period_of(what.window, what.from, what.to, what.zone,
                         what.interval, now, from.last_tick());
  if (auto* no = std::get_if<std::string>(&found))
    return refused(status::usage, *no);
  return std::get<period>(found);
}

answer carry_out(const order& what, ledger::reader& from, std::int64_t now,
                 const watcher& progress) {
  if (what.is == order::kind::verify)
    return verify(what, from, progress);
  auto when = period_of(what, from, now);
  if (auto* no = std::get_if<answer>(&when))
    return std::move(*no);
  auto& time = std::get<period>(when);
  return what.is == order::kind::each ? each(what, time, from, progress)
                                      : one(what, time, from);
}

} // namespace tidewire::usage
