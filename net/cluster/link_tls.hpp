// Mutual TLS between nodes.
#pragma once

#include <memory>
#include <string>
#include <variant>

struct ssl_ctx_st;

namespace tidewire::net::cluster {

/// PEM files: this node's certificate and its chain, its key, and the
/// authorities that sign the certificates of the cluster's nodes.
struct link_tls_files {
  std::string certificate;
  std::string key;
  std::string ca;
};

/// TLS 1.3 only; each side has to show a certificate that `ca` has signed and
/// that is valid today. The names in it are not looked at: whoever the
/// authority signs is a node, so it must sign nothing else. Does not change, so
/// any thread may use it; a connection refers to it for its whole life.
class link_tls {
public:
  using ptr = std::shared_ptr<const link_tls>;

  /// Reads and checks the files, which blocks. The error is a sentence that
  /// names the setting and what to do.
  static std::variant<ptr, std::string> load(const link_tls_files& files);

  /// A sentence if this node's certificate is not valid now.
  std::string out_of_date() const;

  ~link_tls();
  link_tls(const link_tls&) = delete;
  link_tls& operator=(const link_tls&) = delete;

  ssl_ctx_st* native() const noexcept { return context_; }

private:
  explicit link_tls(ssl_ctx_st* adopted) noexcept : context_(adopted) {}

  ssl_ctx_st* context_;
};

} // namespace tidewire::net::cluster
