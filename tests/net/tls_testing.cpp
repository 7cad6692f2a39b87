#include "tests/net/tls_testing.hpp"

#include "tests/catch.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <vector>

namespace tidewire::testing {

namespace {

std::string content_of(BIO* bio) {
  char* text = nullptr;
  auto size = BIO_get_mem_data(bio, &text);
  std::string result(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return result;
}

} // namespace

made_certificate make_certificate(const wanted_certificate& what) {
  static long serial = 0;
  auto* key = EVP_EC_gen("P-256");
  auto* x = X509_new();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), what.from);
  X509_gmtime_adj(X509_getm_notAfter(x), what.until);
  X509_set_pubkey(x, key);
  auto* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(what.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, name);
  X509_sign(x, key, EVP_sha256());
  auto* certificate_out = BIO_new(BIO_s_mem());
  auto* key_out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_out, x);
  PEM_write_bio_PrivateKey(key_out, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(x);
  EVP_PKEY_free(key);
  return {content_of(certificate_out), content_of(key_out)};
}

scratch_folder::scratch_folder()
    : path_(std::filesystem::temp_directory_path()
            / ("tidewire-tls-" + std::to_string(std::random_device{}()))) {
  std::filesystem::create_directory(path_);
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string scratch_folder::write(const std::string& name,
                                  const std::string& content) const {
  std::ofstream{path_ / name, std::ios::binary} << content;
  return path(name);
}

net::tls_context::ptr server_context(const wanted_certificate& what) {
  const scratch_folder folder;
  auto made = make_certificate(what);
  auto loaded =
      net::tls_context::load({folder.write("certificate", made.certificate),
                              folder.write("key", made.key)});
  if (auto* no = std::get_if<std::string>(&loaded))
    FAIL(*no);
  return std::get<net::tls_context::ptr>(loaded);
}

client_context make_client(int lowest, int highest) {
  client_context result{SSL_CTX_new(TLS_client_method())};
  SSL_CTX_set_verify(result.get(), SSL_VERIFY_NONE, nullptr);
  // The security level of Debian would not even say the old versions.
  SSL_CTX_set_cipher_list(result.get(), "DEFAULT@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(result.get(), lowest);
  SSL_CTX_set_max_proto_version(result.get(), highest);
  return result;
}

std::string carry(net::tls_engine& from, net::tls_engine& to,
                  std::size_t most) {
  std::string result;
  auto bytes = std::exchange(from.out, {});
  std::vector<char> plain(most + net::tls_engine::max_record);
  for (std::size_t at = 0; at < bytes.size(); at += most) {
    auto count = std::min(most, bytes.size() - at);
    auto got = to.take({bytes.data() + at, count}, plain);
    result.append(plain.data(), got);
  }
  return result;
}

bool tls_pair::shake_hands(std::size_t most) {
  client.greet();
  while (!client.out.empty() || !server.out.empty()) {
    carry(client, server, most);
    carry(server, client, most);
  }
  return client.established() && server.established();
}

} // namespace tidewire::testing
