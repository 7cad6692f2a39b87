// The command `tidewire bench`.
#pragma once

namespace tidewire {

/// Runs the load generator: `argv[0]` is the command's own name, what follows
/// are its arguments. Reads nothing but them, writes the result to stdout and
/// the rest to stderr. Blocks; takes SIGINT and SIGTERM over for its duration.
/// Returns 0 if all went as it should, 1 if something was lost, refused or
/// closed, 2 for wrong usage, 3 if there is no server.
int bench_command(int argc, char** argv);

} // namespace tidewire
