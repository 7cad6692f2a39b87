// What the keepers of rights (permits, episodes) say to each other.
#pragma once

#include "actors/state/cluster/life.hpp"
#include "actors/state/cluster/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

inline constexpr record_kind permit_hello_kind = 96;
inline constexpr record_kind permit_holdings_kind = 97;
inline constexpr record_kind permit_grants_kind = 98;
inline constexpr record_kind cells_kind = 112;
inline constexpr record_kind cells_taken_kind = 113;

/// A record to be sent to one peer.
struct right_record {
  life to;
  record_kind kind;
  std::string bytes;
};

/// Two keepers that are in the same view, each as it is since it last saw a
/// view come: what was said in another session means nothing in this one. The
/// numbers are the two keepers' own and grow.
struct session {
  std::uint64_t view = 0;   ///< its hash
  std::uint64_t mine = 0;   ///< of the one who speaks
  std::uint64_t theirs = 0; ///< of the one who is spoken to; 0 = not known

  friend bool operator==(const session&, const session&) = default;
};

/// Who there is, as the speaker knows; see permit_roll.hpp.
struct permit_hello {
  session in;
  std::uint64_t number = 0; ///< grows with what the speaker knows
  std::uint64_t heard = 0;  ///< the number of the last one of the other
  bool asks = false;        ///< an answer is awaited
  bool informed = false;    ///< the speaker knows of all who may hold permits
  bool welcome = false;     ///< and so does, with this, who is spoken to
  std::vector<life> open;   ///< known, and not known to be gone
  std::vector<life> gone;   ///< proved dead or forgotten, the newest ones
};

/// What a node holds of an app's limit, whole.
struct permit_holding {
  std::string app;
  std::uint64_t number = 0;  ///< grows from one to the next
  std::uint64_t granted = 0; ///< the last grant that it has obeyed
  std::uint32_t held = 0;    ///< it will use no more until the next grant
  std::uint32_t used = 0;
  std::uint32_t waiting = 0; ///< handshakes that wait for a permit
};

struct permit_holdings {
  session in;
  std::vector<permit_holding> apps;
};

/// Whether there are more to be had.
enum class permit_verdict : std::uint8_t {
  none,     ///< it is not known yet, or there was enough
  full,     ///< all are in use
  doubtful, ///< nobody can say, because a node is lost
};

/// What a node may hold of an app's limit, from its owner.
struct permit_grant {
  std::string app;
  std::uint64_t number = 0;  ///< of the grant; grows
  std::uint64_t heard = 0;   ///< the number of the holding it answers
  std::uint32_t allowed = 0; ///< hold that many, or as many as are in use
  std::uint32_t low = 0;     ///< ask when fewer than that are idle
  bool pressed = false;      ///< others wait: give back at once what falls idle
  bool asks = false;         ///< it is not known whether it was obeyed
  permit_verdict verdict = permit_verdict::none; ///< for who waits
};

struct permit_grants {
  session in;
  std::vector<permit_grant> apps;
};

/// Bytes begin with this; a reader takes its own version and the one before.
inline constexpr std::uint8_t right_version = 1;

void write(wire_writer& out, const permit_hello& x);
void write(wire_writer& out, const permit_holdings& x);
void write(wire_writer& out, const permit_grants& x);

/// Nothing if the bytes are not whole, or of a version that is not known.
std::optional<permit_hello> read_permit_hello(std::string_view bytes);
std::optional<permit_holdings> read_permit_holdings(std::string_view bytes);
std::optional<permit_grants> read_permit_grants(std::string_view bytes);

template <class Record>
right_record make_record(const life& to, record_kind kind, const Record& x) {
  wire_writer out;
  write(out, x);
  return {to, kind, out.take()};
}

} // namespace tidewire::cluster
