#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>

namespace tidewire::net {

namespace {

// Forward secrecy and authenticated encryption; the quick ones first.
constexpr const char* ciphers_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* ciphers_of_1_3 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256";

template <class T, void (*Free)(T*)>
struct release {
  void operator()(T* x) const noexcept { Free(x); }
};

template <class T, void (*Free)(T*)>
using owned = std::unique_ptr<T, release<T, Free>>;

using bio_ptr = owned<BIO, BIO_free_all>;
using certificate_ptr = owned<X509, X509_free>;
using key_ptr = owned<EVP_PKEY, EVP_PKEY_free>;
using file_ptr =
    std::unique_ptr<std::FILE,
                    decltype([](std::FILE* file) { std::fclose(file); })>;

// What OpenSSL has to say, and nothing left for whoever comes next.
std::string last_reason() {
  const auto* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string result = reason ? reason : "unknown error";
  ERR_clear_error();
  return result;
}

std::string in_quotes(const std::string& file) {
  return '"' + file + '"';
}

struct file_error {
  std::string sentence;
};

std::variant<bio_ptr, file_error> open(const char* setting,
                                       const std::string& file) {
  constexpr std::size_t most = std::size_t{1024} * 1024;
  errno = 0;
  const file_ptr in{std::fopen(file.c_str(), "rb")};
  bio_ptr out{BIO_new(BIO_s_mem())};
  std::array<char, 4096> block;
  std::size_t size = 0;
  while (in && std::feof(in.get()) == 0 && std::ferror(in.get()) == 0
         && size <= most) {
    auto count = std::fread(block.data(), 1, block.size(), in.get());
    BIO_write(out.get(), block.data(), static_cast<int>(count));
    size += count;
  }
  if (!in || std::ferror(in.get()) != 0)
    return file_error{std::string{setting} + ' ' + in_quotes(file)
                      + " cannot be read: "
                      + std::generic_category().message(errno) + '.'};
  if (size > most)
    return file_error{std::string{setting} + ' ' + in_quotes(file)
                      + " is larger than 1 MiB; name a PEM file."};
  return out;
}

std::time_t seconds_of(const ASN1_TIME* when) {
  std::tm parts{};
  return ASN1_TIME_to_tm(when, &parts) == 1 ? timegm(&parts) : 0;
}

std::string date_of(std::time_t when) {
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 32> text;
  auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return {text.data(), size};
}

std::string subject_of(const X509* certificate) {
  const bio_ptr out{BIO_new(BIO_s_mem())};
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ);
  char* text = nullptr;
  auto size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size))
                  : "certificate without a subject";
}

// Of what the client offers it has to be http/1.1 (RFC 7301 §3.2). One that
// offers nothing does not care.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size,
                    void*) {
  constexpr std::string_view ours = "http/1.1";
  for (unsigned at = 0; at < offered_size; at += offered[at] + 1u)
    if (std::string_view{reinterpret_cast<const char*>(offered + at + 1),
                         offered[at]}
        == ours) {
      *chosen = offered + at + 1;
      *size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void configure(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, ciphers_of_1_2);
  SSL_CTX_set_ciphersuites(context, ciphers_of_1_3);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION
                                   | SSL_OP_CIPHER_SERVER_PREFERENCE
                                   | SSL_OP_PRIORITIZE_CHACHA);
  // 34 KiB of buffers exist only while a record is being read or written.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

// The chain behind the first certificate. Nothing is wrong if there is none.
std::optional<std::string> add_chain(SSL_CTX* context, BIO* in,
                                     const std::string& file) {
  while (auto* more = PEM_read_bio_X509(in, nullptr, nullptr, nullptr))
    if (SSL_CTX_add0_chain_cert(context, more) != 1) {
      X509_free(more);
      return "tls.certificate " + in_quotes(file)
             + " has a further certificate that OpenSSL does not take: "
             + last_reason() + '.';
    }
  auto reason = ERR_GET_REASON(ERR_peek_last_error());
  ERR_clear_error();
  if (reason != PEM_R_NO_START_LINE)
    return "tls.certificate " + in_quotes(file)
           + " is damaged after its first certificate; write the file anew.";
  return std::nullopt;
}

std::variant<key_ptr, file_error> read_key(BIO* in, const std::string& file) {
  bool asked = false;
  auto no_passphrase = [](char*, int, int, void* seen) {
    *static_cast<bool*>(seen) = true;
    return -1;
  };
  key_ptr key{PEM_read_bio_PrivateKey(in, nullptr, no_passphrase, &asked)};
  if (key)
    return key;
  ERR_clear_error();
  if (asked)
    return file_error{"tls.key " + in_quotes(file)
                      + " is protected by a passphrase; a server that starts "
                        "by itself needs a key without one."};
  return file_error{"tls.key " + in_quotes(file)
                    + " holds no private key in PEM form (\"-----BEGIN "
                      "PRIVATE KEY-----\")."};
}

} // namespace

std::variant<tls_context::ptr, std::string>
tls_context::load(const tls_files& files) {
  ERR_clear_error();
  auto opened = open("tls.certificate", files.certificate);
  if (auto* no = std::get_if<file_error>(&opened))
    return no->sentence;
  auto* in = std::get<bio_ptr>(opened).get();
  const certificate_ptr leaf{
      PEM_read_bio_X509_AUX(in, nullptr, nullptr, nullptr)};
  if (!leaf) {
    ERR_clear_error();
    return "tls.certificate " + in_quotes(files.certificate)
           + " holds no certificate in PEM form (\"-----BEGIN "
             "CERTIFICATE-----\").";
  }
  auto opened_key = open("tls.key", files.key);
  if (auto* no = std::get_if<file_error>(&opened_key))
    return no->sentence;
  auto read = read_key(std::get<bio_ptr>(opened_key).get(), files.key);
  if (auto* no = std::get_if<file_error>(&read))
    return no->sentence;
  auto* key = std::get<key_ptr>(read).get();

  std::shared_ptr<tls_context> result{
      new tls_context(SSL_CTX_new(TLS_server_method()))};
  auto* context = result->context_;
  if (!context)
    return "OpenSSL cannot be used: " + last_reason() + '.';
  configure(context);
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return "tls.certificate " + in_quotes(files.certificate)
           + " cannot be used: " + last_reason() + '.';
  if (X509_check_private_key(leaf.get(), key) != 1
      || SSL_CTX_use_PrivateKey(context, key) != 1) {
    ERR_clear_error();
    return "tls.key " + in_quotes(files.key)
           + " does not belong to the certificate in "
           + in_quotes(files.certificate) + "; replace both together.";
  }
  if (auto no = add_chain(context, in, files.certificate))
    return *no;
  result->file_ = files.certificate;
  result->not_before_ = seconds_of(X509_get0_notBefore(leaf.get()));
  result->not_after_ = seconds_of(X509_get0_notAfter(leaf.get()));
  result->summary_ =
      subject_of(leaf.get()) + ", valid until " + date_of(result->not_after_);
  return ptr{std::move(result)};
}

tls_context::~tls_context() {
  SSL_CTX_free(context_);
}

std::string tls_context::out_of_date(std::time_t now) const {
  if (now > not_after_)
    return "tls.certificate " + in_quotes(file_) + " expired on "
           + date_of(not_after_) + "; clients will refuse it.";
  if (now < not_before_)
    return "tls.certificate " + in_quotes(file_) + " is valid only from "
           + date_of(not_before_) + "; clients will refuse it.";
  return {};
}

} // namespace tidewire::net
