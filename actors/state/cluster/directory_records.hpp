// What a record for a DIRECTORY is about, and who asks.
#pragma once

#include "messages/channel_records.hpp"

namespace tidewire::cluster {

/// The channel that it is about; null if it is about none.
const channel_key* key_of(const directory_record& record) noexcept;

/// Who waits for the answer; nobody if it asks nothing.
ticket asker_of(const directory_record& record) noexcept;

} // namespace tidewire::cluster
