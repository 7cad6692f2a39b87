// What holds between the keys of [cluster], and between them and others.
#include "config/assignment.hpp"
#include "config/endpoint.hpp"
#include "config/rules.hpp"
#include "config/units.hpp"
#include "config/validation.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tidewire::config {

namespace {

class cluster_checks {
public:
  cluster_checks(const settings& all, validation& about)
      : all_(all), mine_(all.cluster), about_(about) {}

  void run() {
    address();
    secret();
    times();
    tls();
    port();
  }

private:
  void address();
  void secret();
  void times();
  void longer(const char* key, duration value, const char* other,
              duration than);
  void tls();
  void port();

  const settings& all_;
  const cluster_settings& mine_;
  validation& about_;
};

void cluster_checks::address() {
  const auto where = split_endpoint(mine_.listen);
  if (where && is_any_address(where->host) && mine_.advertise.empty()
      && !about_.failed("cluster.listen"))
    about_.error("cluster.advertise",
                 "is missing, while cluster.listen " + in_quotes(mine_.listen)
                     + " is every address of this machine; say where the "
                       "other nodes reach this one");
}

void cluster_checks::secret() {
  if (!mine_.secret.empty() && !mine_.secret_file.empty()) {
    about_.error("cluster.secret_file",
                 "is set, and cluster.secret is, too; keep one of them");
    return;
  }
  if (about_.failed("cluster.listen"))
    return;
  const auto where = split_endpoint(mine_.listen);
  const bool open = where && !is_loopback(where->host);
  if (open && mine_.secret.empty() && mine_.secret_file.empty())
    about_.error("cluster.secret",
                 "is missing, while cluster.listen " + in_quotes(mine_.listen)
                     + " is open to other machines; give all nodes the same "
                       "secret, such as the output of: openssl rand -hex 32");
  else if (open && !mine_.secret.empty() && mine_.secret.size() < 16)
    about_.warn("cluster.secret",
                "has fewer than 16 characters; whoever guesses it joins, so "
                "take the output of: openssl rand -hex 32");
}

void cluster_checks::longer(const char* key, duration value, const char* other,
                            duration than) {
  if (value > than || about_.failed(key) || about_.failed(other))
    return;
  about_.error(key, "found " + in_quotes(to_text(value))
                        + ", expected more than " + in_quotes(to_text(than))
                        + ", which is " + other);
}

void cluster_checks::times() {
  longer("cluster.suspect", mine_.suspect, "cluster.heartbeat",
         mine_.heartbeat);
  longer("cluster.lost", mine_.lost, "cluster.suspect", mine_.suspect);
}

void cluster_checks::tls() {
  const auto& tls = mine_.tls;
  const std::array<std::pair<const char*, const std::string*>, 3> files{
      {{"cluster.tls.certificate", &tls.certificate},
       {"cluster.tls.key", &tls.key},
       {"cluster.tls.ca", &tls.ca}}};
  const auto given =
      std::count_if(files.begin(), files.end(),
                    [](const auto& each) { return !each.second->empty(); });
  if (given == 0 || given == 3)
    return;
  for (const auto& [key, file] : files)
    if (file->empty() && !about_.failed(key))
      about_.error(key, "is empty; cluster.tls needs certificate, key and ca");
}

void cluster_checks::port() {
  const auto where = split_endpoint(mine_.listen);
  if (!where || where->port == 0 || about_.failed("cluster.listen"))
    return;
  const auto clash = [&](const char* other, const std::string& host,
                         std::uint16_t port) {
    if (port != where->port || about_.failed(other)
        || (host != where->host && !is_any_address(host)
            && !is_any_address(where->host)))
      return;
    about_.error("cluster.listen", "found " + in_quotes(mine_.listen)
                                       + ", whose port " + other
                                       + " is, too; give them different ports");
  };
  clash("server.port", all_.server.host, all_.server.port);
  clash("admin.port", all_.admin.host, all_.admin.port);
  if (all_.tls.on() && !all_.tls.same_port)
    clash("tls.port", all_.server.host, all_.tls.port);
}

} // namespace

void validate_cluster(const settings& all, validation& about) {
  if (all.cluster.enabled)
    cluster_checks{all, about}.run();
}

} // namespace tidewire::config
