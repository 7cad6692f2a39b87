// A certificate with its key, and how TLS is spoken with them.
#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <variant>

struct ssl_ctx_st;

namespace tidewire::net {

/// Where a server's certificate and key lie, both in PEM form: the certificate
/// first, then those of the authorities between it and the root.
struct tls_files {
  std::string certificate;
  std::string key;
};

/// What all TLS sockets of one certificate share. TLS 1.2 and 1.3 with forward
/// secrecy and authenticated encryption only, ALPN `http/1.1`, any server
/// name; sessions are resumed by one stateless ticket, so that nothing is
/// kept for clients that have gone.
///
/// Does not change, so any thread may use it. A socket refers to it for its
/// whole life: another certificate concerns new sockets only.
class tls_context {
public:
  using ptr = std::shared_ptr<const tls_context>;

  /// Reads and checks the files, which blocks. The error is a sentence that
  /// names the file and what to do. Any thread. Does not look at the dates.
  static std::variant<ptr, std::string> load(const tls_files& files);

  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// Why a client would refuse the certificate for its dates at `now`, as a
  /// sentence; empty if it would not.
  std::string out_of_date(std::time_t now) const;

  /// `CN=example.com, valid until 2027-01-31`: for the log.
  const std::string& summary() const noexcept { return summary_; }

  /// OpenSSL's object.
  ssl_ctx_st* native() const noexcept { return context_; }

private:
  explicit tls_context(ssl_ctx_st* adopted) noexcept : context_(adopted) {}

  ssl_ctx_st* context_;
  std::time_t not_before_ = 0;
  std::time_t not_after_ = 0;
  std::string file_;
  std::string summary_;
};

} // namespace tidewire::net
