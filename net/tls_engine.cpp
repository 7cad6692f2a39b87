#include "net/tls_engine.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace tidewire::net {

// How OpenSSL reads and writes: the engine that a BIO belongs to is its data.
struct tls_bytes {
  static tls_engine& owner(BIO* bio) {
    return *static_cast<tls_engine*>(BIO_get_data(bio));
  }

  static int read(BIO* bio, char* into, int size) {
    auto& in = owner(bio).in_;
    BIO_clear_retry_flags(bio);
    if (in.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    auto count = std::min(in.size(), static_cast<std::size_t>(size));
    std::memcpy(into, in.data(), count);
    in = in.subspan(count);
    return static_cast<int>(count);
  }

  static int write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    try {
      owner(bio).out.append(bytes, static_cast<std::size_t>(size));
    } catch (const std::bad_alloc&) {
      return -1; // the engine fails, and its connection ends
    }
    return size;
  }

  static long control(BIO*, int what, long, void*) {
    return what == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static BIO_METHOD* method() {
    static auto* const result = [] {
      auto* fresh =
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tidewire");
      BIO_meth_set_read(fresh, read);
      BIO_meth_set_write(fresh, write);
      BIO_meth_set_ctrl(fresh, control);
      return fresh;
    }();
    return result;
  }
};

tls_engine::tls_engine(ssl_ctx_st* context, role end) : ssl_(SSL_new(context)) {
  auto* bio = ssl_ ? BIO_new(tls_bytes::method()) : nullptr;
  if (!bio) {
    SSL_free(ssl_);
    throw std::bad_alloc{};
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  if (end == role::server)
    SSL_set_accept_state(ssl_);
  else
    SSL_set_connect_state(ssl_);
}

tls_engine::~tls_engine() {
  SSL_free(ssl_);
}

void tls_engine::greet() {
  ERR_clear_error();
  if (SSL_do_handshake(ssl_) != 1
      && SSL_get_error(ssl_, -1) != SSL_ERROR_WANT_READ)
    fail();
}

std::size_t tls_engine::take(std::span<const char> bytes,
                             std::span<char> plain) {
  if (state_ != state::open)
    return 0;
  ERR_clear_error();
  if (!modest(bytes)) {
    out += std::string_view{"\x15\x03\x03\x00\x02\x02\x32", 7};
    state_ = state::failed;
    problem_ = "the ClientHello is too large";
    return 0;
  }
  in_ = bytes;
  std::size_t got = 0;
  for (;;) {
    std::size_t count = 0;
    if (SSL_read_ex(ssl_, plain.data() + got, plain.size() - got, &count)
        == 1) {
      got += count;
      continue;
    }
    auto why = SSL_get_error(ssl_, 0);
    if (why == SSL_ERROR_ZERO_RETURN)
      state_ = state::closed;
    else if (why != SSL_ERROR_WANT_READ)
      fail();
    break;
  }
  in_ = {};
  return got;
}

// The head of the first record and of the message in it (RFC 8446 §5.1, §4),
// before OpenSSL believes what it says. No client cuts the message's head.
bool tls_engine::modest(std::span<const char> bytes) noexcept {
  constexpr unsigned char handshake = 0x16;
  if (seen_ == hello_.size() || SSL_is_server(ssl_) == 0)
    return true;
  auto count = std::min(bytes.size(), hello_.size() - seen_);
  std::memcpy(hello_.data() + seen_, bytes.data(), count);
  seen_ = static_cast<std::uint8_t>(seen_ + count);
  if (seen_ < hello_.size() || hello_[0] != handshake)
    return true;
  auto record = std::size_t{hello_[3]} << 8 | hello_[4];
  auto message =
      std::size_t{hello_[6]} << 16 | std::size_t{hello_[7]} << 8 | hello_[8];
  return record >= 4 && message <= max_hello;
}

bool tls_engine::put(std::string_view plain) {
  if (state_ == state::failed || said_goodbye_)
    return false;
  ERR_clear_error();
  std::size_t count = 0;
  // All or nothing: a BIO that never blocks leaves no partial writes.
  return plain.empty()
         || SSL_write_ex(ssl_, plain.data(), plain.size(), &count) == 1;
}

void tls_engine::close() {
  if (said_goodbye_ || state_ == state::failed || !established())
    return;
  ERR_clear_error();
  said_goodbye_ = true;
  SSL_shutdown(ssl_);
}

bool tls_engine::established() const noexcept {
  return SSL_is_init_finished(ssl_) == 1;
}

const char* tls_engine::version() const noexcept {
  return SSL_get_version(ssl_);
}

void tls_engine::fail() {
  state_ = state::failed;
  const auto* reason = ERR_reason_error_string(ERR_peek_error());
  problem_ = reason ? reason : "the peer broke off";
  ERR_clear_error();
}

} // namespace tidewire::net
