#include "actors/state/cluster/shared_rows.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

namespace {

// A statement of what is held is cut when it has as much.
constexpr std::size_t held_bytes = std::size_t{256} * 1024;

} // namespace

// -- rows ---------------------------------------------------------------------

const shared_row* shared_rows::find(std::string_view id) const {
  auto at = rows_.find(id);
  return at == rows_.end() ? nullptr : &at->second;
}

void shared_rows::set(shared_row what) {
  auto part = part_of(what.id);
  auto& sum = digest_.parts[part];
  auto [at, is_new] = rows_.try_emplace(what.id);
  if (is_new)
    parts_[part].insert(what.id);
  else
    sum -= at->second.hash();
  sum += what.hash();
  at->second = std::move(what);
}

void shared_rows::restore(shared_row what) {
  if (auto* have = find(what.id); !have || outranks(what, *have))
    set(std::move(what));
}

shared_row shared_rows::next(const std::string& id,
                             std::optional<std::string> value) const {
  auto result = next_form(find(id), id, me_);
  result.gone = !value;
  if (value)
    result.value = std::move(*value);
  return result;
}

void shared_rows::put(shared_row what, std::int64_t now, shared_effects& out) {
  for (auto& [who, p] : peers_)
    p.owed.insert(what.id);
  set(std::move(what));
  for (auto& [who, p] : peers_)
    tell_rows(who, p, now, out);
}

// Whichever of two forms is dropped, it is said where both are seen.
bool shared_rows::take(shared_row what, shared_effects& out) {
  auto* have = find(what.id);
  if (have && !outranks(what, *have)) {
    if (clash(what, *have))
      out.clashes.push_back({*have, std::move(what)});
    return false;
  }
  if (have && clash(what, *have))
    out.clashes.push_back({what, *have});
  out.changed.push_back(what.id);
  set(std::move(what));
  return true;
}

// -- lines --------------------------------------------------------------------

void shared_rows::linked(const life& who, std::int64_t now,
                         shared_effects& out) {
  unlinked(who, now, out);
  tell_digest(who, peers_[who], now, out);
}

void shared_rows::unlinked(const life& who, std::int64_t now,
                           shared_effects& out) {
  peers_.erase(who);
  if (asking_ == who) {
    asking_.reset();
    ask(now, out);
  }
}

std::vector<life> shared_rows::missing(const std::string& id) const {
  std::vector<life> result;
  for (auto& [who, p] : peers_)
    if (p.owed.contains(id) || p.under_way.contains(id))
      result.push_back(who);
  return result;
}

std::vector<life> shared_rows::peers() const {
  std::vector<life> result;
  for (auto& [who, p] : peers_)
    result.push_back(who);
  return result;
}

// -- what comes ---------------------------------------------------------------

bool shared_rows::receive(const life& from, record_kind kind,
                          std::string_view bytes, std::int64_t now,
                          shared_effects& out) {
  auto at = peers_.find(from);
  if (at == peers_.end())
    return true; // of a line that has ended
  auto& p = at->second;
  switch (kind) {
  case shared_digest_kind:
    if (auto digest = read_shared_digest(bytes)) {
      p.digest = *digest;
      if (asking_ == from)
        asking_.reset();
      ask(now, out);
      return true;
    }
    return false;
  case shared_held_kind:
    if (auto held = read_shared_held(bytes)) {
      p.asked_us = p.asked_us || held->last;
      compare(from, *held);
      tell_rows(from, p, now, out);
      return true;
    }
    return false;
  case shared_told_kind:
    if (auto told = read_shared_told(bytes)) {
      for (auto& each : told->rows) {
        auto id = each.id;
        auto hash = each.hash();
        if (take(std::move(each), out))
          news_at_ns_ = news_at_ns_.value_or(now + news_pause_ns);
        // What is the same there need not be told there.
        if (find(id)->hash() == hash)
          p.owed.erase(id);
        else
          p.owed.insert(id);
      }
      out.answer = {from, told->number};
      if (asking_ == from)
        asking_until_ns_ = now + patience_ns;
      tell_rows(from, p, now, out);
      return true;
    }
    return false;
  case shared_taken_kind:
    if (auto number = read_shared_taken(bytes)) {
      if (*number == p.number) {
        p.number = 0;
        p.under_way.clear();
        tell_rows(from, p, now, out);
      }
      return true;
    }
    return false;
  default:
    return true; // of a newer version
  }
}

// -- asking, being asked ------------------------------------------------------

// Whose digest differs, and who was not asked when both had just the same.
void shared_rows::ask(std::int64_t now, shared_effects& out) {
  if (asking_)
    return;
  for (auto& [who, p] : peers_) {
    if (!p.digest || *p.digest == digest_ || *p.digest == shared_digest{})
      continue;
    std::pair both{digest_, *p.digest};
    if (p.asked == both && now < p.asked_ns + digest_pause_ns)
      continue;
    p.asked = std::move(both);
    p.asked_ns = now;
    asking_ = who;
    asking_until_ns_ = now + patience_ns;
    tell_held(who, *p.digest, out);
    return;
  }
}

void shared_rows::tell_held(const life& to, const shared_digest& theirs,
                            shared_effects& out) const {
  std::vector<std::size_t> differing;
  for (std::size_t part = 0; part < row_parts; ++part)
    if (digest_.parts[part] != theirs.parts[part])
      differing.push_back(part);
  for (auto part : differing) {
    shared_held held;
    held.part = static_cast<std::uint8_t>(part);
    std::size_t bytes = 0;
    for (auto& id : parts_[part]) {
      if (bytes >= held_bytes) {
        held.until = held.rows.back().id;
        out.send.push_back({to, shared_held_kind, write(held)});
        held.after = std::exchange(held.until, {});
        held.rows.clear();
        bytes = 0;
      }
      auto& row = rows_.find(id)->second;
      held.rows.push_back({id, row.stamp.version, row.hash()});
      bytes += id.size() + 20;
    }
    held.last = part == differing.back();
    out.send.push_back({to, shared_held_kind, write(held)});
  }
}

// Of forms of the same version either may be the one that holds: both are told,
// so that it is said on both sides which of them is dropped.
void shared_rows::compare(const life& with, const shared_held& theirs) {
  auto& owed = peers_.at(with).owed;
  auto& ids = parts_[theirs.part];
  auto end = theirs.until.empty() ? ids.end() : ids.upper_bound(theirs.until);
  auto there = theirs.rows.begin();
  for (auto id = ids.upper_bound(theirs.after); id != end; ++id) {
    while (there != theirs.rows.end() && there->id < *id)
      ++there;
    auto& mine = rows_.find(*id)->second;
    auto lacks = there == theirs.rows.end() || there->id != *id;
    if (lacks || there->version < mine.stamp.version
        || (there->version == mine.stamp.version && there->hash != mine.hash()))
      owed.insert(*id);
  }
}

// -- what goes ----------------------------------------------------------------

void shared_rows::tell_digest(const life& to, peer& p, std::int64_t now,
                              shared_effects& out) {
  p.digest_at_ns = now + digest_pause_ns;
  out.send.push_back({to, shared_digest_kind, write(digest_)});
}

void shared_rows::tell_rows(const life& to, peer& p, std::int64_t now,
                            shared_effects& out) {
  if (p.number != 0)
    return;
  if (p.owed.empty()) {
    if (std::exchange(p.asked_us, false))
      tell_digest(to, p, now, out);
    return;
  }
  shared_told told;
  std::size_t bytes = 0;
  while (!p.owed.empty() && bytes < portion_bytes) {
    auto node = p.owed.extract(p.owed.begin());
    auto& row = rows_.find(node.value())->second;
    bytes += row.value.size() + row.id.size() + 64 * (1 + row.known.size());
    told.rows.push_back(row);
    p.under_way.insert(std::move(node));
  }
  told.number = p.number = ++last_number_;
  p.sent_ns = now;
  out.send.push_back({to, shared_told_kind, write(told)});
}

// Whoever has not answered for so long gets on by the digests.
void shared_rows::tick(std::int64_t now, shared_effects& out) {
  auto news = news_at_ns_ && *news_at_ns_ <= now;
  if (news)
    news_at_ns_.reset();
  for (auto& [who, p] : peers_) {
    if (p.number != 0 && now >= p.sent_ns + patience_ns) {
      p.number = 0;
      p.under_way.clear();
      p.owed.clear();
      tell_digest(who, p, now, out);
    } else if (news || p.digest_at_ns <= now) {
      tell_digest(who, p, now, out);
    }
  }
  if (asking_ && asking_until_ns_ <= now)
    asking_.reset();
  ask(now, out);
}

} // namespace tidewire::cluster
