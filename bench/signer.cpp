#include "bench/signer.hpp"

#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace tidewire::bench {
namespace {

void write_hex(const unsigned char* bytes, std::size_t size, char* to) {
  for (std::size_t i = 0; i < size; ++i) {
    *to++ = "0123456789abcdef"[bytes[i] >> 4];
    *to++ = "0123456789abcdef"[bytes[i] & 15];
  }
}

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

struct signer::contexts {
  std::unique_ptr<EVP_MAC, freed_by<EVP_MAC_free>> mac{
      EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX_free>> hmac{
      EVP_MAC_CTX_new(mac.get())};
  std::unique_ptr<EVP_MD, freed_by<EVP_MD_free>> md5{
      EVP_MD_fetch(nullptr, "MD5", nullptr)};
  std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>> digest{
      EVP_MD_CTX_new()};
};

signer::signer(std::string_view secret)
    : contexts_(std::make_unique<contexts>()) {
  char name[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
      OSSL_PARAM_construct_end()};
  if (!contexts_->hmac || !contexts_->md5 || !contexts_->digest
      || EVP_MAC_init(contexts_->hmac.get(), as_bytes(secret), secret.size(),
                      params)
             != 1)
    throw std::runtime_error("OpenSSL has no HMAC-SHA256 or no MD5");
}

signer::signer(signer&&) noexcept = default;
signer::~signer() = default;

void signer::sign(std::string_view text, char* to) {
  unsigned char out[32];
  std::size_t size = 0;
  // Without a key, init starts over with the one it has.
  EVP_MAC_init(contexts_->hmac.get(), nullptr, 0, nullptr);
  EVP_MAC_update(contexts_->hmac.get(), as_bytes(text), text.size());
  EVP_MAC_final(contexts_->hmac.get(), out, &size, sizeof out);
  write_hex(out, sizeof out, to);
}

void signer::md5(std::string_view text, char* to) {
  unsigned char out[16];
  EVP_DigestInit_ex2(contexts_->digest.get(), contexts_->md5.get(), nullptr);
  EVP_DigestUpdate(contexts_->digest.get(), text.data(), text.size());
  EVP_DigestFinal_ex(contexts_->digest.get(), out, nullptr);
  write_hex(out, sizeof out, to);
}

} // namespace tidewire::bench
