// The apps this process serves.
#pragma once

#include "config/settings.hpp"
#include "messages/ids.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidewire {

/// An immutable table; every reactor reads the same one. An app keeps its
/// index for the life of the process, so figures live in plain vectors.
class app_table {
public:
  explicit app_table(std::vector<config::app> apps);

  std::size_t size() const noexcept { return apps_.size(); }
  const config::app& operator[](app_index at) const { return apps_[at]; }

  /// `no_app` if nobody has that key or id.
  app_index by_key(std::string_view key) const;
  app_index by_id(std::string_view id) const;

private:
  std::vector<config::app> apps_;
  std::unordered_map<std::string, app_index> keys_;
  std::unordered_map<std::string, app_index> ids_;
};

/// Whether a page of that origin may connect: entries are whole origins
/// (`https://example.com`) or hosts (`example.com`, `*.example.com`).
bool origin_allowed(const config::app& app, std::string_view origin);

} // namespace tidewire
