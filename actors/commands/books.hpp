// What commands over the ledger have in common.
#pragma once

#include "actors/commands/request.hpp"
#include "actors/ledger/reader.hpp"
#include "actors/usage/order.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tidewire::commands {

/// The apps and accounts there are now. On the reactor of the ADMIN, and while
/// its handler runs.
usage::directory directory_of(const request& who);

/// Runs `job` with the ledger open, where it may block; its answer is the
/// answer. Without a ledger the answer says so.
void with_ledger(const request& who,
                 std::function<answer(const request&, ledger::reader&)> job);

/// Whether the ledger knows an app, perhaps one that is not served any more.
bool has_records(ledger::reader& from, std::string_view app);

answer no_such_app(std::string_view name);

} // namespace tidewire::commands
