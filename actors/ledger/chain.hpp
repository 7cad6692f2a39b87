// The hash chain of an author: what makes a changed row of the ledger show.
#pragma once

#include "actors/state/meter/tick.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace tidewire::ledger {

/// A SHA-256.
using digest = std::array<unsigned char, 32>;

/// 64 hexadecimal digits, for exports.
std::string to_hex(const digest& x);

/// Its bytes, as they are stored.
std::string_view bytes_of(const digest& x) noexcept;

/// Zeros if there are not as many bytes as there should be, so that it will not
/// agree with anything.
digest digest_of(std::string_view bytes) noexcept;

/// Hashes fields: numbers as eight bytes, texts with their length before them,
/// so that no two lists of fields are the same bytes. Throws std::runtime_error
/// if OpenSSL will not.
class hasher {
public:
  /// `purpose` keeps hashes of different things apart.
  explicit hasher(std::string_view purpose);

  hasher& add(std::int64_t number);
  hasher& add(std::uint64_t number);
  hasher& add(std::string_view text);
  hasher& add(const digest& x) { return add(bytes_of(x)); }
  digest finish();

private:
  struct drop {
    void operator()(evp_md_ctx_st* it) const noexcept;
  };
  void update(const void* bytes, std::size_t size);

  std::unique_ptr<evp_md_ctx_st, drop> it_;
};

/// What an entry of a chain is.
enum class entry_kind : std::uint8_t {
  minute = 0,     ///< the ticks of a minute
  correction = 1, ///< what holds instead of an earlier entry of that minute
  goodbye = 2,    ///< the author has ended: there is nothing to know any more
  dead = 3,       ///< the same, by proof of its death; its survivors wrote it
  forgotten = 4,  ///< the same, because an operator said so
  remark = 5      ///< what the author found out about others' rows: a sentence
};

/// Whether the author's part is nothing from there on.
constexpr bool is_end(entry_kind x) noexcept {
  return x >= entry_kind::goodbye && x <= entry_kind::forgotten;
}

/// One link of a chain, without its records.
struct entry {
  std::int64_t sequence = 0; ///< from 0, without gaps
  entry_kind kind = entry_kind::minute;
  meter::minute at;
  meter::tick_mask known = 0;
  std::string note; ///< of a correction: why
};

/// What stands before the first entry of an author.
digest genesis(const meter::author& who, meter::tick first);

/// The link of an entry: over the link before it, the author, the entry, and
/// each record's app and bytes, to be added in the order of the apps' ids.
class link_hasher {
public:
  link_hasher(const digest& before, const meter::author& who, const entry& x);

  void add(std::string_view app, std::string_view record);
  digest finish() { return hash_.finish(); }

private:
  hasher hash_;
};

/// The seal of an entry whose ticks are pruned: its link can not be made anew
/// and stands as an anchor, which this covers, beside the records that took the
/// place of its own. `before`: the seal of the entry before.
class seal_hasher {
public:
  seal_hasher(const digest& before, const meter::author& who, const entry& x,
              const digest& link);

  void add(std::string_view app, std::string_view record);
  digest finish() { return hash_.finish(); }

private:
  hasher hash_;
};

} // namespace tidewire::ledger
