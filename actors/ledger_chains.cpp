// What the LEDGER does in a cluster: chains compared, asked for and told.
#include "actors/gauge_cluster.hpp"
#include "actors/ledger_keeper.hpp"
#include "net/log.hpp"

#include <caf/send.hpp>

namespace tidewire {

namespace {

constexpr std::size_t answer_bytes = std::size_t{256} << 10u;
// Who has many others to answer comes to us in some seconds.
constexpr std::int64_t chain_patience_ns = 20'000'000'000;

cluster::end_kind end_kind_of(ledger::entry_kind how) noexcept {
  if (how == ledger::entry_kind::goodbye)
    return cluster::end_kind::goodbye;
  return how == ledger::entry_kind::forgotten ? cluster::end_kind::forgotten
                                              : cluster::end_kind::dead;
}

// What a node says of its own lives is theirs: its disk has what they wrote.
bool by_author(const chain_record_in& x, const cluster::life& whose) noexcept {
  return x.from.node == whose.node;
}

} // namespace

void ledger_keeper::keep(const rows_for_ledger& what, meter::tick now) {
  for (auto& [whose, how] : what.ended)
    office_.store.end(whose, how);
  for (auto& sentence : what.remarks)
    office_.store.remark(now, sentence);
}

void ledger_keeper::tell_chains(const std::optional<cluster::life>& to,
                                const caf::actor& gauge) {
  ledger::chains_told told;
  auto send = [&] {
    caf::anon_send(gauge,
                   chain_record_out{to, ledger::chains_kind, encode(told)});
    told.chains.clear();
  };
  for (auto& x : office_.store.chains()) {
    told.chains.push_back(x);
    if (told.chains.size() == ledger::max_chains_at_once)
      send();
  }
  if (!told.chains.empty())
    send();
}

void ledger_keeper::take(const chain_record_in& x) {
  taken_over();
  switch (x.kind) {
  case 0:
    return tell_chains(x.from, x.gauge);
  case ledger::chains_kind:
    return compare(x);
  case ledger::ask_entries_kind:
    return answer(x);
  case ledger::entries_kind:
    return take_entries(x);
  default:
    return; // of a newer version
  }
}

// One question at a time about each life, so that what is fetched from several
// comes once.
void ledger_keeper::compare(const chain_record_in& x) {
  auto told = ledger::decode_chains(x.bytes);
  if (!told)
    return;
  for (auto& chain : told->chains) {
    auto& last = asked_[chain.whose];
    if (host().now() < last.until_ns)
      continue;
    if (auto from =
            office_.store.worth_asking(chain, by_author(x, chain.whose)))
      ask(x, chain.whose, *from);
  }
}

void ledger_keeper::ask(const chain_record_in& x, const cluster::life& whose,
                        std::int64_t from) {
  asked_[whose] = {x.from, host().now() + chain_patience_ns};
  caf::anon_send(x.gauge,
                 chain_record_out{x.from, ledger::ask_entries_kind,
                                  encode(ledger::entries_asked{whose, from})});
}

void ledger_keeper::answer(const chain_record_in& x) {
  if (auto wanted = ledger::decode_entries_ask(x.bytes)) {
    questions_.add({x.from, *wanted});
    answer_waiting(x.gauge);
  }
}

void ledger_keeper::answer_waiting(const caf::actor& gauge) {
  for (; answers_left_ > 0; --answers_left_) {
    auto x = questions_.next();
    if (!x)
      return;
    if (auto told = office_.store.entries(x->what, answer_bytes))
      caf::anon_send(gauge, chain_record_out{x->from, ledger::entries_kind,
                                             encode(*told)});
  }
}

void ledger_keeper::take_entries(const chain_record_in& x) {
  auto told = ledger::decode_entries(x.bytes);
  if (!told)
    return;
  auto& whose = told->whose;
  asked_.erase(whose);
  auto taken = office_.store.take(*told, by_author(x, whose));
  if (!taken)
    return;
  if (!taken->dispute.empty())
    log_warning("chain_disputed", "the chain of node {}, as node {} has it: {}",
                whose.node, x.from.node, taken->dispute);
  if (taken->replaced > 0)
    log_warning("chain_replaced",
                "{} entries of node {} gave way to those of node {}",
                taken->replaced, whose.node, x.from.node);
  if (taken->ask_from)
    return ask(x, whose, *taken->ask_from);
  if (!taken->changed)
    return;
  history_came news{{whose, told->first}, {taken->first, taken->last}, {}};
  if (taken->end)
    news.end = cluster::life_end{end_kind_of(*taken->end), taken->end_at};
  caf::anon_send(x.gauge, std::move(news));
  ask(x, whose, told->from + static_cast<std::int64_t>(told->entries.size()));
}

} // namespace tidewire
