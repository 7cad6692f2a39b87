#include "net/cluster/proof.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

namespace tidewire::net::cluster {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const noexcept {
    Free(what);
  }
};

void require(bool ok) {
  if (!ok)
    throw std::runtime_error("OpenSSL does not offer HMAC with SHA-256");
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A handshake makes a handful of them: fetching the algorithm each time is
// dearer than the sum itself, and still nothing.
class hmac {
public:
  explicit hmac(std::string_view key)
      : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)),
        ctx_(mac_ ? EVP_MAC_CTX_new(mac_.get()) : nullptr) {
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end()};
    require(ctx_
            && EVP_MAC_init(ctx_.get(), bytes_of(key), key.size(), params)
                   == 1);
  }

  void add(std::string_view text) {
    require(EVP_MAC_update(ctx_.get(), bytes_of(text), text.size()) == 1);
  }

  mac sum() {
    mac result;
    std::size_t size = 0;
    require(EVP_MAC_final(ctx_.get(), result.data(), &size, result.size())
            == 1);
    return result;
  }

private:
  std::unique_ptr<EVP_MAC, freed_by<EVP_MAC_free>> mac_;
  std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX_free>> ctx_;
};

} // namespace

proof_key::proof_key(std::string_view secret) {
  hmac draw{"tidewire cluster secret 1"};
  draw.add(secret);
  key_ = draw.sum();
}

mac proof_key::sign(std::string_view label,
                    std::initializer_list<std::string_view> parts) const {
  hmac out{view_of(key_)};
  auto add = [&out](std::string_view part) {
    std::array<char, 8> size;
    for (std::size_t i = 0; i < size.size(); ++i)
      size[i] = static_cast<char>(part.size() >> (8 * i));
    out.add({size.data(), size.size()});
    out.add(part);
  };
  add(label);
  for (auto part : parts)
    add(part);
  return out.sum();
}

bool proof_key::holds(std::string_view proof, std::string_view label,
                      std::initializer_list<std::string_view> parts) const {
  auto expected = sign(label, parts);
  return proof.size() == expected.size()
         && CRYPTO_memcmp(proof.data(), expected.data(), expected.size()) == 0;
}

mac fresh_nonce() {
  mac result;
  if (RAND_bytes(result.data(), static_cast<int>(result.size())) != 1)
    throw std::runtime_error("OpenSSL has no randomness to give");
  return result;
}

} // namespace tidewire::net::cluster
