#include "actors/state/cluster/orders.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

namespace {

// A quarter of an hour is more than anybody takes for a drain; a day is a slip.
constexpr std::uint64_t longest_order_ns =
    std::uint64_t{86'400} * 1'000'000'000;

void put(wire_writer& out, const std::optional<std::int64_t>& x) {
  out.flag(x.has_value());
  out.difference(x.value_or(0));
}

std::optional<std::int64_t> time_of(wire_reader& in) {
  auto there = in.flag();
  auto result = in.difference();
  return there ? std::optional{result} : std::nullopt;
}

std::uint32_t number32(wire_reader& in) {
  return static_cast<std::uint32_t>(in.number(UINT32_MAX));
}

void put(wire_writer& out, const permit_standing& x) {
  out.text(x.app);
  out.number(x.limit);
  out.number(x.held);
  out.number(x.used);
  out.number(x.waiting);
  out.flag(x.owner.has_value());
  write(out, x.owner.value_or(life{}));
  out.flag(x.mine);
  out.flag(x.out.has_value());
  out.number(x.out.value_or(0));
  out.number(x.missing.size());
  for (auto& who : x.missing)
    write(out, who);
}

permit_standing limit_of(wire_reader& in) {
  permit_standing x;
  x.app = std::string{in.text()};
  x.limit = number32(in);
  x.held = number32(in);
  x.used = number32(in);
  x.waiting = number32(in);
  auto owned = in.flag();
  if (auto who = read_life(in); owned)
    x.owner = std::move(who);
  x.mine = in.flag();
  auto known = in.flag();
  if (auto out = in.number(); known)
    x.out = out;
  for (auto n = in.count(2); n > 0 && !in.failed(); --n)
    x.missing.push_back(read_life(in));
  return x;
}

void put(wire_writer& out, const episode_summary& x) {
  write(out, x.id.gone);
  out.text(x.id.app);
  out.flag(x.id.drained);
  out.difference(x.opened);
  out.number(x.lost);
  out.number(x.identified);
  out.number(x.attributed);
  out.flag(x.open);
  put(out, x.half_ns);
  put(out, x.most_ns);
  put(out, x.nearly_all_ns);
}

episode_summary failover_of(wire_reader& in) {
  episode_summary x;
  x.id.gone = read_life(in);
  x.id.app = std::string{in.text()};
  x.id.drained = in.flag();
  x.opened = in.difference();
  x.lost = in.number();
  x.identified = in.number();
  x.attributed = in.number();
  x.open = in.flag();
  x.half_ns = time_of(in);
  x.most_ns = time_of(in);
  x.nearly_all_ns = time_of(in);
  return x;
}

} // namespace

std::string bytes_of(const order& x) {
  wire_writer out;
  out.number(x.number);
  out.number(static_cast<std::uint8_t>(x.what));
  out.number(x.count);
  out.difference(x.within_ns);
  return out.take();
}

std::optional<order> read_order(std::string_view bytes) {
  wire_reader in{bytes};
  order x;
  x.number = in.number();
  auto verb = in.number(last_order_verb);
  if (verb == 0)
    in.fail();
  x.what = static_cast<order_verb>(verb);
  x.count = in.number();
  x.within_ns = in.difference();
  if (x.within_ns < 0
      || static_cast<std::uint64_t>(x.within_ns) > longest_order_ns)
    in.fail();
  return in.done() ? std::optional{x} : std::nullopt;
}

std::string bytes_of(const order_answer& x) {
  wire_writer out;
  out.number(x.number);
  out.flag(x.done);
  out.text(x.sentence);
  out.number(x.count);
  out.text(x.bytes);
  return out.take();
}

std::optional<order_answer> read_order_answer(std::string_view bytes) {
  wire_reader in{bytes};
  order_answer x;
  x.number = in.number();
  x.done = in.flag();
  x.sentence = std::string{in.text()};
  x.count = in.number();
  x.bytes = std::string{in.text()};
  return in.done() ? std::optional{std::move(x)} : std::nullopt;
}

std::string bytes_of(const rights_told& x) {
  wire_writer out;
  auto limits = std::min(x.limits.size(), most_rights_told);
  out.number(limits);
  for (std::size_t i = 0; i < limits; ++i)
    put(out, x.limits[i]);
  // The youngest ones are those that people ask for.
  auto accounts = std::min(x.failovers.size(), most_rights_told);
  out.number(accounts);
  for (auto i = x.failovers.size() - accounts; i < x.failovers.size(); ++i)
    put(out, x.failovers[i]);
  return out.take();
}

std::optional<rights_told> read_rights_told(std::string_view bytes) {
  wire_reader in{bytes};
  rights_told x;
  for (auto n = in.count(10); n > 0 && !in.failed(); --n)
    x.limits.push_back(limit_of(in));
  for (auto n = in.count(12); n > 0 && !in.failed(); --n)
    x.failovers.push_back(failover_of(in));
  return in.done() ? std::optional{std::move(x)} : std::nullopt;
}

} // namespace tidewire::cluster
