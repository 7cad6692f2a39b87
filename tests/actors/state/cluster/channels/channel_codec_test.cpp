#include "actors/state/cluster/channel_codec.hpp"

#include "tests/actors/state/cluster/channels/any_batch.hpp"
#include "tests/catch.hpp"

#include <set>

using namespace tidewire;
using namespace tidewire::cluster;
using namespace tidewire::testing;

namespace {

constexpr std::int64_t now = 1'000'000'000'000;

channel_batch read(std::string_view bytes, std::uint32_t session = 0) {
  auto result = read_channel_batch(bytes, reader_of(session));
  REQUIRE(result);
  return std::move(*result);
}

bool readable(std::string_view bytes) {
  return read_channel_batch(bytes, reader_of()).has_value();
}

template <class Record>
Record through(Record what, std::uint32_t session = 0) {
  channel_batch batch;
  if constexpr (std::is_constructible_v<edge_record, Record>) {
    batch.edges.push_back({1, 5, {std::move(what)}});
    return std::get<Record>(
        read(written(batch), session).edges.at(0).records.at(0));
  } else {
    batch.directories.push_back({1, {std::move(what)}});
    return std::get<Record>(
        read(written(batch), session).directories.at(0).records.at(0));
  }
}

channel_batch one_event(std::size_t bytes) {
  channel_batch result;
  deliver_event record{{0, "news"},
                       frame::make(std::string(bytes, 'x'), {}, now - 7'000),
                       {1, 2}};
  for (std::uint32_t to = 0; to < 3; ++to)
    result.edges.push_back({to, 1, {record, record}});
  return result;
}

} // namespace

TEST_CASE("whatever is written is read, kind by kind") {
  std::mt19937_64 random{1};
  for (int i = 0; i < 200; ++i) {
    for (unsigned kind = 0; kind < edge_kinds; ++kind) {
      channel_batch batch;
      batch.edges.push_back({3, 9, {any_edge_record(random, kind)}});
      auto bytes = written(batch);
      auto again = read(bytes);
      REQUIRE(again.edges.size() == 1);
      CHECK(again.edges[0].records[0].index()
            == batch.edges[0].records[0].index());
      CHECK(written(again) == bytes);
    }
    for (unsigned kind = 0; kind < directory_kinds; ++kind) {
      channel_batch batch;
      batch.directories.push_back({3, {any_directory_record(random, kind)}});
      auto bytes = written(batch);
      auto again = read(bytes);
      REQUIRE(again.directories.size() == 1);
      CHECK(again.directories[0].records[0].index()
            == batch.directories[0].records[0].index());
      CHECK(written(again) == bytes);
    }
  }
}

TEST_CASE("every kind of record but the one that never crosses has a form") {
  std::mt19937_64 random{2};
  std::set<std::size_t> edges;
  std::set<std::size_t> directories;
  for (unsigned kind = 0; kind < edge_kinds; ++kind)
    edges.insert(any_edge_record(random, kind).index());
  for (unsigned kind = 0; kind < directory_kinds; ++kind)
    directories.insert(any_directory_record(random, kind).index());
  CHECK(edges.size() == std::variant_size_v<edge_record>);
  CHECK(directories.size() == std::variant_size_v<directory_record> - 1);

  channel_batch batch;
  batch.directories.push_back({0, {edge_gone{5}, edge_stated{{sender, 1}, 4}}});
  auto again = read(written(batch));
  REQUIRE(again.directories.at(0).records.size() == 1);
  CHECK(std::holds_alternative<edge_stated>(again.directories[0].records[0]));
}

TEST_CASE("fields come back in their places") {
  auto join = through(join_channel{
      {sender, 3}, {1, "presence-x"}, {{8, 9}, member{"ann", "{}"}, true, 77}});
  CHECK(join.edge == edge_id{sender, 3});
  CHECK(join.channel == tidewire::channel_key{1, "presence-x"});
  CHECK(join.who.who == socket_id{8, 9});
  CHECK(join.who.user == member{"ann", "{}"});
  CHECK(join.who.attached);
  CHECK(join.who.wish == 77);

  auto told = through(restate_edge{{sender, 3},
                                   {2, "news"},
                                   12,
                                   {{{8, 9}, std::nullopt, false, 5}},
                                   {true, false},
                                   true,
                                   4});
  CHECK(told.subscriptions == 12);
  REQUIRE(told.subscribers.size() == 1);
  CHECK(told.subscribers[0].wish == 5);
  CHECK(told.stake == user_stake{true, false});
  CHECK(told.counted);
  CHECK(told.round == 4);

  auto members = through(changed_members{
      {0, "presence-x"}, true, {{"ann", "1"}, {"ben", ""}}, {"cem"}});
  CHECK(members.whole);
  CHECK(members.present == std::vector<member>{{"ann", "1"}, {"ben", ""}});
  CHECK(members.gone == std::vector<std::string>{"cem"});

  auto no = through(refused_join{{0, "x"}, {1, 2}, "Type", "Why.", 4100, 6});
  CHECK(no.type == "Type");
  CHECK(no.sentence == "Why.");
  CHECK(no.status == 4100);
  CHECK(no.wish == 6);

  ticket_answer answer{9, false, {}, 31, true};
  answer.channels.push_back(
      {"x", {true, 3, {"ann"}, cached_facts{"data", 60}, true}});
  answer = through(answer);
  CHECK(answer.number == 9);
  CHECK_FALSE(answer.complete);
  CHECK(answer.refused);
  CHECK(answer.connections == 31);
  REQUIRE(answer.channels.size() == 1);
  CHECK(answer.channels[0].facts.users == std::vector<std::string>{"ann"});
  CHECK(answer.channels[0].facts.cache == cached_facts{"data", 60});
  CHECK(answer.channels[0].facts.signed_in);
}

TEST_CASE("a request is its sender's, and so is an edge, of this link") {
  auto event = through(
      publish_event{{0, "x"}, frame::make("e", {}), {}, {0, 44}, true}, 3);
  CHECK(event.reply_to.at == sender);
  CHECK(event.reply_to.number == 44);
  CHECK(event.by_client);
  auto first = through(edge_up{{0, 2}, {}}, 1).edge;
  auto second = through(edge_up{{0, 2}, {}}, 2).edge;
  auto next = through(edge_up{{0, 3}, {}}, 2).edge;
  CHECK(first.at == sender);
  CHECK_FALSE(first == second);
  CHECK_FALSE(second == next);
  CHECK(first.stay < second.stay);
  CHECK(second.stay < next.stay);
  CHECK(through(records_taken{{0, 2}, 5}, 2).edge == second);
}

TEST_CASE("an event crosses once, however many reactors get it") {
  auto batch = one_event(10'000);
  auto bytes = written(batch);
  CHECK(bytes.size() < 10'200);
  auto again = read(bytes);
  REQUIRE(again.edges.size() == 3);
  std::set<const frame*> frames;
  for (auto& part : again.edges)
    for (auto& record : part.records) {
      auto& event = *std::get<deliver_event>(record).event;
      frames.insert(&event);
      CHECK(event.bytes() == std::string(10'000, 'x'));
      CHECK(event.accepted_ns() == now - 7'000);
    }
  CHECK(frames.size() == 1);
}

TEST_CASE("an app that is not known here gets an index that nobody has") {
  channel_batch batch;
  batch.edges.push_back(
      {0, 1, {end_sessions{{1, "x"}}, end_sessions{{0, "x"}}}});
  auto bytes = cluster::write(
      batch, [](app_index i) { return i == 1 ? "other" : "shop"; }, now);
  auto again = read(bytes);
  auto& records = again.edges.at(0).records;
  CHECK(std::get<end_sessions>(records.at(0)).channel.app == UINT32_MAX);
  CHECK(std::get<end_sessions>(records.at(1)).channel.app == 1);
}

TEST_CASE("a batch that was cut or is followed by something is none") {
  std::mt19937_64 random{3};
  for (int i = 0; i < 30; ++i) {
    auto bytes = written(any_batch(random));
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(readable(std::string_view{bytes}.substr(0, size)));
    CHECK(readable(bytes));
    CHECK_FALSE(readable(bytes + '\0'));
  }
}

TEST_CASE("what is damaged is read as something else or not at all") {
  std::mt19937_64 random{4};
  for (int i = 0; i < 3000; ++i) {
    auto bytes = written(any_batch(random));
    for (auto n = 1 + random() % 4; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (auto again = read_channel_batch(bytes, reader_of()))
      for (auto& part : again->edges)
        CHECK(part.to < 4);
  }
}

TEST_CASE("there is no reactor beyond the last one") {
  channel_batch batch;
  batch.edges.push_back({3, 1, {state_everything{}}});
  CHECK(readable(written(batch)));
  batch.edges[0].to = 4;
  CHECK_FALSE(readable(written(batch)));
}

TEST_CASE("a batch has at most 65,536 records") {
  channel_batch batch;
  batch.edges.push_back({0, 1, {}});
  batch.edges[0].records.assign(max_channel_records, state_everything{});
  CHECK(readable(written(batch)));
  batch.edges[0].records.push_back(state_everything{});
  CHECK_FALSE(readable(written(batch)));
}

TEST_CASE("counts and lengths beyond what is there allocate nothing") {
  wire_writer out;
  out.number(1);
  out.number(0);
  out.number(UINT64_MAX); // apps
  CHECK_FALSE(readable(out.bytes()));
  wire_writer frames;
  frames.number(1);
  frames.number(0);
  frames.number(0);
  frames.number(1);
  frames.number(0);
  frames.number(UINT64_MAX); // bytes of the first
  CHECK_FALSE(readable(frames.bytes()));
}

TEST_CASE("a form of another version is refused") {
  auto bytes = written(one_event(1));
  bytes[0] = 2;
  CHECK_FALSE(readable(bytes));
}

// -- pieces -------------------------------------------------------------------

TEST_CASE("a short batch is one piece, a long one several") {
  piece_writer small{"abc"};
  auto only = small.next();
  REQUIRE(only);
  CHECK(only->kind == channel_batch_kind);
  CHECK(only->bytes == "abc");
  CHECK_FALSE(small.next());

  std::string all(channel_piece_bytes * 2 + 1, '\0');
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<char>(i * 31);
  for (auto size : {channel_piece_bytes - 1, channel_piece_bytes,
                    channel_piece_bytes + 1, all.size()}) {
    piece_writer out{all.substr(0, size)};
    piece_reader in;
    std::optional<std::string> whole;
    std::size_t count = 0;
    while (auto piece = out.next()) {
      CHECK_FALSE(whole);
      CHECK(piece->bytes.size() <= channel_piece_bytes);
      whole = in.add(sender, 1, piece->kind, std::move(piece->bytes));
      ++count;
    }
    CHECK(count == (size + channel_piece_bytes - 1) / channel_piece_bytes);
    CHECK(whole == all.substr(0, size));
  }
}

TEST_CASE("pieces of several reactors are kept apart") {
  piece_reader in;
  CHECK_FALSE(in.add(256, 1, channel_piece_kind, "a"));
  CHECK_FALSE(in.add(257, 1, channel_piece_kind, "x"));
  CHECK(in.add(256, 1, channel_batch_kind, "b") == "ab");
  CHECK(in.add(257, 1, channel_batch_kind, "y") == "xy");
}

TEST_CASE("what a link did not bring to its end is forgotten with the next") {
  piece_reader in;
  CHECK_FALSE(in.add(256, 1, channel_piece_kind, "a"));
  CHECK(in.add(256, 2, channel_batch_kind, "b") == "b");
  CHECK_FALSE(in.add(256, 2, channel_piece_kind, "c"));
  in.forget(1);
  CHECK(in.add(256, 2, channel_batch_kind, "d") == "d");
}

TEST_CASE("a batch that is longer than 64 MiB is dropped, the next is not") {
  piece_reader in;
  std::string piece(std::size_t{1} << 20u, 'x');
  for (int i = 0; i < 63; ++i)
    CHECK_FALSE(in.add(256, 1, channel_piece_kind, piece));
  auto most = in.add(256, 1, channel_batch_kind, piece);
  REQUIRE(most);
  CHECK(most->size() == max_channel_batch);
  for (int i = 0; i < 64; ++i)
    CHECK_FALSE(in.add(256, 1, channel_piece_kind, piece));
  CHECK_FALSE(in.add(256, 1, channel_batch_kind, "x"));
  CHECK(in.add(256, 1, channel_batch_kind, "b") == "b");
}
