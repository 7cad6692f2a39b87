// Certificates made on the spot, and clients to meet a server with.
#pragma once

#include "net/tls_context.hpp"
#include "net/tls_engine.hpp"

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>

namespace tidewire::testing {

/// What a certificate is to be; times in seconds from now.
struct wanted_certificate {
  std::string name = "localhost";
  long from = -3600;
  long until = 86'400;
};

/// A key and a certificate that it signed itself, both in PEM form.
struct made_certificate {
  std::string certificate;
  std::string key;
};

made_certificate make_certificate(const wanted_certificate& what = {});

/// A folder that goes when the test does.
class scratch_folder {
public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& content) const;
  std::string path(const std::string& name) const {
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

/// A context of a server with a certificate of its own.
net::tls_context::ptr server_context(const wanted_certificate& what = {});

struct free_context {
  void operator()(SSL_CTX* x) const noexcept { SSL_CTX_free(x); }
};
using client_context = std::unique_ptr<SSL_CTX, free_context>;

/// A client that believes everything and speaks these versions.
client_context make_client(int lowest = TLS1_2_VERSION,
                           int highest = TLS1_3_VERSION);

/// Carries what `from` has to say to `to`, in pieces of at most `most` bytes,
/// and returns what `to` makes of it.
std::string carry(net::tls_engine& from, net::tls_engine& to,
                  std::size_t most = 32'768);

/// Two ends of one connection.
struct tls_pair {
  explicit tls_pair(SSL_CTX* client_side, const net::tls_context& server_side)
      : client(client_side, net::tls_engine::role::client),
        server(server_side.native(), net::tls_engine::role::server) {}

  /// Until nobody has anything to say; whether both are content.
  bool shake_hands(std::size_t most = 32'768);

  net::tls_engine client;
  net::tls_engine server;
};

} // namespace tidewire::testing
