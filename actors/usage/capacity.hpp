// What a connection costs on this machine, and how many more fit. Pure.
#pragma once

#include "actors/commands/answer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::usage {

/// What a process and its machine say of themselves; nothing where they do not.
struct machine_state {
  using number = std::optional<std::uint64_t>;

  std::uint64_t connections = 0; ///< open, and those not accepted yet
  std::uint64_t sockets = 0;     ///< of clients, with those that speak HTTP
  number own_bytes;              ///< memory of this process alone (RssAnon)
  number own_bytes_at_start;     ///< before the first client
  number descriptors, descriptor_limit;
  number system_files, system_file_limit;
  number memory_available;        ///< what the machine can still give
  number group_used, group_limit; ///< of the control group
  number tcp_sockets, tcp_bytes, tcp_bytes_limit; ///< buffers, machine-wide
  number tcp_object, file_object, dentry_object, inode_object, epoll_object;
  number tracked, tracked_limit; ///< connections the firewall follows
  std::uint64_t node_limit = 0;  ///< limits.max_connections; 0 = none

  /// What the kernel keeps of a socket that has nothing to say, as its table of
  /// objects has it; nothing if that cannot be read.
  number kernel_bytes() const;
  /// What this process uses of its own memory for each; nothing if there are
  /// too few to tell.
  number user_bytes() const;
};

/// So many connections make a difference that can be measured.
inline constexpr std::uint64_t enough_to_measure = 500;

/// `TCP: inuse 406 … mem 2` of /proc/net/sockstat: sockets, and bytes.
void read_sockstat(std::string_view text, std::uint64_t page_bytes,
                   machine_state& into);
/// /proc/slabinfo.
void read_slabs(std::string_view text, machine_state& into);
/// The value in KiB of a line `Name:  123 kB`, in bytes.
std::optional<std::uint64_t> kib_line(std::string_view text,
                                      std::string_view name);
/// The numbers of a line.
std::optional<std::uint64_t> number_at(std::string_view text,
                                       std::size_t place);

/// What it costs, how many more fit by each of its resources, and which of them
/// is the first to end.
commands::answer capacity_answer(const machine_state& at);

} // namespace tidewire::usage
