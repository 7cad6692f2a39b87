#include "net/pusher/signature.hpp"

#include "net/pusher/text.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace tidewire::pusher {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const noexcept {
    Free(what);
  }
};

using mac_ptr = std::unique_ptr<EVP_MAC, freed_by<EVP_MAC_free>>;
using mac_ctx_ptr = std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX_free>>;
using md_ptr = std::unique_ptr<EVP_MD, freed_by<EVP_MD_free>>;
using md_ctx_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;

void require(bool ok) {
  if (!ok)
    throw std::runtime_error("OpenSSL does not offer HMAC, SHA-256 or MD5");
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Fetching an algorithm costs more than a digest of a short text, so each
// thread does it once.
class hmac_sha256 {
public:
  hmac_sha256() : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)) {
    require(mac_ != nullptr);
    ctx_.reset(EVP_MAC_CTX_new(mac_.get()));
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end()};
    require(ctx_ && EVP_MAC_CTX_set_params(ctx_.get(), params) == 1);
  }

  sha256_digest operator()(std::string_view secret, std::string_view text) {
    sha256_digest digest;
    std::size_t size = 0;
    // A null key would mean "the one before".
    auto key = secret.empty() ? std::string_view{""} : secret;
    require(EVP_MAC_init(ctx_.get(), bytes_of(key), key.size(), nullptr) == 1
            && EVP_MAC_update(ctx_.get(), bytes_of(text), text.size()) == 1
            && EVP_MAC_final(ctx_.get(), digest.data(), &size, digest.size())
                   == 1);
    return digest;
  }

private:
  mac_ptr mac_;
  mac_ctx_ptr ctx_;
};

template <std::size_t Size>
class digester {
public:
  explicit digester(const char* name)
      : md_(EVP_MD_fetch(nullptr, name, nullptr)), ctx_(EVP_MD_CTX_new()) {
    require(md_ && ctx_);
  }

  std::array<unsigned char, Size> operator()(std::string_view text) {
    std::array<unsigned char, Size> digest;
    require(EVP_DigestInit_ex2(ctx_.get(), md_.get(), nullptr) == 1
            && EVP_DigestUpdate(ctx_.get(), text.data(), text.size()) == 1
            && EVP_DigestFinal_ex(ctx_.get(), digest.data(), nullptr) == 1);
    return digest;
  }

private:
  md_ptr md_;
  md_ctx_ptr ctx_;
};

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  result.reserve(bytes.size() * 2);
  for (auto byte : bytes) {
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

// `what` is "subscription to X" or "sign-in".
std::optional<std::string> verify(std::string_view auth,
                                  std::span<const config::key_pair> keys,
                                  std::string_view what,
                                  std::string_view to_sign) {
  auto colon = auth.find(':');
  if (colon == std::string_view::npos)
    return "Auth value for " + std::string{what}
           + " is invalid: should be of format 'key:signature'";
  auto key = auth.substr(0, colon);
  auto signature = auth.substr(colon + 1);
  auto pair = find_key(keys, key);
  if (pair == nullptr)
    return "Invalid key in subscription auth data: '" + shortened(key) + '\'';
  if (!constant_time_equal(signature, hmac_sha256_hex(pair->secret, to_sign)))
    return "Invalid signature: Expected HMAC SHA256 hex digest of "
           + shortened(to_sign, 1000) + ", but got " + shortened(signature);
  return std::nullopt;
}

} // namespace

std::string hmac_sha256_hex(std::string_view secret, std::string_view text) {
  thread_local hmac_sha256 mac;
  return hex(mac(secret, text));
}

std::string md5_hex(std::string_view text) {
  thread_local digester<16> md5{"MD5"};
  return hex(md5(text));
}

sha256_digest sha256(std::string_view text) {
  thread_local digester<32> digest{"SHA256"};
  return digest(text);
}

std::string base64(std::span<const unsigned char> bytes) {
  std::string result((bytes.size() + 2) / 3 * 4, '\0');
  // EVP_EncodeBlock takes an int and ends with a NUL, where the string has one.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()), bytes.data(),
                  static_cast<int>(bytes.size()));
  return result;
}

bool constant_time_equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size()
         && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string
channel_string_to_sign(std::string_view socket_id, std::string_view channel,
                       std::optional<std::string_view> channel_data) {
  std::string result;
  result.reserve(socket_id.size() + channel.size() + 2
                 + (channel_data ? channel_data->size() : 0));
  result += socket_id;
  result += ':';
  result += channel;
  if (channel_data) {
    result += ':';
    result += *channel_data;
  }
  return result;
}

std::string user_string_to_sign(std::string_view socket_id,
                                std::string_view user_data) {
  std::string result{socket_id};
  result += "::user::";
  result += user_data;
  return result;
}

std::string http_string_to_sign(std::string_view method, std::string_view path,
                                std::string_view params) {
  std::string result;
  result.reserve(method.size() + path.size() + params.size() + 2);
  result += method;
  result += '\n';
  result += path;
  result += '\n';
  result += params;
  return result;
}

const config::key_pair* find_key(std::span<const config::key_pair> keys,
                                 std::string_view key) noexcept {
  for (const auto& pair : keys)
    if (pair.key == key)
      return &pair;
  return nullptr;
}

std::optional<std::string>
verify_channel_auth(std::string_view auth,
                    std::span<const config::key_pair> keys,
                    std::string_view socket_id, std::string_view channel,
                    std::optional<std::string_view> channel_data) {
  if (auth.empty())
    return "Auth info required to subscribe to " + shortened(channel);
  return verify(auth, keys, "subscription to " + shortened(channel),
                channel_string_to_sign(socket_id, channel, channel_data));
}

std::optional<std::string>
verify_user_auth(std::string_view auth, std::span<const config::key_pair> keys,
                 std::string_view socket_id, std::string_view user_data) {
  if (auth.empty())
    return "Auth info required to sign in";
  return verify(auth, keys, "sign-in",
                user_string_to_sign(socket_id, user_data));
}

} // namespace tidewire::pusher
