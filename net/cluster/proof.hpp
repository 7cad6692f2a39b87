// How a node proves that it knows the cluster's secret without saying it.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>

namespace tidewire::net::cluster {

/// What a proof is made of: 32 bytes of HMAC-SHA256.
using mac = std::array<unsigned char, 32>;

inline std::string_view view_of(const mac& x) noexcept {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

/// A key drawn from a secret of any length; an empty one is a key like any
/// other, which everybody knows. Does not change, so any thread may use it.
class proof_key {
public:
  explicit proof_key(std::string_view secret);

  /// Over `label` and all parts, each with its length in front, so that no two
  /// lists give the same bytes. Labels differ by who speaks and why, so that
  /// nothing can be sent back as an answer to itself.
  mac sign(std::string_view label,
           std::initializer_list<std::string_view> parts) const;

  /// Whether `proof` is that; takes as long wherever they differ.
  bool holds(std::string_view proof, std::string_view label,
             std::initializer_list<std::string_view> parts) const;

private:
  mac key_;
};

/// 32 bytes of the kernel's randomness, as OpenSSL gives it. Throws
/// std::runtime_error if there is none.
mac fresh_nonce();

} // namespace tidewire::net::cluster
