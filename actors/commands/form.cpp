#include "actors/commands/form.hpp"

#include "actors/commands/argument.hpp"
#include "actors/commands/render.hpp"

#include <algorithm>
#include <array>

namespace tidewire::commands {

namespace {

constexpr std::size_t narrowest_line = 40;
constexpr std::size_t widest_line = 1000;

// By exit code (design §8).
constexpr std::array<std::string_view, 5> exit_headers{
    "Tidewire-Exit: 0\r\nCache-Control: no-store\r\n",
    "Tidewire-Exit: 1\r\nCache-Control: no-store\r\n",
    "Tidewire-Exit: 2\r\nCache-Control: no-store\r\n",
    "Tidewire-Exit: 3\r\nCache-Control: no-store\r\n",
    "Tidewire-Exit: 4\r\nCache-Control: no-store\r\n"};

std::string_view parameter(std::string_view accept, std::string_view name) {
  auto at = accept.find(name);
  if (at == std::string_view::npos)
    return {};
  accept.remove_prefix(at + name.size());
  return accept.substr(0, accept.find_first_of(";, "));
}

} // namespace

form form_of(std::string_view accept, std::string_view prefer) {
  form out;
  if (accept.starts_with("text/plain"))
    out.is = form::kind::text;
  else if (accept.starts_with("text/csv"))
    out.is = form::kind::csv;
  if (auto width = count_of(parameter(accept, "width=")))
    out.width = std::clamp(static_cast<std::size_t>(*width), narrowest_line,
                           widest_line);
  out.table = parameter(accept, "table=");
  out.progress = prefer.find("progress") != std::string_view::npos;
  return out;
}

net::http_response response_of(const answer& what, const form& how) {
  net::http_response out;
  out.status = http_status(what.status);
  out.headers =
      exit_headers.at(static_cast<std::size_t>(exit_code(what.status)));
  // An error has no table.
  if (how.is == form::kind::csv && what.error.empty()) {
    out.content_type = "text/csv; charset=utf-8; header=present";
    out.body = render_csv(what, how.table);
  } else if (how.is == form::kind::json) {
    out.body = render_json(what);
  } else {
    out.content_type = "text/plain; charset=utf-8";
    out.body = render_text(what, how.width);
  }
  return out;
}

std::string progress_line(std::uint64_t done, std::uint64_t of,
                          std::string_view noun) {
  return "Tidewire-Progress: " + std::to_string(done) + '/' + std::to_string(of)
         + ' ' + std::string{noun};
}

} // namespace tidewire::commands
