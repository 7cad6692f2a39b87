/// What an operator may set about the cluster. Sentence, range and flag of
/// every field stand in config/cluster_fields.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tidewire::config {

/// Mutual TLS between nodes; off while `certificate` is empty.
struct cluster_tls_settings {
  std::string certificate;
  std::string key;
  std::string ca;

  bool on() const noexcept { return !certificate.empty(); }

  bool operator==(const cluster_tls_settings&) const = default;
};

/// How nodes find each other, prove themselves, and notice that one is silent
/// (docs/clustering.md).
struct cluster_settings {
  bool enabled = false; // load() sets it as soon as another key is given
  std::string name = "tidewire";
  std::string listen = "127.0.0.1:6101";
  std::string advertise; // empty = where it listens
  std::vector<std::string> peers;
  std::string secret;
  std::string secret_file;
  std::chrono::milliseconds heartbeat{500};
  std::chrono::milliseconds suspect{2500};
  std::chrono::milliseconds lost{5000};
  std::uint64_t max_unacknowledged = std::uint64_t{2} * 1024 * 1024;
  cluster_tls_settings tls;

  bool operator==(const cluster_settings&) const = default;
};

} // namespace tidewire::config
