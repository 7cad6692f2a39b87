// The commands `tidewire ctl` and `tidewire console`.
#pragma once

namespace tidewire::console {

/// Runs one command of the table against a running server. `argv[0]` is `ctl`.
/// Returns the exit code of design §8: 0 ok, 1 failed, 2 usage, 3 unreachable,
/// 4 partial answer.
int ctl_command(int argc, char** argv);

/// Reads commands, from a person or a pipe, until they end. Returns 0, or from
/// a pipe the exit code of the first command that failed.
int console_command(int argc, char** argv);

} // namespace tidewire::console
