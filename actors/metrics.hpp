// The figures as Prometheus reads them.
#pragma once

#include "actors/apps.hpp"
#include "messages/reading.hpp"

#include <string>

namespace tidewire {

class node_limits;

/// The text exposition of a reading. The names are a contract (design, 8).
/// `doors` knows how caps stand.
std::string render_metrics(const gauge_reading& reading, const app_table& table,
                           const node_limits& doors);

/// `{"total":N,"apps":{"1":N}}`.
std::string render_gauge(const gauge_reading& reading, const app_table& apps);

} // namespace tidewire
