#include "actors/usage/capacity.hpp"

#include <algorithm>
#include <charconv>

namespace tidewire::usage {

namespace {

using commands::answer;
using commands::cell;
using commands::facts;
using commands::listing;
using commands::unit;
using commands::whole;
using number = std::optional<std::uint64_t>;

cell known(const number& x) {
  return x ? whole(*x) : cell{};
}

number left_of(const number& used, const number& limit) {
  if (!used || !limit)
    return std::nullopt;
  return *limit > *used ? *limit - *used : 0;
}

struct resource {
  std::string name;
  unit is = unit::count;
  number used, limit, left, each;

  number more() const {
    if (!left || !each || *each == 0)
      return std::nullopt;
    return *left / *each;
  }
};

number sum(const number& a, const number& b) {
  return a && b ? number{*a + *b} : std::nullopt;
}

std::vector<resource> resources_of(const machine_state& at) {
  auto own = at.user_bytes();
  auto kernel = at.kernel_bytes();
  auto both = sum(own, kernel);
  number one{1};
  std::vector<resource> out{
      {"descriptors of the process", unit::count, at.descriptors,
       at.descriptor_limit, left_of(at.descriptors, at.descriptor_limit), one},
      {"files of the machine", unit::count, at.system_files,
       at.system_file_limit, left_of(at.system_files, at.system_file_limit),
       one},
      {"memory of the machine",
       unit::bytes,
       {},
       {},
       at.memory_available,
       both}};
  if (at.group_limit)
    out.push_back({"memory of the control group", unit::bytes, at.group_used,
                   at.group_limit, left_of(at.group_used, at.group_limit),
                   both});
  // Buffers: an idle connection has none, so this is what busy ones leave.
  number buffer;
  if (at.tcp_bytes && at.tcp_sockets && *at.tcp_sockets > 0)
    buffer = *at.tcp_bytes / *at.tcp_sockets;
  out.push_back({"buffers of TCP", unit::bytes, at.tcp_bytes,
                 at.tcp_bytes_limit, left_of(at.tcp_bytes, at.tcp_bytes_limit),
                 buffer});
  if (at.tracked_limit)
    out.push_back({"connections the firewall follows", unit::count, at.tracked,
                   at.tracked_limit, left_of(at.tracked, at.tracked_limit),
                   one});
  if (at.node_limit != 0)
    out.push_back({"limits.max_connections", unit::count, at.connections,
                   at.node_limit, left_of(at.connections, at.node_limit), one});
  return out;
}

} // namespace

number machine_state::kernel_bytes() const {
  if (!tcp_object || !file_object || !dentry_object || !epoll_object)
    return std::nullopt;
  return *tcp_object + *file_object + *dentry_object + *epoll_object
         + inode_object.value_or(0);
}

number machine_state::user_bytes() const {
  if (!own_bytes || !own_bytes_at_start || sockets < enough_to_measure)
    return std::nullopt;
  return *own_bytes > *own_bytes_at_start
             ? (*own_bytes - *own_bytes_at_start) / sockets
             : 0;
}

std::optional<std::uint64_t> number_at(std::string_view text,
                                       std::size_t place) {
  for (std::size_t at = 0;; ++at) {
    auto begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos)
      return std::nullopt;
    text.remove_prefix(begin);
    auto end = std::min(text.find_first_of(" \t\n"), text.size());
    if (at == place) {
      std::uint64_t x = 0;
      auto [stop, error] = std::from_chars(text.data(), text.data() + end, x);
      if (error != std::errc{} || stop != text.data() + end)
        return std::nullopt;
      return x;
    }
    text.remove_prefix(end);
  }
}

namespace {

// What follows a word at a line's begin; empty if there is no such line.
std::string_view line_of(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.starts_with(word))
      return line.substr(word.size());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

} // namespace

std::optional<std::uint64_t> kib_line(std::string_view text,
                                      std::string_view name) {
  auto x = number_at(line_of(text, std::string{name} + ':'), 0);
  return x ? std::optional{*x * 1024} : std::nullopt;
}

void read_sockstat(std::string_view text, std::uint64_t page_bytes,
                   machine_state& into) {
  auto line = line_of(text, "TCP:");
  into.tcp_sockets = number_at(line, 1);
  if (auto pages = number_at(line, 9))
    into.tcp_bytes = *pages * page_bytes;
}

// name <active_objs> <num_objs> <objsize>
void read_slabs(std::string_view text, machine_state& into) {
  auto size_of = [&](std::string_view name) {
    return number_at(line_of(text, std::string{name} + ' '), 2);
  };
  into.tcp_object = size_of("TCP");
  into.file_object = size_of("filp");
  into.dentry_object = size_of("dentry");
  into.inode_object = size_of("sock_inode_cache");
  into.epoll_object = size_of("eventpoll_epi");
}

answer capacity_answer(const machine_state& at) {
  answer out;
  auto own = at.user_bytes();
  auto kernel = at.kernel_bytes();
  out.sections.emplace_back(facts{
      "",
      {{"connections", unit::count, whole(at.connections)},
       {"sockets", unit::count, whole(at.sockets), "sockets of clients"}}});
  out.sections.emplace_back(facts{
      "each",
      {{"user_bytes", unit::bytes, known(own), "memory of the process"},
       {"kernel_bytes", unit::bytes, known(kernel), "memory of the kernel"},
       {"bytes", unit::bytes, known(sum(own, kernel)), "together"},
       {"descriptors", unit::count, whole(1)}},
      "A connection costs"});
  auto all = resources_of(at);
  const resource* first = nullptr;
  listing list{"resources",
               {{"resource"},
                {"used", unit::count},
                {"limit", unit::count},
                {"left", unit::count},
                {"each", unit::count},
                {"more", unit::count, "more fit"}},
               {},
               "What is left"};
  for (auto& x : all) {
    auto more = x.more();
    list.rows.push_back({x.name, known(x.used), known(x.limit), known(x.left),
                         known(x.each), known(more)});
    if (more && (!first || *more < *first->more()))
      first = &x;
  }
  out.sections.emplace_back(
      facts{"room",
            {{"more", unit::count, first ? known(first->more()) : cell{},
              "more connections fit"},
             {"bound_by", unit::text, first ? cell{first->name} : cell{},
              "bound by"}},
            "Room"});
  out.sections.emplace_back(std::move(list));
  if (!own) {
    out.status = commands::status::partial;
    out.notes.push_back(
        at.own_bytes && at.own_bytes_at_start
            ? "What a connection takes of the process's memory is measured, "
              "and takes at least "
                  + std::to_string(enough_to_measure) + " of them; there are "
                  + std::to_string(at.sockets)
                  + ". Until then memory is not counted as a bound."
            : "This machine does not say how much memory the process has "
              "(/proc/self/status).");
  } else {
    out.notes.emplace_back(
        "The process's memory for each is all that it took since it began to "
        "listen, divided by its clients' sockets: channels, caches and what "
        "was once needed are in it, so it is too much rather than too "
        "little.");
  }
  if (!kernel) {
    out.status = commands::status::partial;
    out.notes.emplace_back("What the kernel keeps of a socket stands in "
                           "/proc/slabinfo, which only root may read.");
  }
  out.notes.emplace_back("Idle connections: what is written to slow ones waits "
                         "in buffers, which are bounded by limits.outbox for "
                         "each of them.");
  return out;
}

} // namespace tidewire::usage
