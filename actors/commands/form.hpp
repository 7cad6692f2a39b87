// In which form an HTTP client wants an answer. Pure.
#pragma once

#include "actors/commands/answer.hpp"
#include "net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire::commands {

struct form {
  enum class kind : std::uint8_t { json, text, csv };

  kind is = kind::json;
  std::size_t width = 80; ///< of the text
  std::string table = {}; ///< which one CSV is of; empty: the first
  bool progress = false;  ///< interim answers are welcome
};

/// What `Accept: text/plain; width=120`, `Accept: text/csv; table=rows` and
/// `Prefer: progress` ask for. JSON if nothing is asked for.
form form_of(std::string_view accept, std::string_view prefer);

/// The answer with its status. How it went stands in the header
/// `Tidewire-Exit`, too, as the exit code of `tidewire ctl`.
net::http_response response_of(const answer& what, const form& how);

/// A header line for an interim answer: `Tidewire-Progress: 12/100 apps`.
std::string progress_line(std::uint64_t done, std::uint64_t of,
                          std::string_view noun);

} // namespace tidewire::commands
