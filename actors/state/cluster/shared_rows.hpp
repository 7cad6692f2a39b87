// The rows that all nodes have to have, and how they come to have the same.
// Pure.
#pragma once

#include "actors/state/cluster/shared_records.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// What is to be done.
struct shared_effects {
  struct record {
    life to;
    record_kind kind;
    std::string bytes;
  };

  /// Two forms of which neither knew of the other.
  struct clash {
    shared_row kept;
    shared_row dropped;
  };

  std::vector<record> send;
  std::vector<std::string> changed; ///< ids of rows that are others now
  std::vector<clash> clashes;
  /// That was said by that life, with that number: to be answered with `taken`
  /// when all that has `changed` is in force.
  std::optional<std::pair<life, std::uint64_t>> answer;
};

/// One node's rows, by id. A change goes to all linked nodes at once; in small
/// portions, each after the one before was taken. Whoever is linked is told the
/// digest of all rows, and if it differs asks: it says which forms it has, and
/// is told newer ones. A node asks one other at a time, so that a newcomer is
/// not told everything by everybody. Digests are told again after changes that
/// came from others, and now and then, so that what was lost on the way, or has
/// to go over a third node, arrives as well. Belongs to the REGISTRY.
class shared_rows {
public:
  static constexpr std::int64_t news_pause_ns = 300'000'000;
  static constexpr std::int64_t digest_pause_ns = 10'000'000'000;
  static constexpr std::int64_t patience_ns = 5'000'000'000;
  static constexpr std::size_t portion_bytes = std::size_t{128} * 1024;

  /// From now on this is who writes here.
  void i_am(life me) { me_ = std::move(me); }

  /// What an earlier life knew.
  void restore(shared_row what);

  const shared_row* find(std::string_view id) const;
  const std::map<std::string, shared_row, std::less<>>& all() const noexcept {
    return rows_;
  }

  /// The next form of a row, if this node changes it to that; nothing: deletes
  /// it. To be `put` when it is safe.
  shared_row next(const std::string& id,
                  std::optional<std::string> value) const;
  void put(shared_row what, std::int64_t now, shared_effects& out);

  /// There is a line to that life, another than before; or none any more.
  void linked(const life& who, std::int64_t now, shared_effects& out);
  void unlinked(const life& who, std::int64_t now, shared_effects& out);

  /// False if it cannot be read. To be given kinds 128 to 131.
  bool receive(const life& from, record_kind kind, std::string_view bytes,
               std::int64_t now, shared_effects& out);

  /// Several times a second.
  void tick(std::int64_t now, shared_effects& out);

  /// Linked lives that have not said that they go by this node's form of it.
  std::vector<life> missing(const std::string& id) const;

  std::vector<life> peers() const;

  const shared_digest& digest() const noexcept { return digest_; }

private:
  struct peer {
    std::set<std::string> owed; // ids
    std::set<std::string> under_way;
    std::uint64_t number = 0; // of what is under way; 0: nothing
    std::int64_t sent_ns = 0;
    std::int64_t digest_at_ns = 0;
    bool asked_us = false; // and is to be told the digest when it has all
    std::optional<shared_digest> digest;
    // What both had when it was asked the last time, and when that was.
    std::optional<std::pair<shared_digest, shared_digest>> asked;
    std::int64_t asked_ns = 0;
  };

  void set(shared_row what);
  bool take(shared_row what, shared_effects& out);
  void compare(const life& with, const shared_held& theirs);
  void ask(std::int64_t now, shared_effects& out);
  void tell_held(const life& to, const shared_digest& theirs,
                 shared_effects& out) const;
  void tell_digest(const life& to, peer& p, std::int64_t now,
                   shared_effects& out);
  void tell_rows(const life& to, peer& p, std::int64_t now,
                 shared_effects& out);

  life me_;
  std::map<std::string, shared_row, std::less<>> rows_;
  std::array<std::set<std::string>, row_parts> parts_; // their ids
  shared_digest digest_;
  std::map<life, peer> peers_;
  std::optional<life> asking_; // one at a time
  std::int64_t asking_until_ns_ = 0;
  std::optional<std::int64_t> news_at_ns_; // all are told the digest
  std::uint64_t last_number_ = 0;
};

} // namespace tidewire::cluster
