#include "tests/actors/state/cluster/frozen/samples.hpp"

#include "actors/ledger/chain_records.hpp"
#include "actors/state/cluster/cap_records.hpp"
#include "actors/state/cluster/cells.hpp"
#include "actors/state/cluster/file_notes.hpp"
#include "actors/state/cluster/link_queue.hpp"
#include "actors/state/cluster/orders.hpp"
#include "actors/state/cluster/right_records.hpp"
#include "actors/state/cluster/row_records.hpp"
#include "actors/state/cluster/shared_records.hpp"
#include "actors/state/cluster/view_records.hpp"

namespace tidewire::testing {

using namespace cluster;

namespace {

const life berlin{"berlin-1", 0x1234567890abcdef};
const life oslo{"oslo", 7};
const life rome{"rome", 9};

template <class Write, class Read>
auto through(Write write, Read read) {
  return [=](std::string_view bytes) -> std::optional<std::string> {
    auto x = read(bytes);
    return x ? std::optional{write(*x)} : std::nullopt;
  };
}

template <class T, class Write, class Read>
wire_sample sample(std::string name, record_kind kind, const T& x, Write write,
                   Read read) {
  return {std::move(name), kind, write(x), through(write, read)};
}

constexpr auto of_view = [](const auto& x) { return bytes_of(x); };
constexpr auto of_rows = [](const auto& x) { return encode(x); };
constexpr auto of_ledger = [](const auto& x) { return ledger::encode(x); };
constexpr auto of_shared = [](const auto& x) { return write(x); };
constexpr auto of_rights = [](const auto& x) {
  wire_writer out;
  write(out, x);
  return out.take();
};

hearing_row row_of(const life& who) {
  hearing_row x;
  x.who = who;
  x.number = 300;
  x.stay = 2;
  x.reactors = 8;
  x.draining = true;
  x.settled = true;
  x.age = 1'795'366'988'000'000'000;
  x.address = "192.0.2.1:6101";
  x.view_hash = 0xfedcba9876543210;
  x.hears = {who == berlin ? oslo : berlin, rome};
  x.suspects = {rome};
  return x;
}

void add_views(std::vector<wire_sample>& out) {
  heartbeat beat;
  beat.time = 1'795'366'989'000'000'000;
  beat.ppm = -40;
  beat.echo = 299;
  beat.held_ns = 1500;
  beat.row = row_of(berlin);
  beat.others = {{row_of(oslo), 2'000'000}};
  beat.struck = {{oslo, 3}};
  out.push_back(
      sample("heartbeat", heartbeat_kind, beat, of_view, read_heartbeat));
  roll all;
  all.known = {{berlin, "192.0.2.1:6101"}, {oslo, "[2001:db8::1]:6101"}};
  all.ended = {{rome, ending::replaced, 1'795'366'000'000, "oslo"}};
  out.push_back(sample("roll", roll_kind, all, of_view, read_roll));
  order what;
  what.number = 5;
  what.what = order_verb::send_away;
  what.count = 1000;
  what.within_ns = 60'000'000'000;
  out.push_back(sample("order", order_kind, what, of_view, read_order));
  order_answer said{5, false, "It drains already.", 12, "bytes"};
  out.push_back(sample("order answer", order_answer_kind, said, of_view,
                       read_order_answer));
  rights_told told;
  permit_standing limit;
  limit.app = "1";
  limit.limit = 100;
  limit.held = 40;
  limit.used = 39;
  limit.waiting = 2;
  limit.owner = oslo;
  limit.mine = true;
  limit.out = 90;
  limit.missing = {berlin};
  told.limits = {limit};
  episode_summary lost;
  lost.id = {berlin, "1", true};
  lost.opened = 1'795'366'988'000'000'000;
  lost.lost = 100;
  lost.identified = 50;
  lost.attributed = 40;
  lost.open = true;
  lost.half_ns = 1'000'000'000;
  told.failovers = {lost};
  out.push_back(sample("rights told", 0, told, of_view, read_rights_told));
}

void add_rows(std::vector<wire_sample>& out) {
  constexpr tick at{1'795'366'988};
  rows_told rows{berlin, at, {{berlin, at}, {oslo, {}}}, {{2, "block"}}};
  out.push_back(sample("rows", rows_kind, rows, of_rows, decode_rows));
  out.push_back(sample("rows asked for", ask_rows_kind,
                       rows_asked{berlin, at, true}, of_rows, decode_ask));
  out.push_back(sample("standing", standing_kind,
                       standing_told{berlin, at, "block"}, of_rows,
                       decode_standing));
  held_life one;
  one.life = {berlin, at};
  one.covered.add({at, at + 9});
  one.covered.add({at + 20, at + 29});
  one.end = life_end{end_kind::forgotten, at + 29};
  one.closing = end_kind::dead;
  held_life bare;
  bare.life.who = oslo;
  out.push_back(sample("held", held_kind, held_told{true, {one, bare}}, of_rows,
                       decode_held));
}

ledger::digest digest_of(unsigned char first) {
  ledger::digest x{};
  for (auto& each : x)
    each = first++;
  return x;
}

void add_chains(std::vector<wire_sample>& out) {
  constexpr tick at{1'795'366'988};
  ledger::chains_told chains{{{berlin, at, 12, digest_of(1), 11, at + 700}}};
  out.push_back(sample("chains", ledger::chains_kind, chains, of_ledger,
                       ledger::decode_chains));
  out.push_back(sample("entries asked for", ledger::ask_entries_kind,
                       ledger::entries_asked{berlin, 3}, of_ledger,
                       ledger::decode_entries_ask));
  ledger::told_entry entry;
  entry.kind = ledger::entry_kind::dead;
  entry.at = meter::minute{29'922'783};
  entry.known = 0x0fffffff;
  entry.note = "note";
  entry.tail = true;
  entry.link = digest_of(33);
  entry.records = {{"1", "record"}, {"shop", ""}};
  ledger::entries_told entries{berlin, at, 3, digest_of(65), {entry}};
  out.push_back(sample("entries", ledger::entries_kind, entries, of_ledger,
                       ledger::decode_entries));
}

void add_rights(std::vector<wire_sample>& out) {
  const session in{0xfedcba9876543210, 3, 4};
  permit_hello hello{in, 5, 6, true, false, true, {berlin, oslo}, {rome}};
  out.push_back(sample("permit hello", permit_hello_kind, hello, of_rights,
                       read_permit_hello));
  permit_holdings holdings{in, {{"1", 300, 299, 40, 39, 2}}};
  out.push_back(sample("permit holdings", permit_holdings_kind, holdings,
                       of_rights, read_permit_holdings));
  permit_grants grants{
      in, {{"1", 301, 300, 50, 4, true, true, permit_verdict::doubtful}}};
  out.push_back(sample("permit grants", permit_grants_kind, grants, of_rights,
                       read_permit_grants));
  cells_record cells;
  cells.author = berlin;
  cells.turn = 2;
  cells.after = 10;
  cells.through = 13;
  cells.apps = {"1"};
  cells.episodes = {{oslo, "1", true}};
  cells.items = {{cell_kind::user, 0, 0xfedcba9876543210, {2, 0}, 11},
                 {cell_kind::lost, 0, 0, {100, 1'795'366'988}, 12},
                 {cell_kind::in_time, 0, 40, {7, 0}, 13}};
  out.push_back(sample("cells", cells_kind, cells, of_rights, read_cells));
  cells_taken taken{{{berlin, 2, 13}, {oslo, 1, 0}}};
  out.push_back(sample("cells taken", cells_taken_kind, taken, of_rights,
                       read_cells_taken));
}

void add_shared(std::vector<wire_sample>& out) {
  shared_digest digest;
  digest.parts[0] = 1;
  digest.parts[63] = 0xfedcba9876543210;
  out.push_back(sample("shared digest", shared_digest_kind, digest, of_shared,
                       read_shared_digest));
  shared_held held{3, "a", "z", true, {{"app/1", 300, 0xfedcba9876543210}}};
  out.push_back(sample("shared held", shared_held_kind, held, of_shared,
                       read_shared_held));
  shared_row row;
  row.id = "app/1";
  row.stamp = {300, berlin};
  row.value = R"({"id":"1"})";
  row.known = {{299, oslo}};
  row.floor = 200;
  shared_row gone = row;
  gone.id = "app/2";
  gone.gone = true;
  gone.value = {};
  out.push_back(sample("shared rows", shared_told_kind,
                       shared_told{9, {row, gone}}, of_shared,
                       read_shared_told));
  auto taken = [](std::uint64_t x) { return write_shared_taken(x); };
  out.push_back(sample("shared taken", shared_taken_kind, std::uint64_t{300},
                       taken, read_shared_taken));
  // These are read into a comparison, which does not tell them again.
  file_comparison mine;
  mine.mine_are({{{file_thing::app, "1"}, 0xfedcba9876543210},
                 {{file_thing::tier, "small"}, 1}});
  auto compared = [](std::string_view bytes) -> std::optional<std::string> {
    file_comparison other;
    if (!other.receive(berlin, bytes)
        || other.apps_elsewhere()
               != std::map<std::string, std::string>{{"1", berlin.node}})
      return std::nullopt;
    return std::string{bytes};
  };
  out.push_back(
      {"file notes", file_notes_kind, mine.records().front(), compared});
}

void add_caps(std::vector<wire_sample>& out) {
  constexpr tick at{1'795'366'988};
  meter::cap_row row;
  row.whose = {meter::cap_subject::scope::account, "shop",
               meter::cap_kind::broadcasts};
  row.what = {at,
              meter::cap_level::near,
              meter::cap_level::grace,
              meter::cap_cause::rose,
              101,
              100,
              at + 3600};
  caps_told told;
  told.asks = true;
  told.standing = true;
  told.founded = at;
  told.newest_row = at + 5;
  told.memory.at = at + 9;
  told.memory.caps = {{row, at + 7}};
  told.memory.unsure = {row.whose};
  told.memory.broadcasts = {{"1", 300}};
  told.rows = {row};
  told.untold = {row};
  out.push_back(
      sample("caps told", caps_told_kind, told, of_rows, decode_caps_told));
  out.push_back(sample("caps said", caps_said_kind,
                       caps_said{at, at + 9, 3, 4, 5, at + 5}, of_rows,
                       decode_caps_said));
}

void add_batch(std::vector<wire_sample>& out) {
  link_queue queue{1024};
  queue.put(heartbeat_kind, 1, {}, "latest wins");
  queue.put(channel_kinds.first, 0, "\1\2", std::string(200, 'x'));
  auto taken = [](std::string_view bytes) -> std::optional<std::string> {
    link_queue other{1024};
    auto came = other.take(bytes);
    if (!came)
      return std::nullopt;
    link_queue fresh{1024};
    for_each_record(came->records, [&](record_kind kind, std::string_view x) {
      fresh.put(kind, 0, {}, x);
    });
    return fresh.next();
  };
  out.push_back({"batch", 0, *queue.next(), taken});
}

} // namespace

std::vector<wire_sample> control_samples() {
  std::vector<wire_sample> out;
  add_batch(out);
  add_views(out);
  add_rows(out);
  add_chains(out);
  add_rights(out);
  add_shared(out);
  add_caps(out);
  return out;
}

} // namespace tidewire::testing
