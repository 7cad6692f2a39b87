#include "actors/commands/answer.hpp"

namespace tidewire::commands {

namespace {

struct meaning {
  std::string_view name;
  int exit_code;
  unsigned http;
};

// In the order of `status`.
constexpr meaning meanings[] = {
    {"ok", 0, 200},          {"partial", 4, 200},    {"failed", 1, 409},
    {"not_found", 1, 404},   {"usage", 2, 400},      {"forbidden", 1, 403},
    {"unavailable", 1, 503}, {"unreachable", 3, 503}};

constexpr const meaning& of(status what) noexcept {
  return meanings[static_cast<std::size_t>(what)];
}

} // namespace

int exit_code(status what) noexcept {
  return of(what).exit_code;
}

unsigned http_status(status what) noexcept {
  return of(what).http;
}

std::string_view name_of(status what) noexcept {
  return of(what).name;
}

} // namespace tidewire::commands
