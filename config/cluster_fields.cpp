#include "config/durations.hpp"
#include "config/fields.hpp"

namespace tidewire::config {

namespace {

constexpr field<cluster_settings> cluster_fields[] = {
    {{.key = "enabled",
      .sentence = "Whether this node is part of a cluster: by itself true as "
                  "soon as another key of this section is set.",
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::enabled},
    {{.key = "name",
      .sentence = "Name of the cluster: nodes of another one are refused.",
      .rule = &rules::name,
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::name},
    {{.key = "listen",
      .sentence = "Address and port for the other nodes, never for clients. "
                  "Keep it away from the internet; other machines than this "
                  "one need a secret.",
      .rule = &rules::listen_address,
      .flag = "--cluster-listen",
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::listen},
    {{.key = "advertise",
      .sentence = "Where the others reach this node; empty = where it "
                  "listens. Needed if it listens everywhere.",
      .rule = &rules::endpoint_or_empty,
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::advertise},
    {{.key = "peers",
      .sentence = "Some nodes of the cluster, to begin with; the rest is "
                  "learnt from them. This node's own address may be among "
                  "them.",
      .rule = &rules::endpoint,
      .flag = "--cluster-peers",
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::peers},
    {{.key = "secret",
      .sentence = "What all nodes of the cluster know and nobody else; it is "
                  "never sent.",
      .rule = &rules::secret_or_empty,
      .needs_restart = true,
      .secret = true,
      .left_unset = true},
     &cluster_settings::secret},
    {{.key = "secret_file",
      .sentence = "File with the secret instead, one line; empty = none.",
      .rule = &rules::file_or_empty,
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::secret_file},
    {{.key = "heartbeat",
      .sentence = "How often nodes say that they live.",
      .lowest = 50,
      .highest = 60 * second,
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::heartbeat},
    {{.key = "suspect",
      .sentence = "Silence after which a node is suspected.",
      .lowest = 100,
      .highest = 600 * second,
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::suspect},
    {{.key = "lost",
      .sentence = "Silence after which a node is lost: its link is cut and its "
                  "channels move. It is not taken for dead by that.",
      .lowest = 200,
      .highest = 3600 * second,
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::lost},
    {{.key = "max_unacknowledged",
      .sentence = "Most bytes that wait for one node or are on the way to it; "
                  "beyond it publishers to it wait, and at twice as much its "
                  "link is cut.",
      .lowest = 64 * kib,
      .highest = gib,
      .needs_restart = true,
      .left_unset = true},
     &cluster_settings::max_unacknowledged},
    {{.key = "tls",
      .sentence = "Mutual TLS between nodes; off while there is no "
                  "certificate. All nodes have it, or none."},
     &cluster_settings::tls},
};

constexpr field<cluster_tls_settings> cluster_tls_fields[] = {
    {{.key = "certificate",
      .sentence = "PEM file of this node's certificate, followed by those of "
                  "the authorities in between.",
      .rule = &rules::file_or_empty,
      .needs_restart = true,
      .left_unset = true},
     &cluster_tls_settings::certificate},
    {{.key = "key",
      .sentence = "PEM file of its private key.",
      .rule = &rules::file_or_empty,
      .needs_restart = true,
      .left_unset = true},
     &cluster_tls_settings::key},
    {{.key = "ca",
      .sentence = "PEM file of the authority that signs the certificates of "
                  "nodes, and of nothing else: whoever it signs may join.",
      .rule = &rules::file_or_empty,
      .needs_restart = true,
      .left_unset = true},
     &cluster_tls_settings::ca},
};

} // namespace

template <>
std::span<const field<cluster_settings>> fields_of<cluster_settings>() {
  return cluster_fields;
}

template <>
std::span<const field<cluster_tls_settings>> fields_of<cluster_tls_settings>() {
  return cluster_tls_fields;
}

} // namespace tidewire::config
