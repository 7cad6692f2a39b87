// `tidewire ledger`: the ledger's file, without a server.
#pragma once

namespace tidewire::console {

/// Runs `tidewire ledger usage|verify|export|backup|restore …`; all but restore
/// may be used while a server writes. Returns the exit code (design §8).
int ledger_command(int argc, char** argv);

} // namespace tidewire::console
