// The apps this process serves.
#pragma once

#include "config/settings.hpp"
#include "messages/ids.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidewire {

/// A snapshot of the apps, cheap to copy; each reactor holds one and replaces
/// it on its own thread, so that a reference into it is good until the handler
/// returns. An app has its index for the life of the process and no other app
/// ever gets it, so figures live in plain vectors; one that was deleted stays
/// as a disabled app that no key and no id finds.
class app_table {
public:
  explicit app_table(std::vector<config::app> apps = {});

  /// The table when these are the apps: those it knows by their ids keep their
  /// index, new ones come behind, the others are gone.
  app_table with(std::vector<config::app> apps) const;

  /// Indices that were ever given, those of deleted apps among them.
  std::size_t size() const noexcept { return it_->apps.size(); }
  const config::app& operator[](app_index at) const { return it_->apps[at]; }

  /// `no_app` if nobody has that key or id.
  app_index by_key(std::string_view key) const;
  app_index by_id(std::string_view id) const;

private:
  struct contents {
    std::vector<config::app> apps;
    std::unordered_map<std::string, app_index> keys;
    std::unordered_map<std::string, app_index> ids;

    void list(app_index at);
  };

  std::shared_ptr<const contents> it_;
};

/// Whether a page of that origin may connect: entries are whole origins
/// (`https://example.com`) or hosts (`example.com`, `*.example.com`).
bool origin_allowed(const config::app& app, std::string_view origin);

} // namespace tidewire
