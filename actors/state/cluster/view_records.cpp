#include "actors/state/cluster/view_records.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidewire::cluster {

namespace {

// Each life is at least a name of a letter and an incarnation.
constexpr std::size_t least_life = 3;
constexpr std::uint64_t max_stay = 0x7fffffff;
// Times and lengths of time stay far from where adding to them overflows.
constexpr std::int64_t max_ns = std::numeric_limits<std::int64_t>::max() / 4;

void put_lives(wire_writer& out, const std::vector<life>& x) {
  out.number(x.size());
  for (const auto& one : x)
    write(out, one);
}

std::size_t count_of(wire_reader& in, std::size_t least, std::size_t most) {
  auto result = in.count(least);
  if (result > most)
    in.fail();
  return in.failed() ? 0 : result;
}

std::int64_t read_time(wire_reader& in) {
  auto result = in.difference();
  if (result > max_ns || result < -max_ns)
    in.fail();
  return in.failed() ? 0 : result;
}

std::int64_t length_of(wire_reader& in) {
  return static_cast<std::int64_t>(in.number(std::uint64_t{max_ns}));
}

std::string_view text_of(wire_reader& in) {
  auto result = in.text();
  if (result.size() > max_name)
    in.fail();
  return result;
}

life read_known_life(wire_reader& in) {
  life result{std::string(text_of(in)), in.number()};
  if (result.node.empty())
    in.fail();
  return result;
}

std::vector<life> lives_of(wire_reader& in) {
  std::vector<life> result;
  auto n = count_of(in, least_life, max_lives);
  result.reserve(n);
  for (; n > 0 && !in.failed(); --n) {
    auto one = read_known_life(in);
    if (!result.empty() && !(result.back() < one))
      in.fail();
    result.push_back(std::move(one));
  }
  return result;
}

void put_row(wire_writer& out, const hearing_row& x) {
  write(out, x.who);
  out.number(x.number);
  out.number(x.stay);
  out.number(x.reactors);
  out.flag(x.draining);
  out.flag(x.settled);
  out.difference(x.age);
  out.text(x.address);
  out.number(x.view_hash);
  put_lives(out, x.hears);
  put_lives(out, x.suspects);
}

hearing_row row_of(wire_reader& in) {
  hearing_row x;
  x.who = read_known_life(in);
  x.number = in.number();
  x.stay = static_cast<std::uint32_t>(in.number(max_stay));
  x.reactors = static_cast<std::uint16_t>(in.number(256));
  x.draining = in.flag();
  x.settled = in.flag();
  x.age = read_time(in);
  x.address = text_of(in);
  x.view_hash = in.number();
  x.hears = lives_of(in);
  x.suspects = lives_of(in);
  if (x.stay == 0 || x.reactors == 0 || x.hears_life(x.who)
      || !std::includes(x.hears.begin(), x.hears.end(), x.suspects.begin(),
                        x.suspects.end()))
    in.fail();
  return x;
}

template <class T>
std::optional<T> whole(wire_reader& in, T& x) {
  if (!in.done())
    return std::nullopt;
  return std::move(x);
}

} // namespace

std::string bytes_of(const heartbeat& x) {
  std::string room;
  room.reserve(64 + 32 * (x.row.hears.size() + x.others.size()));
  wire_writer out{std::move(room)};
  out.difference(x.time);
  out.difference(x.ppm);
  out.number(x.echo);
  out.number(static_cast<std::uint64_t>(x.held_ns));
  put_row(out, x.row);
  out.number(x.others.size());
  for (const auto& one : x.others) {
    put_row(out, one.row);
    out.number(static_cast<std::uint64_t>(one.old_ns));
  }
  out.number(x.struck.size());
  for (const auto& one : x.struck) {
    write(out, one.who);
    out.number(one.stay);
  }
  return out.take();
}

std::optional<heartbeat> read_heartbeat(std::string_view bytes) {
  wire_reader in(bytes);
  heartbeat x;
  x.time = read_time(in);
  x.ppm = read_time(in);
  x.echo = in.number();
  x.held_ns = length_of(in);
  x.row = row_of(in);
  auto n = count_of(in, least_life + 10, max_lives);
  for (; n > 0 && !in.failed(); --n) {
    heartbeat::passed_on one;
    one.row = row_of(in);
    one.old_ns = length_of(in);
    x.others.push_back(std::move(one));
  }
  n = count_of(in, least_life + 1, max_lives);
  for (; n > 0 && !in.failed(); --n) {
    heartbeat::strike one;
    one.who = read_known_life(in);
    one.stay = static_cast<std::uint32_t>(in.number(max_stay - 1));
    x.struck.push_back(std::move(one));
  }
  return whole(in, x);
}

std::string bytes_of(const roll& x) {
  wire_writer out;
  out.number(x.known.size());
  for (const auto& one : x.known) {
    write(out, one.who);
    out.text(one.address);
  }
  out.number(x.ended.size());
  for (const auto& one : x.ended) {
    write(out, one.who);
    out.number(static_cast<std::uint64_t>(one.how));
    out.difference(one.at);
    out.text(one.by);
  }
  return out.take();
}

std::optional<roll> read_roll(std::string_view bytes) {
  wire_reader in(bytes);
  roll x;
  auto n = count_of(in, least_life + 1, max_lives);
  for (; n > 0 && !in.failed(); --n) {
    roll::card one;
    one.who = read_known_life(in);
    one.address = text_of(in);
    x.known.push_back(std::move(one));
  }
  n = count_of(in, least_life + 3, ended_book::most);
  for (; n > 0 && !in.failed(); --n) {
    ended_life one;
    one.who = read_known_life(in);
    auto how = in.number(max_ending);
    if (how == 0)
      in.fail();
    one.how = static_cast<ending>(how);
    one.at = read_time(in);
    one.by = text_of(in);
    x.ended.push_back(std::move(one));
  }
  return whole(in, x);
}

} // namespace tidewire::cluster
