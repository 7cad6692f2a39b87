#include "tests/actors/state/cluster/frozen/samples.hpp"

#include "actors/state/cluster/announced.hpp"
#include "actors/state/cluster/channel_codec.hpp"
#include "actors/state/cluster/unsent.hpp"
#include "tests/actors/state/cluster/channels/any_batch.hpp"

namespace tidewire::testing {

using namespace cluster;

namespace {

constexpr edge_id edge{sender, 4};
const channel_key room{1, "presence-room"};
const socket_id socket{123, 456};
const std::vector<member> people{{"ann", R"({"name":"Ann"})"}, {"bob", ""}};

frame_ptr event() {
  return frame::make(std::string{"\x81\x05"}, "hello", 999'999'993'000);
}

channel_batch every_record() {
  const ticket back{sender, 77};
  channel_batch all;
  all.view = 0xfedcba9876543210;
  all.edges.push_back(
      {2,
       300,
       {deliver_event{room, event(), socket},
        joined_channel{room, socket, 9, {event()}},
        refused_join{room, socket, "LimitReached", "It is full.", 4004, 9},
        changed_members{room, true, people, {"carl"}}, user_seen{room, true},
        end_sessions{room}, restate_channel{room, 5}, state_everything{}}});
  all.directories.push_back(
      {3,
       {join_channel{edge, room, {socket, people[0], true, 9}},
        left_channel{edge, room, socket, 9}, counted_channel{edge, room, 300},
        edge_stake{edge, room, {true, true}},
        restate_edge{edge,
                     room,
                     2,
                     {{socket, people[0], true, 9}, {socket, {}, false, 10}},
                     {false, true},
                     true,
                     5},
        publish_event{room, event(), socket, back, true}, end_user{room, back},
        describe_channel{room, back}, list_channels{1, "presence-", back},
        count_connections{1, back}, edge_up{edge, {}}, records_taken{edge, 300},
        ticket_answer{
            77,
            false,
            {{"news", {true, 3, {"ann"}, cached_facts{"data", 60}, true}}},
            12,
            true},
        edge_stated{edge, 0xfedcba9876543210},
        event_handed_over{room, event(), 60'000'000'000},
        event_copied{room, event(), 60'000'000'000}}});
  return all;
}

std::optional<std::string> batch_again(std::string_view bytes) {
  auto x = read_channel_batch(bytes, reader_of());
  return x ? std::optional{written(*x)} : std::nullopt;
}

std::optional<std::string> facts_again(std::string_view bytes) {
  auto x = read_announced(bytes);
  return x ? std::optional{write(x->facts, x->number).at(0)} : std::nullopt;
}

std::optional<std::string> hooks_again(std::string_view bytes) {
  auto x = read_unsent(bytes);
  return x ? std::optional{write(*x).at(0)} : std::nullopt;
}

std::optional<std::string> keys_again(std::string_view bytes) {
  auto x = read_keys(bytes);
  if (!x)
    return std::nullopt;
  return x->empty() ? write_no_keys() : write_keys(*x).at(0);
}

std::optional<std::string> all_again(std::string_view bytes) {
  auto x = read_announced_all(bytes);
  return x ? std::optional{write_announced_all(*x)} : std::nullopt;
}

std::optional<std::string> taken_again(std::string_view bytes) {
  auto x = read_announced_taken(bytes);
  return x ? std::optional{write_announced_taken(*x)} : std::nullopt;
}

} // namespace

std::vector<wire_sample> channel_samples() {
  std::vector<announced_fact> facts{{"1", "presence-room", "ann", true, 3000},
                                    {"1", "news", "", false, {}}};
  std::vector<unsent_hook> hooks{
      {"1/news/occupied/7", "1", "http://192.0.2.9/hook", "news", true,
       R"({"name":"channel_occupied"})", 1'795'366'988'000}};
  // A piece is a cut batch, so the whole one stands for it.
  return {
      {"channel batch", channel_batch_kind, written(every_record()),
       batch_again},
      {"announced here", announced_here_kind, write(facts, 7).at(0),
       facts_again},
      {"announced copy", announced_copy_kind, write(facts).at(0), facts_again},
      {"announced all", announced_all_kind,
       write_announced_all(0xfedcba9876543210), all_again},
      {"announced taken", announced_taken_kind, write_announced_taken(7),
       taken_again},
      {"unsent copy", unsent_copy_kind, write(hooks).at(0), hooks_again},
      {"unsent done", unsent_done_kind, write_keys({"a", "b"}).at(0),
       keys_again},
      {"unsent asked for", unsent_ask_kind, write_keys({"a"}).at(0),
       keys_again},
      {"unsent known", unsent_known_kind, write_no_keys(), keys_again},
  };
}

} // namespace tidewire::testing
