// TLS as a pure machine: encrypted bytes in and out, plain ones out and in. It
// knows no socket, no clock and no thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace tidewire::net {

/// One end of one TLS connection, on OpenSSL with a BIO of our own: OpenSSL
/// reads from the caller's buffer and writes into `out`, so that an idle
/// connection holds no buffer at all. Used by one thread at a time.
class tls_engine {
public:
  enum class role : std::uint8_t { server, client };

  enum class state : std::uint8_t {
    open,   ///< shaking hands, or past it
    closed, ///< the peer said close_notify: nothing more will come
    failed, ///< the peer broke TLS, or has nothing in common with us
  };

  /// What the plain bytes of one call may exceed the encrypted ones by: the
  /// part of a record that came earlier.
  static constexpr std::size_t max_record = std::size_t{16} * 1024;

  /// The longest first message that a server listens to. OpenSSL takes eight
  /// times as much, and the memory for it as soon as a length is claimed.
  static constexpr std::size_t max_hello = std::size_t{16} * 1024;

  /// Refers to `context` for its whole life. Throws std::bad_alloc.
  tls_engine(ssl_ctx_st* context, role end);
  ~tls_engine();
  tls_engine(const tls_engine&) = delete;
  tls_engine& operator=(const tls_engine&) = delete;

  /// A client's first words; without it they come with the first `take`.
  void greet();

  /// Takes encrypted bytes, all of them, and returns how many plain ones it
  /// wrote to `plain`, which has room for `max_record` more than were given.
  /// What is to be said (handshake, alerts) is appended to `out`. Bytes behind
  /// the end are ignored. Nothing that OpenSSL could still give out stays
  /// behind, so a caller that stops reading its socket stops everything.
  std::size_t take(std::span<const char> bytes, std::span<char> plain);

  /// Encrypts into records of at most 16 KiB, appended to `out`. False if the
  /// handshake is not over or the connection has failed.
  bool put(std::string_view plain);

  /// Appends close_notify, once, if the handshake is over.
  void close();

  state now() const noexcept { return state_; }

  /// The handshake is over.
  bool established() const noexcept;

  /// Why it failed, in OpenSSL's few words; a literal.
  const char* problem() const noexcept { return problem_; }

  /// `TLSv1.3`; for logs and tests.
  const char* version() const noexcept;

  ssl_st* native() const noexcept { return ssl_; }

  /// Encrypted bytes to be sent; the caller removes what it has sent.
  std::string out;

private:
  friend struct tls_bytes;

  bool modest(std::span<const char> bytes) noexcept;
  void fail();

  ssl_st* ssl_;
  std::span<const char> in_; // during `take`
  const char* problem_ = "";
  state state_ = state::open;
  bool said_goodbye_ = false;
  std::uint8_t seen_ = 0;              // bytes of `hello_`
  std::array<unsigned char, 9> hello_; // how a client begins
};

} // namespace tidewire::net
