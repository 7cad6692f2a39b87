// The table of config/fields.cpp against the structs of config/settings.hpp.
#include "config/env_reader.hpp"
#include "config/schema.hpp"
#include "config/values.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <set>

using namespace tidewire::config;

namespace {

/// Visits the table once for every kind of object.
template <class Visitor>
void for_each_struct(Visitor visit) {
  static settings all;
  all.apps[0].webhooks.resize(1);
  all.accounts.resize(1);
  for (const record each : std::vector<record>{
           &all, &all.server, &all.admin, &all.tls, &all.limits, &all.webhooks,
           &all.compression, &all.drain, &all.log, &all.meter, &all.cluster,
           &all.cluster.tls, all.tiers.data(), all.accounts.data(),
           all.apps.data(), &all.apps[0].limits, all.apps[0].keys.data(),
           all.apps[0].webhooks.data()})
    visit(each);
}

/// Initialises anything, so that members can be counted by trying.
struct anything {
  template <class T>
  operator T() const; // NOLINT(google-explicit-constructor)
};

/// The number of members of an aggregate.
template <class T, class... Tried>
consteval std::size_t arity() {
  if constexpr (requires { T{Tried{}..., anything{}}; })
    return arity<T, Tried..., anything>();
  else
    return sizeof...(Tried);
}

} // namespace

TEST_CASE("every field has a name in snake_case and a sentence") {
  for_each_struct([](record owner) {
    for (const auto& each : members_of(owner)) {
      INFO(each.what->key);
      CHECK_FALSE(each.what->key.empty());
      CHECK(
          std::all_of(each.what->key.begin(), each.what->key.end(), [](char c) {
            return c == '_' || (c >= 'a' && c <= 'z');
          }));
      CHECK(each.what->key.find("__") == std::string_view::npos);
      CHECK(each.what->sentence.size() > 10);
      CHECK(each.what->sentence.ends_with('.'));
    }
  });
}

TEST_CASE("no two fields of a struct share a name or a member") {
  for_each_struct([](record owner) {
    std::set<std::string_view> names;
    const auto members = members_of(owner);
    for (std::size_t i = 0; i < members.size(); ++i) {
      INFO(members[i].what->key);
      CHECK(names.insert(members[i].what->key).second);
      for (std::size_t j = 0; j < i; ++j)
        CHECK(members[i].where != members[j].where);
    }
  });
}

TEST_CASE("no member of a struct is missing from the table") {
  for_each_struct([](record owner) {
    const auto members = std::visit(
        [](const auto* object) {
          return arity<std::remove_cvref_t<decltype(*object)>>();
        },
        owner);
    INFO(members_of(owner).front().what->key);
    CHECK(members_of(owner).size() == members);
  });
}

TEST_CASE("every default is allowed, but what must be given") {
  for_each_struct([](record owner) {
    const auto fresh = defaults_of(owner);
    for (const auto& each : members_of(fresh)) {
      const auto* value = std::get_if<leaf>(&each.where);
      if (value == nullptr)
        continue;
      INFO(each.what->key);
      const bool must_be_given =
          !std::holds_alternative<tls_settings*>(owner)
          && !std::holds_alternative<cluster_settings*>(owner)
          && !std::holds_alternative<cluster_tls_settings*>(owner)
          && (each.what->key == "key" || each.what->key == "secret"
              || each.what->key == "url" || each.what->key == "name");
      CHECK(check(*each.what, *value).empty() != must_be_given);
    }
  });
}

TEST_CASE("ranges are not empty and fit their type") {
  for_each_struct([](record owner) {
    for (const auto& each : members_of(owner)) {
      INFO(each.what->key);
      CHECK(each.what->lowest <= each.what->highest);
      const auto* value = std::get_if<leaf>(&each.where);
      if (value != nullptr && std::holds_alternative<std::uint16_t*>(*value))
        CHECK(each.what->highest <= 65535);
      if (value != nullptr && std::holds_alternative<std::uint32_t*>(*value))
        CHECK(each.what->highest <= 4294967295);
      if (value != nullptr && std::holds_alternative<duration*>(*value))
        CHECK(each.what->highest <= 366 * 86'400'000ull);
    }
  });
}

TEST_CASE("a flag stands for one key and is spelt like one") {
  settings fresh;
  std::set<std::string_view> names;
  for (const auto& each : leaves_of(fresh)) {
    if (each.what->flag.empty())
      continue;
    INFO(each.key);
    CHECK(each.what->flag.starts_with("--"));
    CHECK(each.what->flag != "--set");
    CHECK(names.insert(each.what->flag).second);
  }
  CHECK(names.size() >= 5);
}

TEST_CASE("every key has a variable of its own") {
  std::set<std::string> names;
  for (const auto& key : known_keys())
    CHECK(names.insert(variable_of(key)).second);
  CHECK(names.count("TIDEWIRE_DATA_DIR") == 1);
  CHECK(names.count("TIDEWIRE_APPS__0__WEBHOOKS__0__URL") == 1);
}
