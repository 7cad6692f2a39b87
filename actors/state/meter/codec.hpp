// What goes wrong when bytes of the ledger are read.
#pragma once

#include <string_view>
#include <variant>

namespace tidewire::meter {

/// Why bytes are not what they should be. Decoders take any bytes: they answer
/// with one of these, allocate no more than a small multiple of the input, and
/// accept nothing that the encoder would not have written.
enum class codec_error {
  version,   ///< the first byte is of no known form
  truncated, ///< it ends too soon
  trailing,  ///< there is more than there should be
  value,     ///< a number is out of its range
  order      ///< apps or values are not in order, or twice
};

/// For sentences: "ends too soon".
std::string_view words_for(codec_error error) noexcept;

template <class T>
using decoded = std::variant<T, codec_error>;

} // namespace tidewire::meter
