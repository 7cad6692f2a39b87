#include "actors/state/cluster/shared_records.hpp"

#include "actors/state/cluster/stable_hash.hpp"

namespace tidewire::cluster {

namespace {

constexpr std::uint64_t shared_format = 1;

void put_stamp(wire_writer& out, const row_stamp& x) {
  out.number(x.version);
  write(out, x.writer);
}

row_stamp read_stamp(wire_reader& in) {
  row_stamp result;
  result.version = in.number();
  result.writer = read_life(in);
  return result;
}

void put_known(wire_writer& out, const shared_row& x) {
  out.number(x.floor);
  out.number(x.known.size());
  for (auto& each : x.known)
    put_stamp(out, each);
}

void read_known(wire_reader& in, shared_row& into) {
  into.floor = in.number();
  for (auto n = in.count(3); n > 0 && !in.failed(); --n)
    into.known.push_back(read_stamp(in));
  if (into.known.size() > shared_row::max_known)
    in.fail();
}

void put_row(wire_writer& out, const shared_row& x) {
  out.text(x.id);
  put_stamp(out, x.stamp);
  out.flag(x.gone);
  out.text(x.value);
  put_known(out, x);
}

std::string read_id(wire_reader& in) {
  auto id = in.text();
  if (id.empty() || id.size() > max_row_id)
    in.fail();
  return std::string{id};
}

shared_row read_row(wire_reader& in) {
  shared_row result;
  result.id = read_id(in);
  result.stamp = read_stamp(in);
  result.gone = in.flag();
  result.value = in.text();
  read_known(in, result);
  if (result.stamp.version == 0 || result.value.size() > max_row_value
      || (result.gone && !result.value.empty()))
    in.fail();
  return result;
}

template <class T>
std::optional<T> whole(const wire_reader& in, T what) {
  return in.done() ? std::optional{std::move(what)} : std::nullopt;
}

} // namespace

std::size_t part_of(std::string_view id) noexcept {
  return stable_hash(id) % row_parts;
}

std::string write(const shared_digest& x) {
  wire_writer out;
  out.number(shared_format);
  for (auto each : x.parts)
    out.number(each);
  return out.take();
}

std::optional<shared_digest> read_shared_digest(std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != shared_format)
    return std::nullopt;
  shared_digest result;
  for (auto& each : result.parts)
    each = in.number();
  return whole(in, result);
}

std::string write(const shared_held& x) {
  wire_writer out;
  out.number(shared_format);
  out.number(x.part);
  out.text(x.after);
  out.text(x.until);
  out.flag(x.last);
  out.number(x.rows.size());
  for (auto& each : x.rows) {
    out.text(each.id);
    out.number(each.version);
    out.number(each.hash);
  }
  return out.take();
}

std::optional<shared_held> read_shared_held(std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != shared_format)
    return std::nullopt;
  shared_held result;
  result.part = static_cast<std::uint8_t>(in.number(row_parts - 1));
  result.after = in.text();
  result.until = in.text();
  result.last = in.flag();
  for (auto n = in.count(4); n > 0 && !in.failed(); --n) {
    shared_held::entry one;
    one.id = read_id(in);
    one.version = in.number();
    one.hash = in.number();
    if (!result.rows.empty() && one.id <= result.rows.back().id)
      in.fail();
    result.rows.push_back(std::move(one));
  }
  return whole(in, std::move(result));
}

std::string write(const shared_told& x) {
  wire_writer out;
  out.number(shared_format);
  out.number(x.number);
  out.number(x.rows.size());
  for (auto& each : x.rows)
    put_row(out, each);
  return out.take();
}

std::optional<shared_told> read_shared_told(std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != shared_format)
    return std::nullopt;
  shared_told result;
  result.number = in.number();
  for (auto n = in.count(9); n > 0 && !in.failed(); --n)
    result.rows.push_back(read_row(in));
  return whole(in, std::move(result));
}

std::string write_known(const shared_row& x) {
  wire_writer out;
  put_known(out, x);
  return out.take();
}

bool read_known(std::string_view bytes, shared_row& into) {
  wire_reader in{bytes};
  shared_row result;
  read_known(in, result);
  if (!in.done())
    return false;
  into.known = std::move(result.known);
  into.floor = result.floor;
  return true;
}

std::string write_shared_taken(std::uint64_t number) {
  wire_writer out;
  out.number(shared_format);
  out.number(number);
  return out.take();
}

std::optional<std::uint64_t> read_shared_taken(std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != shared_format)
    return std::nullopt;
  return whole(in, in.number());
}

} // namespace tidewire::cluster
