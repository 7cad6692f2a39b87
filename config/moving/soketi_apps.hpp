/// The apps of soketi's array driver. Internal to config/moving/.
#pragma once

#include "config/moving/source.hpp"
#include "config/moving/translator.hpp"

namespace tidewire::config::moving {

/// All apps, and soketi's default app when there is none and no database.
/// Returns how many there are.
std::size_t take_soketi_apps(const given_options& all, translator& to);

/// The webhooks of an app, which is `apps[0]` or another of ours.
void take_soketi_webhooks(const given& what, const std::string& app,
                          translator& to);

/// How soketi sends the webhooks of all its apps, for each of ours.
void take_soketi_batching(const given_options& all, std::size_t apps,
                          translator& to);

/// What soketi allows where nobody says anything, and room for messages of
/// that size.
void take_soketi_limits(std::size_t apps, translator& to);

} // namespace tidewire::config::moving
