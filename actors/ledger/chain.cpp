#include "actors/ledger/chain.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/evp.h>

namespace tidewire::ledger {

namespace {

void require(bool ok) {
  if (!ok)
    throw std::runtime_error("OpenSSL does not compute SHA-256");
}

// Without this the algorithm is looked up for each hash.
const EVP_MD* sha256() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> it{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  return it.get();
}

void add_entry(hasher& to, const meter::author& who, const entry& x) {
  to.add(who.node)
      .add(who.incarnation)
      .add(x.sequence)
      .add(static_cast<std::uint64_t>(x.kind))
      .add(x.at.number)
      .add(x.known)
      .add(x.note);
}

} // namespace

std::string to_hex(const digest& x) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (auto c : x) {
    out += digits[c >> 4u];
    out += digits[c & 15u];
  }
  return out;
}

std::string_view bytes_of(const digest& x) noexcept {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

digest digest_of(std::string_view bytes) noexcept {
  digest out{};
  if (bytes.size() == out.size())
    std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

void hasher::drop::operator()(evp_md_ctx_st* it) const noexcept {
  EVP_MD_CTX_free(it);
}

hasher::hasher(std::string_view purpose) : it_(EVP_MD_CTX_new()) {
  require(it_ && EVP_DigestInit_ex(it_.get(), sha256(), nullptr) == 1);
  add(purpose);
}

void hasher::update(const void* bytes, std::size_t size) {
  require(EVP_DigestUpdate(it_.get(), bytes, size) == 1);
}

hasher& hasher::add(std::uint64_t number) {
  std::array<unsigned char, 8> bytes{};
  for (auto& b : bytes) {
    b = static_cast<unsigned char>(number & 0xffu);
    number >>= 8u;
  }
  update(bytes.data(), bytes.size());
  return *this;
}

hasher& hasher::add(std::int64_t number) {
  return add(static_cast<std::uint64_t>(number));
}

hasher& hasher::add(std::string_view text) {
  add(std::uint64_t{text.size()});
  update(text.data(), text.size());
  return *this;
}

digest hasher::finish() {
  digest out{};
  require(EVP_DigestFinal_ex(it_.get(), out.data(), nullptr) == 1);
  return out;
}

digest genesis(const meter::author& who, meter::tick first) {
  return hasher{"tidewire ledger 1: author"}
      .add(who.node)
      .add(who.incarnation)
      .add(first.number)
      .finish();
}

link_hasher::link_hasher(const digest& before, const meter::author& who,
                         const entry& x)
    : hash_("tidewire ledger 1: entry") {
  hash_.add(before);
  add_entry(hash_, who, x);
}

void link_hasher::add(std::string_view app, std::string_view record) {
  hash_.add(app).add(record);
}

seal_hasher::seal_hasher(const digest& before, const meter::author& who,
                         const entry& x, const digest& link)
    : hash_("tidewire ledger 1: pruned entry") {
  hash_.add(before);
  add_entry(hash_, who, x);
  hash_.add(link);
}

void seal_hasher::add(std::string_view app, std::string_view record) {
  hash_.add(app).add(record);
}

} // namespace tidewire::ledger
