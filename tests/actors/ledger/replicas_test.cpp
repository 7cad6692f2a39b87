// The chain of an author is the same wherever it is kept.
#include "actors/ledger/schema.hpp"
#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

#include "actors/state/meter/journal.hpp"

#include <random>

using namespace tidewire;
using namespace tidewire::ledger;
using namespace tidewire::ledger::testing;
using namespace tidewire::meter;

namespace {

constexpr tick first = midnight + 31;

// A node's ledger in a cluster.
struct keeper {
  keeper(const temporary_folder& folder, const std::string& name,
         std::uint64_t incarnation, int portion = 500)
      : file(folder.file(name + ".db")), me{name, incarnation} {
    store_limits limits;
    limits.fold_portion = static_cast<std::size_t>(portion);
    to.emplace(file, me, limits, true);
  }

  void restart() {
    to.reset();
    to.emplace(file, author{me.node, ++me.incarnation}, store_limits{}, true);
  }

  // Rows of another one, as the GAUGE hands them over.
  void hear(const author& whose, const std::vector<tick_block>& blocks,
            tick from, tick last) {
    kept_rows what{whose, blocks.front().at, {}};
    auto before = blocks.front().at - 1;
    for (auto& b : blocks) {
      if (from <= b.at && b.at <= last)
        what.rows.push_back({b.at, before, encode(b)});
      before = b.at;
    }
    to->keep(std::move(what));
    // Its own tick commits them.
    to->write(tick_block{last, last == own_next, {}});
    own_next = last + 1;
  }

  std::optional<head> head_of(const author& whose) const {
    for (auto& x : reader{file}.heads())
      if (x.who == whose)
        return x;
    return std::nullopt;
  }

  std::string file;
  author me;
  std::optional<store> to;
  tick own_next = first;
};

// What one asks another for, until there is nothing more to ask. How many
// entries came.
int fetch(keeper& to, keeper& from, const author& whose, bool by_author,
          std::string* dispute = nullptr) {
  auto came = 0;
  for (auto& chain : from.to->chains()) {
    if (chain.whose != whose)
      continue;
    auto next = to.to->worth_asking(chain, by_author);
    for (auto rounds = 0; next && rounds < 100; ++rounds) {
      auto told = from.to->entries({whose, *next}, 20'000);
      if (!told)
        break;
      auto bytes = decode_entries(encode(*told));
      REQUIRE(bytes);
      auto taken = to.to->take(*bytes, by_author);
      REQUIRE(taken);
      if (dispute && !taken->dispute.empty())
        *dispute = taken->dispute;
      came += taken->changed ? static_cast<int>(told->entries.size()) : 0;
      auto now = to.to->worth_asking(chain, by_author);
      next = taken->ask_from  ? taken->ask_from
             : taken->changed ? now
                              : std::nullopt;
    }
  }
  return came;
}

struct spoken {
  spoken(std::uint32_t seed, tick last, int holes = 0) {
    speaker says{seed, 5};
    auto restated = true;
    for (auto t = first; t <= last; t = t + 1) {
      if (holes > 0 && t.number % holes == 7) {
        restated = true; // it could not state that one
        continue;
      }
      blocks.push_back(says.say(t, restated || day_of(t).first() == t));
      restated = false;
      stated[t] = says.open();
    }
  }

  std::vector<tick_block> blocks;
  truth stated;
};

} // namespace

TEST_CASE("a replica's chain is its author's, byte for byte, however its rows "
          "came") {
  auto holes = GENERATE(0, 13, 90);
  temporary_folder folder;
  spoken said{7, first + 400, holes};
  keeper a{folder, "a", 1, 2}, b{folder, "b", 2, 3}, c{folder, "c", 3};
  for (auto& x : said.blocks)
    a.to->write(x);
  auto last = said.blocks.back().at;
  for (auto t = first; t <= last; t = t + 1)
    b.hear(a.me, said.blocks, t, t);
  // In bursts, some of them twice, with restarts in between.
  std::mt19937 random{3};
  for (auto t = first; t <= last;) {
    auto to = std::min(last, t + static_cast<std::int64_t>(random() % 90));
    c.hear(a.me, said.blocks, t - static_cast<std::int64_t>(random() % 5), to);
    t = to + 1;
    if (random() % 3 == 0)
      c.restart();
  }
  c.hear(a.me, said.blocks, last, last);
  auto head = a.head_of(a.me);
  REQUIRE(head);
  CHECK(head->sequence > 3);
  for (auto* x : {&b, &c}) {
    CHECK(x->head_of(a.me) == head);
    CHECK(verified(x->file).empty());
  }
  // And when it says goodbye, so do they.
  CHECK(a.to->say_goodbye());
  for (auto* x : {&b, &c}) {
    x->to->end(a.me, entry_kind::goodbye);
    CHECK(x->head_of(a.me) == a.head_of(a.me));
  }
}

TEST_CASE("a row that is missing is not folded over: the entries are fetched") {
  temporary_folder folder;
  spoken said{11, first + 200};
  keeper a{folder, "a", 1}, b{folder, "b", 2};
  for (auto& x : said.blocks)
    a.to->write(x);
  b.hear(a.me, said.blocks, first, first + 40);
  b.hear(a.me, said.blocks, first + 45, first + 200); // four did not come
  REQUIRE(b.head_of(a.me));
  CHECK(b.head_of(a.me)->sequence == 0); // the minute before
  CHECK(fetch(b, a, a.me, true) > 0);
  CHECK(b.head_of(a.me) == a.head_of(a.me));
  // It goes on from there by itself.
  spoken more{11, first + 300};
  for (auto t = first + 201; t <= first + 300; t = t + 1)
    a.to->write(more.blocks[static_cast<std::size_t>(t - first)]);
  b.hear(a.me, more.blocks, first + 201, first + 300);
  CHECK(fetch(b, a, a.me, true) == 0);
  CHECK(b.head_of(a.me) == a.head_of(a.me));
  CHECK(difference(b.file, more.stated, first, first + 300, 5).empty());
}

TEST_CASE("a row that came late is folded in its place") {
  temporary_folder folder;
  spoken said{12, first + 100};
  keeper a{folder, "a", 1}, b{folder, "b", 2};
  for (auto& x : said.blocks)
    a.to->write(x);
  b.hear(a.me, said.blocks, first, first + 20);
  b.hear(a.me, said.blocks, first + 30, first + 100);
  b.hear(a.me, said.blocks, first + 21, first + 29);
  b.hear(a.me, said.blocks, first + 100, first + 100);
  b.to->end(a.me, entry_kind::dead);
  keeper c{folder, "c", 3};
  c.hear(a.me, said.blocks, first, first + 100);
  c.to->end(a.me, entry_kind::dead);
  CHECK(b.head_of(a.me));
  CHECK(b.head_of(a.me) == c.head_of(a.me));
}

TEST_CASE("survivors write the same end, and what it comes to") {
  temporary_folder folder;
  spoken said{13, first + 150};
  keeper b{folder, "b", 2}, c{folder, "c", 3};
  author a{"a", 1};
  for (auto* x : {&b, &c}) {
    x->hear(a, said.blocks, first, first + 150);
    x->to->end(a, entry_kind::dead);
    x->to->end(a, entry_kind::dead); // told twice
  }
  CHECK(b.head_of(a));
  CHECK(b.head_of(a) == c.head_of(a));
  for (auto& x : reader{b.file}.authors())
    if (x.who == a) {
      CHECK(x.ended);
      CHECK(x.last == first + 150);
    }
  CHECK(verified(b.file).empty());
}

TEST_CASE("a tail that knows more takes the place of one that knows less, and "
          "what gave way is written down") {
  temporary_folder folder;
  spoken said{17, first + 150};
  keeper b{folder, "b", 2}, c{folder, "c", 3};
  author a{"a", 1};
  b.hear(a, said.blocks, first, first + 140);
  b.to->end(a, entry_kind::dead);
  auto was = b.head_of(a);
  c.hear(a, said.blocks, first, first + 150); // it was lost, and held more
  c.to->end(a, entry_kind::dead);
  CHECK(fetch(c, b, a, false) == 0);
  CHECK(fetch(b, c, a, false) > 0);
  CHECK(b.head_of(a) == c.head_of(a));
  CHECK(b.head_of(a) != was);
  CHECK(verified(b.file).empty());
  auto db = open_to_read(b.file);
  auto rows = db->prepare("SELECT count(*) FROM replaced");
  CHECK(rows.step());
  CHECK(rows.number(0) == 2);
  CHECK(difference(b.file, said.stated, first, first + 150, 5).empty());
}

TEST_CASE("the author's own entries take the place of its survivors'") {
  temporary_folder folder;
  spoken said{19, first + 150};
  keeper a{folder, "a", 1}, b{folder, "b", 2};
  for (auto& x : said.blocks)
    a.to->write(x);
  b.hear(a.me, said.blocks, first, first + 120);
  b.to->end(a.me, entry_kind::forgotten);
  CHECK(fetch(b, a, a.me, true) > 0);
  // What it folded so far is there; the rest of its journal is not told so.
  CHECK(b.head_of(a.me) == a.head_of(a.me));
  CHECK(fetch(a, b, a.me, false) == 0);
}

TEST_CASE("a node that joins has the history of all, and states the same") {
  temporary_folder folder;
  spoken said{23, first + 900};
  keeper a{folder, "a", 1}, b{folder, "b", 2}, c{folder, "c", 3};
  for (auto& x : said.blocks)
    a.to->write(x);
  b.hear(a.me, said.blocks, first, first + 900);
  for (auto* x : {&a, &b})
    CHECK(x->to->say_goodbye());
  b.to->end(a.me, entry_kind::goodbye);
  fetch(a, b, b.me, true);
  for (auto& whose : {a.me, b.me})
    CHECK(fetch(c, whose == a.me ? b : a, whose, false) > 0);
  window over{first.number - 1, first.number + 899};
  auto statement_of = [&](keeper& x) {
    auto found = reader{x.file}.state(over, 60, {&all_apps, 1});
    return std::get<statement>(found);
  };
  auto its = statement_of(a);
  CHECK(its.known_seconds == 900);
  CHECK(its.partly_seconds == 0);
  CHECK(its == statement_of(b));
  CHECK(its == statement_of(c));
  CHECK(verified(c.file).empty());
}

TEST_CASE("a chain that ends within a minute speaks up to there") {
  temporary_folder folder;
  spoken said{3, first + 90};
  keeper a{folder, "a", 1}, b{folder, "b", 2};
  for (auto& x : said.blocks)
    a.to->write(x);
  CHECK(a.to->say_goodbye());
  auto told = a.to->entries({a.me, 0}, 1'000'000);
  REQUIRE(told);
  auto taken = b.to->take(*told, true);
  REQUIRE(taken);
  CHECK(taken->end == entry_kind::goodbye);
  CHECK(taken->end_at == said.blocks.back().at);
  CHECK(taken->last == taken->end_at);
}

TEST_CASE("an entry that was changed on the way is not taken") {
  temporary_folder folder;
  spoken said{29, first + 200};
  keeper a{folder, "a", 1}, b{folder, "b", 2};
  for (auto& x : said.blocks)
    a.to->write(x);
  auto told = a.to->entries({a.me, 0}, 100'000);
  REQUIRE(told);
  auto change = GENERATE(0, 1, 2, 3, 4);
  auto& x = told->entries.back();
  switch (change) {
  case 0:
    x.records.back().second.back() ^= 1;
    break;
  case 1:
    x.known ^= 1;
    break;
  case 2:
    x.at = x.at + 1;
    break;
  case 3:
    x.link[5] ^= 1;
    break;
  default:
    x.note = "?";
    break;
  }
  auto taken = b.to->take(*told, true);
  REQUIRE(taken);
  CHECK_FALSE(taken->changed);
  CHECK_FALSE(taken->dispute.empty());
  CHECK_FALSE(b.head_of(a.me));
}

TEST_CASE("records of chains take any bytes, and say no") {
  chains_told chains;
  chains.chains.push_back({{"a", 5}, first, 7, {}, 6, first + 40});
  entries_told told{{"a", 5}, first, 3, {}, {}};
  told.entries.push_back({entry_kind::minute,
                          minute_of(first),
                          5,
                          "why",
                          true,
                          {},
                          {{"1", "x"}, {"2", "yy"}}});
  for (auto& good :
       {encode(chains), encode(told), encode(entries_asked{{"a", 5}, 9})}) {
    auto any = [](std::string_view x) {
      return decode_chains(x) || decode_entries(x) || decode_entries_ask(x);
    };
    CHECK(any(good));
    for (std::size_t cut = 0; cut < good.size(); ++cut) {
      decode_chains(good.substr(0, cut));
      decode_entries(good.substr(0, cut));
    }
    std::mt19937 random{5};
    for (int i = 0; i < 20'000; ++i) {
      auto bad = good;
      for (auto n = 1 + random() % 4; n > 0; --n)
        bad[random() % bad.size()] = static_cast<char>(random());
      any(bad);
    }
  }
  CHECK(decode_chains(encode(chains))->chains == chains.chains);
  CHECK_FALSE(decode_entries(encode(told) + "x"));
}

TEST_CASE("who has not ended is known to a GAUGE that begins, with the rows "
          "that are in no minute yet") {
  temporary_folder folder;
  spoken said{31, first + 100};
  keeper b{folder, "b", 2};
  author lost{"a", 1}, over{"c", 3};
  b.hear(lost, said.blocks, first, first + 100);
  b.hear(over, said.blocks, first, first + 100);
  b.to->end(over, entry_kind::dead);
  auto all = b.to->unfinished(first + 50);
  REQUIRE(all.size() == 2);
  CHECK(all[0].whose == lost);
  CHECK(all[0].how == entry_kind::minute);
  CHECK(all[0].last == first + 100);
  CHECK(all[0].journal.back().at == first + 100);
  CHECK(all[1].how == entry_kind::dead);
  CHECK(b.to->unfinished(first + 101).size() == 1); // long ago
  b.restart();
  CHECK(b.to->unfinished(first + 101).size() == 2); // and its own one
}
