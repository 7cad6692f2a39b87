// Which apps there are: those of the configuration and those made at run time.
#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire {

enum class app_source : std::uint8_t { configuration, api };

/// `configuration` or `api`.
std::string_view name_of(app_source source) noexcept;

struct listed_app {
  config::app app;
  app_source source;
};

/// Why a change is not made: an HTTP status, the field it is about (or none)
/// and a sentence.
struct app_refusal {
  unsigned status;
  std::string field;
  std::string sentence;
};

/// The configuration wins: an app of the same id that was made at run time, or
/// a key of it that the configuration gives to another app, is not in force
/// while that is so. If two apps that were made at run time have one key, it is
/// that one's whose id comes first, so that all nodes agree. Pure.
class app_catalogue {
public:
  void configured_are(std::vector<config::app> apps);

  /// What apps may name, of the configuration.
  void plans_are(std::vector<config::tier> tiers,
                 std::vector<config::account> accounts);
  void stored_are(std::vector<config::app> apps);

  /// Apps that the configurations of other nodes define, with the names of
  /// those nodes, and sentences about what is not as it should be besides.
  void elsewhere_are(std::map<std::string, std::string> nodes,
                     std::vector<std::string> notes);

  /// Those of the configuration first, each in its order.
  const std::vector<listed_app>& in_force() const noexcept { return all_; }

  /// The same, without saying where they are from.
  std::vector<config::app> apps() const;

  /// A sentence for everything that is not in force.
  const std::vector<std::string>& conflicts() const noexcept {
    return conflicts_;
  }

  const listed_app* find(std::string_view id) const noexcept;

  /// An app as it was made at run time, with the keys that are not in force.
  const config::app* stored(std::string_view id) const noexcept;

  /// What stands against a new app, against another form of one, against
  /// touching one at all. `what` is valid in itself (config::amend_app).
  std::optional<app_refusal> against_new(const config::app& what) const;
  std::optional<app_refusal> against_change(const config::app& what) const;
  std::optional<app_refusal> against_touching(std::string_view id) const;

  /// After nothing stood against it.
  void put(config::app what);
  void erase(std::string_view id);

  /// The same for many at once, whatever stands against them: other nodes go
  /// by it already.
  void change(std::vector<config::app> put,
              const std::vector<std::string>& erase);

private:
  std::optional<app_refusal> against_keys(const config::app& what) const;
  std::optional<app_refusal> against_plans(const config::app& what) const;
  void derive();

  std::vector<config::app> configured_;
  std::vector<config::app> stored_;
  std::vector<config::tier> tiers_;
  std::vector<config::account> accounts_;
  std::map<std::string, std::string> elsewhere_; // ids to nodes
  std::vector<std::string> notes_;
  std::vector<listed_app> all_;
  std::vector<std::string> conflicts_;
};

} // namespace tidewire
