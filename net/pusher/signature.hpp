/// Digests and the strings that are signed (protocol.md §8). OpenSSL's EVP is
/// asked once per thread for its algorithms; callable from any thread.
/// Throws std::runtime_error only if OpenSSL lacks an algorithm.
#pragma once

#include "config/settings.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidewire::pusher {

using sha256_digest = std::array<unsigned char, 32>;

/// HMAC-SHA256 of `text` under `secret`, as 64 lower-case hex digits.
std::string hmac_sha256_hex(std::string_view secret, std::string_view text);

/// MD5 as 32 lower-case hex digits; only for `body_md5`.
std::string md5_hex(std::string_view text);

sha256_digest sha256(std::string_view text);

/// Base64 with padding, alphabet `+/`.
std::string base64(std::span<const unsigned char> bytes);

/// Compares without telling by its duration where texts differ. Texts of
/// different length are unequal at once; lengths are no secret.
bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

/// `socket_id:channel` or `socket_id:channel:channel_data`, where
/// `channel_data` holds the exact characters received.
std::string
channel_string_to_sign(std::string_view socket_id, std::string_view channel,
                       std::optional<std::string_view> channel_data = {});

/// `socket_id::user::user_data`.
std::string user_string_to_sign(std::string_view socket_id,
                                std::string_view user_data);

/// `METHOD\npath\nparams`, where `params` is already ordered and joined.
std::string http_string_to_sign(std::string_view method, std::string_view path,
                                std::string_view params);

/// The key pair with that key, or nullptr.
const config::key_pair* find_key(std::span<const config::key_pair> keys,
                                 std::string_view key) noexcept;

/// Checks the `auth` of a subscription, `key:hex`. Nothing when it is right;
/// otherwise the sentence for the client, in the words that people search for
/// (§5.4). `keys` are those of the app the socket is connected to.
std::optional<std::string>
verify_channel_auth(std::string_view auth,
                    std::span<const config::key_pair> keys,
                    std::string_view socket_id, std::string_view channel,
                    std::optional<std::string_view> channel_data = {});

/// The same for the `auth` of a sign-in.
std::optional<std::string>
verify_user_auth(std::string_view auth, std::span<const config::key_pair> keys,
                 std::string_view socket_id, std::string_view user_data);

} // namespace tidewire::pusher
