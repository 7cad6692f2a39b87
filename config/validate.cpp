#include "config/validate.hpp"

#include "config/app_limits.hpp"
#include "config/assignment.hpp"
#include "config/schema.hpp"
#include "config/units.hpp"
#include "config/validation.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace tidewire::config {

namespace {

bool is_number(std::string_view id) {
  return id.find_first_not_of("0123456789") == std::string_view::npos;
}

class validator : validation {
public:
  validator(const settings& all, const origin_map& origins, report& problems)
      : validation(origins, problems), all_(all) {}

  void run(subject what) {
    every_value(&all_, {});
    without_effect(&all_, {});
    ports();
    tls();
    limits();
    apps();
    validate_cluster(all_, *this);
    if (what == subject::everything)
      validate_plans(all_, *this);
  }

private:
  void every_value(record owner, const std::string& prefix);
  void without_effect(record owner, const std::string& prefix);
  void ports();
  void tls();
  void limits();
  void no_more_than(const std::string& key, bytes value,
                    const std::string& other, bytes highest);
  void apps();
  void limits_of_app(std::size_t index);
  void keys_of(std::size_t index);
  void webhooks_of(std::size_t index);
  void one_url_once(std::size_t app, std::size_t index);
  void demo_secret(const std::string& key, const key_pair& pair);

  settings all_; // a copy, because a schema's places can be written to
  std::map<std::string, std::string> ids_, keys_; // value → where it stands
};

void validator::every_value(record owner, const std::string& prefix) {
  for (const auto& [what, where] : members_of(owner)) {
    const auto key = prefix + std::string(what->key);
    if (const auto* value = std::get_if<leaf>(&where)) {
      for (const auto& each : check(*what, *value))
        if (!failed(key))
          error(key, given(key) ? each.text
                                : "is missing, expected "
                                      + expectation(*what, *value));
    } else if (const auto* inner = std::get_if<record>(&where)) {
      every_value(*inner, key + '.');
    } else {
      const auto list = std::get<record_list>(where);
      for (std::size_t i = 0; i < size_of(list); ++i)
        every_value(item_of(list, i), key + '[' + std::to_string(i) + "].");
    }
  }
}

void validator::without_effect(record owner, const std::string& prefix) {
  const auto defaults = members_of(defaults_of(owner));
  const auto members = members_of(owner);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& [what, where] = members[i];
    const auto key = prefix + std::string(what->key);
    if (what->not_in_effect) {
      if (!equal(where, defaults[i].where))
        warn(key, "is accepted but has no effect in this version");
    } else if (const auto* inner = std::get_if<record>(&where)) {
      without_effect(*inner, key + '.');
    } else if (const auto* list = std::get_if<record_list>(&where)) {
      for (std::size_t j = 0; j < size_of(*list); ++j)
        without_effect(item_of(*list, j), key + '[' + std::to_string(j) + "].");
    }
  }
}

void validator::ports() {
  const auto& server = all_.server;
  const auto& admin = all_.admin;
  if (server.port == 0 || server.port != admin.port || failed("server.port")
      || failed("admin.port"))
    return;
  if (server.host == admin.host || is_any_address(server.host)
      || is_any_address(admin.host))
    error(given("admin.port") || !given("server.port") ? "admin.port"
                                                       : "server.port",
          "found " + std::to_string(admin.port)
              + ", which both server.port and admin.port are; give them "
                "different ports");
}

void validator::tls() {
  const auto& tls = all_.tls;
  if (tls.certificate.empty() != tls.key.empty()) {
    const auto* missing =
        tls.certificate.empty() ? "tls.certificate" : "tls.key";
    const auto* other = tls.certificate.empty() ? "tls.key" : "tls.certificate";
    if (!failed(missing) && !failed(other))
      error(missing, "is empty, while " + std::string(other)
                         + " is not; TLS needs both files");
    return;
  }
  if (!tls.on()) {
    if (tls.required)
      error("tls.required", "found true, while tls.certificate and tls.key are "
                            "empty: nobody could connect");
    else if (tls.same_port)
      warn("tls.same_port", "has no effect without tls.certificate");
    return;
  }
  if (tls.same_port || tls.port == 0 || failed("tls.port"))
    return;
  const auto clash = [&](const char* other, std::uint16_t port) {
    if (port == tls.port && !failed(other))
      error("tls.port", "found " + std::to_string(port) + ", which "
                            + std::string(other)
                            + " is, too; give them different ports, or set "
                              "tls.same_port");
  };
  clash("server.port", all_.server.port);
  if (all_.server.host == all_.admin.host || is_any_address(all_.server.host)
      || is_any_address(all_.admin.host))
    clash("admin.port", all_.admin.port);
}

void validator::no_more_than(const std::string& key, bytes value,
                             const std::string& other, bytes highest) {
  if (value <= highest || failed(key) || failed(other))
    return;
  error(key, "found " + in_quotes(size_text(value)) + ", expected at most "
                 + in_quotes(size_text(highest)) + ", which is " + other);
}

void validator::limits() {
  const auto& limits = all_.limits;
  // pusher:connection_established speaks of whole seconds (protocol.md §2).
  if (limits.activity_timeout % std::chrono::seconds{1} != duration{})
    error("limits.activity_timeout",
          "found " + in_quotes(to_text(limits.activity_timeout))
              + ", expected whole seconds, because clients are told it so");
  no_more_than("limits.event_data", limits.event_data, "limits.max_message",
               limits.max_message);
  no_more_than("limits.event_data", limits.event_data, "limits.max_http_body",
               limits.max_http_body);
  no_more_than("limits.presence_user", limits.presence_user,
               "limits.max_message", limits.max_message);
  no_more_than("limits.max_message", limits.max_message, "limits.max_outbox",
               limits.max_outbox);
}

void validator::apps() {
  if (all_.apps.empty())
    warn("apps", "there is no app, so that every connection is refused");
  for (std::size_t i = 0; i < all_.apps.size(); ++i) {
    const auto prefix = "apps[" + std::to_string(i) + ']';
    const auto key = prefix + ".id";
    const auto [first, is_new] = ids_.emplace(all_.apps[i].id, key);
    if (!is_new && !failed(key) && !failed(first->second))
      error(key, "found " + in_quotes(all_.apps[i].id) + ", which is "
                     + first->second
                     + ", too; give every app an id of its own");
    limits_of_app(i);
    if (!is_number(all_.apps[i].id) && !failed(key))
      warn(key, in_quotes(all_.apps[i].id)
                    + " is no number; Pusher's library for Python refuses such "
                      "an id");
    keys_of(i);
    webhooks_of(i);
  }
}

// An app must fit what every node takes, and its own limits each other.
void validator::limits_of_app(std::size_t index) {
  const auto& its_own = all_.apps[index].limits;
  const auto all = config::limits_of(all_.limits, its_own);
  const auto prefix = "apps[" + std::to_string(index) + "].limits.";
  if (its_own.event_data != 0) {
    const auto key = prefix + "event_data";
    no_more_than(key, all.event_data,
                 its_own.max_message != 0 ? prefix + "max_message"
                                          : "limits.max_message",
                 all.max_message);
    no_more_than(key, all.event_data, "limits.max_http_body",
                 all.max_http_body);
  }
  if (its_own.max_message != 0) {
    const auto key = prefix + "max_message";
    no_more_than(key, all.max_message, "limits.max_outbox", all.max_outbox);
    if (its_own.max_message < kib
        || (its_own.event_data == 0 && all.max_message < all.event_data))
      error(key, "found " + in_quotes(size_text(its_own.max_message))
                     + ", expected at least "
                     + in_quotes(size_text(std::max(kib, all.event_data)))
                     + ", so that an event fits, or 0");
  }
}

void validator::keys_of(std::size_t index) {
  const auto& pairs = all_.apps[index].keys;
  const auto list = "apps[" + std::to_string(index) + "].keys";
  if (pairs.empty() && !failed(list))
    error(list, "found an empty list, expected at least one key and secret");
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto item = list + '[' + std::to_string(i) + ']';
    const auto key = item + ".key";
    const auto [first, is_new] = keys_.emplace(pairs[i].key, key);
    if (!is_new && !pairs[i].key.empty() && !failed(key)
        && !failed(first->second))
      error(key, "found " + in_quotes(pairs[i].key) + ", which is "
                     + first->second + ", too; a key belongs to one app, once");
    if (all_.apps[index].enabled)
      demo_secret(item + ".secret", pairs[i]);
  }
}

void validator::demo_secret(const std::string& key, const key_pair& pair) {
  if (pair.secret != config::demo_secret || !given("server.host")
      || failed("server.host") || is_loopback(all_.server.host))
    return;
  warn(key, "is the public demo secret, while server.host "
                + in_quotes(all_.server.host)
                + " is open to others: anybody can publish and subscribe");
}

void validator::webhooks_of(std::size_t index) {
  const auto& webhooks = all_.apps[index].webhooks;
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    const auto key = "apps[" + std::to_string(index) + "].webhooks["
                     + std::to_string(i) + "].events";
    if (webhooks[i].events.empty() && !failed(key))
      error(key, "found an empty list, expected at least one event");
    one_url_once(index, i);
  }
}

// Deliveries are known by app and URL.
void validator::one_url_once(std::size_t app, std::size_t index) {
  const auto& webhooks = all_.apps[app].webhooks;
  const auto list = "apps[" + std::to_string(app) + "].webhooks[";
  const auto key = list + std::to_string(index) + "].url";
  for (std::size_t i = 0; i < index; ++i)
    if (webhooks[i].url == webhooks[index].url && !failed(key))
      error(key, "found " + in_quotes(webhooks[index].url) + ", which is "
                     + list + std::to_string(i)
                     + "].url, too; give one webhook the events of both");
}

} // namespace

origin validation::origin_of(std::string key) const {
  for (;;) {
    if (const auto found = origins_.find(key); found != origins_.end())
      return found->second;
    const auto end = key.find_last_of(".[");
    if (end == std::string::npos)
      return {};
    key.resize(end);
  }
}

bool validation::given(const std::string& key) const {
  return origins_.find(key) != origins_.end();
}

void validation::error(const std::string& key, std::string message) {
  problems_.add(grade::error, origin_of(key), key, std::move(message));
}

void validation::warn(const std::string& key, std::string message) {
  problems_.add(grade::warning, origin_of(key), key, std::move(message));
}

void validate(const settings& all, const origin_map& origins, report& problems,
              subject what) {
  validator{all, origins, problems}.run(what);
}

} // namespace tidewire::config
