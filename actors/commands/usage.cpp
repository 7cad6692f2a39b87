// usage: what was used, from the ledger.
#include "actors/commands/books.hpp"
#include "actors/commands/table.hpp"
#include "actors/usage/order.hpp"

namespace tidewire::commands {

namespace {

void answer_usage(const request& who) {
  auto in = directory_of(who);
  auto made = usage::order_of(who.arguments(), in);
  if (auto* no = std::get_if<answer>(&made)) {
    who.reply(std::move(*no));
    return;
  }
  auto what = std::get<usage::order>(std::move(made));
  auto known = what.is != usage::order::kind::one
               || what.whose.of != usage::subject::scope::app
               || in.app(what.whose.name);
  with_ledger(who, [what, known](const request& same, ledger::reader& from) {
    if (!known && !has_records(from, what.whose.name))
      return no_such_app(what.whose.name);
    return usage::carry_out(what, from, same.came_ms() / 1000,
                            [&](auto done, auto of, auto noun) {
                              same.progress(done, of, noun);
                              return !same.cancelled();
                            });
  });
}

} // namespace

command usage_command() {
  return {"usage",
          role::read,
          "States what was used: peak, 95th percentile, average.",
          "The figures come from the ledger, second by second, and can be made "
          "again from it at any time: `usage verify` makes every hash anew and "
          "names the first minute that is not as it was written; with an "
          "export (`usage 1 --export`, as JSON or CSV) it also makes each "
          "figure of it anew. Time of which nothing is known is listed, and "
          "never counted as zero. An account, and all apps together, have the "
          "peak of the sum, which is not the sum of the peaks.",
          usage::usage_arguments(),
          {"usage", "usage 1 --window last-month", "usage all --window 30d",
           "usage --account acme --zone Europe/Berlin",
           "usage 1 --from 2026-11-01 --to 2026-11-08T12:00 --sample 5m",
           "usage each --export", "usage verify"},
          answer_usage};
}

} // namespace tidewire::commands
