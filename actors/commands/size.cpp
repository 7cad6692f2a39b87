// size: which tier fits.
#include "actors/commands/books.hpp"
#include "actors/commands/plans.hpp"
#include "actors/commands/table.hpp"
#include "actors/usage/sizing.hpp"

#include <cmath>

namespace tidewire::commands {

namespace {

struct wanted_size {
  std::vector<meter::tier> tiers;
  usage::outlook ahead;
  std::optional<usage::order> past; // the window of somebody
  bool is_served = true;            // else it may be unknown to the ledger
  std::string present_tier;
};

answer from_the_past(const wanted_size& what, const request& who,
                     ledger::reader& from) {
  auto& past = *what.past;
  if (!what.is_served && !has_records(from, past.whose.name))
    return no_such_app(past.whose.name);
  auto made = usage::period_of(past, from, who.came_ms() / 1000);
  if (auto* no = std::get_if<answer>(&made))
    return std::move(*no);
  auto& when = std::get<usage::period>(made);
  // Days have no ticks to replay: the statement says why not.
  if (auto found = from.state(when.over, when.interval, past.whose.apps);
      std::holds_alternative<meter::statement_error>(found))
    return refused(
        status::failed,
        usage::sentence(std::get<meter::statement_error>(found).message));
  usage::size_fold fold{when, what.tiers};
  auto hours = static_cast<std::uint64_t>(when.over.seconds()) / 3600;
  from.slices(when.over, past.whose.apps, [&](auto& slice) {
    if (slice.at.number % 60 == 0)
      who.progress(static_cast<std::uint64_t>(std::max<std::int64_t>(
                       slice.at.last().number - when.over.from, 0))
                       / 3600,
                   hours, "hours");
    return fold.add(slice) && !who.cancelled();
  });
  auto was = fold.finish();
  if (auto* no = std::get_if<meter::statement_error>(&was))
    return refused(status::failed, usage::sentence(no->message));
  return usage::size_answer(what.tiers, what.ahead, past.whose, when,
                            std::get<usage::size_fold::outcome>(was),
                            what.present_tier);
}

std::optional<usage::subject>
subject_of(const call& given, const usage::directory& in, answer& no) {
  if (given.has("account")) {
    auto apps = in.account(given.text("account"));
    if (!apps) {
      no = refused(status::not_found, "There is no account \""
                                          + given.text("account")
                                          + "\" in the configuration.");
      return std::nullopt;
    }
    return usage::subject::account(given.text("account"), *apps);
  }
  if (given.text("app") == "all")
    return usage::subject::all();
  // A deleted app has a past, too.
  auto& name = given.text("app");
  return usage::subject::app(in.app(name).value_or(name));
}

void answer_size(const request& who) {
  auto& given = who.arguments();
  auto in = directory_of(who);
  auto plans = plans_now(who);
  wanted_size what;
  what.tiers = plans.tiers;
  what.ahead.growth_percent =
      static_cast<std::uint32_t>(std::ceil(given.number("growth")));
  what.ahead.headroom_percent =
      static_cast<std::uint32_t>(std::ceil(given.number("headroom")));
  if (given.has("peak"))
    what.ahead.peak = given.count("peak");
  if (!given.has("app") && !given.has("account")) {
    who.reply(what.ahead.peak
                  ? usage::size_answer(what.tiers, what.ahead, {}, {}, {}, "")
                  : refused(status::usage,
                            "Say whose past to go by (an app, all, or "
                            "--account), or what is expected with --peak."));
    return;
  }
  answer no;
  auto whose = subject_of(given, in, no);
  if (!whose) {
    who.reply(std::move(no));
    return;
  }
  what.is_served = whose->of != usage::subject::scope::app
                   || in.app(whose->name).has_value();
  what.present_tier = tier_of(plans, *whose);
  auto& past = what.past.emplace();
  past.whose = *whose;
  usage::read_period(given, in, past);
  with_ledger(who, [what](const request& same, ledger::reader& from) {
    return from_the_past(what, same, from);
  });
}

} // namespace

command size_command() {
  std::vector<argument> arguments{
      {.name = "app",
       .sentence = "an app's id or key, or all for all apps together",
       .positional = true},
      {.name = "account", .sentence = "the apps of this account together"},
      {.name = "peak",
       .is = kind::count,
       .sentence = "the connections to expect at a time; without it, the peak "
                   "of the window",
       .most = std::uint64_t{1} << 32U},
      {.name = "growth",
       .is = kind::percent,
       .sentence = "by how much that will grow",
       .fallback = "0%",
       .most = 10'000},
      {.name = "headroom",
       .is = kind::percent,
       .sentence = "how much is to stay free on top",
       .fallback = "20%",
       .most = 10'000}};
  for (auto& x : usage::period_arguments())
    arguments.push_back(x);
  return {"size",
          role::read,
          "Recommends a tier.",
          "From recorded time, or from what is expected. Of recorded time it "
          "also says what each tier would have meant, second by second: how "
          "often its cap was crossed into a grace, how long it would have been "
          "over and about how many would have been refused; what each way to "
          "bill (by peak, 95th percentile or average) would have charged; and "
          "on which day a straight line through the daily peaks first goes "
          "above the cap.",
          std::move(arguments),
          {"size 1", "size 1 --window last-month --growth 30% --headroom 25%",
           "size --account acme", "size --peak 800 --growth 50%"},
          answer_size};
}

} // namespace tidewire::commands
