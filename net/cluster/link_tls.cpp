#include "net/cluster/link_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509err.h>

namespace tidewire::net::cluster {

namespace {

// What OpenSSL has to say, and nothing left for whoever comes next.
std::string last_reason() {
  const auto* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string result = reason ? reason : "it cannot be read";
  ERR_clear_error();
  return result;
}

std::string wrong(const char* setting, const std::string& file) {
  return std::string{setting} + " \"" + file + "\" cannot be used: "
         + last_reason() + "; name a PEM file that this process may read";
}

} // namespace

std::variant<link_tls::ptr, std::string>
link_tls::load(const link_tls_files& files) {
  ERR_clear_error();
  std::shared_ptr<link_tls> result{new link_tls(SSL_CTX_new(TLS_method()))};
  auto* context = result->context_;
  if (!context)
    return "OpenSSL cannot be used: " + last_reason();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0); // links are never resumed
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str())
      != 1)
    return wrong("cluster.tls.certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM)
      != 1) {
    auto reason = ERR_GET_REASON(ERR_peek_last_error());
    if (reason != X509_R_KEY_VALUES_MISMATCH
        && reason != X509_R_KEY_TYPE_MISMATCH)
      return wrong("cluster.tls.key", files.key);
    ERR_clear_error();
    return "cluster.tls.key \"" + files.key
           + "\" does not belong to the certificate in \"" + files.certificate
           + "\"; replace both together";
  }
  if (SSL_CTX_load_verify_file(context, files.ca.c_str()) != 1)
    return wrong("cluster.tls.ca", files.ca);
  return ptr{std::move(result)};
}

std::string link_tls::out_of_date() const {
  auto* own = SSL_CTX_get0_certificate(context_);
  const char* what = nullptr;
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0)
    what = "has expired";
  else if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0)
    what = "is not valid yet";
  return what ? std::string{"the certificate in cluster.tls.certificate "}
                    + what + ": the other nodes will not accept it."
              : std::string{};
}

link_tls::~link_tls() {
  SSL_CTX_free(context_);
}

} // namespace tidewire::net::cluster
