#include "actors/app_requests.hpp"

#include "actors/app_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace tidewire {

namespace {

namespace json = boost::json;
using config::secrets;

constexpr std::string_view root = "/v1/apps";
const config::origin from_request{config::origin::source::request, {}, 0};

struct target {
  std::string_view id;  // empty: all of them
  std::string_view sub; // `keys`, or nothing
  std::string_view key;
  bool known = true; // whether there is such a path at all
};

std::string_view step(std::string_view& path) {
  if (path.starts_with('/'))
    path.remove_prefix(1);
  auto end = std::min(path.find('/'), path.size());
  auto result = path.substr(0, end);
  path.remove_prefix(end);
  return result;
}

target parse(std::string_view path) {
  target out;
  path.remove_prefix(root.size());
  if (path.empty() || path == "/")
    return out;
  out.known = path.front() == '/';
  out.id = step(path);
  out.sub = step(path);
  out.key = step(path);
  out.known = out.known && !out.id.empty() && path.empty()
              && (out.sub.empty() || out.sub == "keys");
  return out;
}

app_decision refused(const app_refusal& no) {
  return {refusal(no.status, no.field, no.sentence)};
}

app_decision not_allowed(std::string_view methods) {
  auto out = refusal(405, {}, "Only " + std::string{methods} + " here.");
  out.headers = "Allow: " + std::string{methods} + "\r\n";
  return {std::move(out)};
}

json::array texts(const std::vector<config::problem>& problems) {
  json::array out;
  for (auto& each : problems)
    out.emplace_back(to_string(each));
  return out;
}

// `{…}` with more members at the end.
std::string with(std::string object, std::string_view more) {
  object.back() = ',';
  object += more;
  return object += '}';
}

std::string shown(const listed_app& what, secrets how) {
  return with(render_json(what.app, how),
              "\"source\":\"" + std::string{name_of(what.source)} + '"');
}

// The app as it has become, with what should be said about it.
std::string made(const config::app& what, secrets how,
                 const std::vector<config::problem>& warnings) {
  auto text = shown({what, app_source::api}, how);
  return warnings.empty()
             ? text
             : with(text, "\"warnings\":" + json::serialize(texts(warnings)));
}

// -- reading ------------------------------------------------------------------

std::variant<secrets, app_refusal> wanted_secrets(std::string_view query) {
  auto how = secrets::hidden;
  while (!query.empty()) {
    auto end = std::min(query.find('&'), query.size());
    auto each = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (each == "secrets=true")
      how = secrets::shown;
    else if (each != "secrets=false")
      return app_refusal{400, "secrets",
                         "the only parameter here is secrets=true, which "
                         "shows them"};
  }
  return how;
}

app_decision list(const app_catalogue& catalogue, secrets how) {
  std::string out = "{\"apps\":[";
  for (auto& each : catalogue.in_force())
    out += (out.back() == '[' ? "" : ",") + shown(each, how);
  json::array warnings;
  for (auto& each : catalogue.conflicts())
    warnings.emplace_back(each);
  out += "],\"warnings\":" + json::serialize(warnings) + '}';
  return {{200, std::move(out)}};
}

app_decision show(const app_catalogue& catalogue, std::string_view id,
                  secrets how) {
  auto* known = catalogue.find(id);
  if (!known)
    return refused({404, {}, "There is no app with this id."});
  return {{200, shown(*known, how)}};
}

// -- making and changing ------------------------------------------------------

config::key_pair random_pair(const random_source& random) {
  return {random(10), random(20)};
}

// 9 digits, as hosted services have 6 or 7, and never one that is in use.
std::string free_id(const app_catalogue& catalogue,
                    const random_source& random) {
  for (;;) {
    auto hex = random(7);
    std::uint64_t number = 0;
    std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
    auto id = std::to_string(100'000'000 + number % 900'000'000);
    if (!catalogue.find(id) && !catalogue.stored(id))
      return id;
  }
}

// The fields that a body gives. An empty body is an empty object.
std::variant<std::vector<config::assignment>, admin_answer>
fields_of(const std::string& body) {
  auto fields = app_fields(body.empty() ? "{}" : body, from_request);
  if (auto* phrase = std::get_if<std::string>(&fields))
    return refusal(400, {},
                   "The body is " + *phrase
                       + "; expected the fields of an app as a JSON object.");
  return std::get<std::vector<config::assignment>>(std::move(fields));
}

app_decision create(const app_catalogue& catalogue, const admin_call& call,
                    const random_source& random) {
  auto fields = fields_of(call.body);
  if (auto* no = std::get_if<admin_answer>(&fields))
    return {std::move(*no)};
  auto& given = std::get<0>(fields);
  config::app base;
  base.id = gives(given, "id") ? std::string{} : free_id(catalogue, random);
  base.keys.clear();
  if (!gives(given, "keys"))
    base.keys.push_back(random_pair(random));
  auto fresh = amend_app(base, std::move(given));
  if (!fresh.ok())
    return {refusal(400, fresh.errors)};
  if (auto no = catalogue.against_new(fresh.value))
    return refused(*no);
  app_decision out{{201, made(fresh.value, secrets::shown, fresh.warnings)}};
  out.answer.headers = "Location: /v1/apps/" + fresh.value.id + "\r\n";
  out.done = "app " + fresh.value.id + " was created";
  out.put = std::move(fresh.value);
  return out;
}

app_decision change(const app_catalogue& catalogue, const admin_call& call,
                    std::string_view id) {
  if (auto no = catalogue.against_touching(id))
    return refused(*no);
  auto fields = fields_of(call.body);
  if (auto* no = std::get_if<admin_answer>(&fields))
    return {std::move(*no)};
  auto fresh = amend_app(*catalogue.stored(id), std::move(std::get<0>(fields)));
  if (!fresh.ok())
    return {refusal(400, fresh.errors)};
  if (fresh.value.id != id)
    return refused({400, "id", "cannot be changed; make another app"});
  if (auto no = catalogue.against_change(fresh.value))
    return refused(*no);
  app_decision out{{200, made(fresh.value, secrets::hidden, fresh.warnings)}};
  out.done = "app " + fresh.value.id + " was changed"
             + (fresh.value.enabled ? "" : "; it is disabled");
  out.put = std::move(fresh.value);
  return out;
}

app_decision remove(const app_catalogue& catalogue, std::string_view id) {
  if (auto no = catalogue.against_touching(id))
    return refused(*no);
  app_decision out{{204, {}}};
  out.erase = std::string{id};
  out.done = "app " + *out.erase + " was deleted";
  return out;
}

// -- keys ---------------------------------------------------------------------

// `key`, `secret` and `first`, all optional. The pair is checked with the app.
std::variant<bool, admin_answer> read_pair(const std::string& body,
                                           config::key_pair& into) {
  bool first = false;
  if (body.empty())
    return first;
  json::error_code error;
  auto tree = json::parse(body, error);
  if (error || !tree.is_object())
    return refusal(400, {},
                   "The body is not a JSON object; expected key, secret and "
                   "first, or nothing.");
  for (auto& [name, value] : tree.get_object()) {
    std::string_view field{name.data(), name.size()};
    auto* text = value.if_string();
    if (field == "first" && value.is_bool())
      first = value.get_bool();
    else if (field == "first")
      return refusal(400, field, "expected true or false");
    else if (field != "key" && field != "secret")
      return refusal(400, field,
                     "unknown key; there are key, secret and first");
    else if (!text)
      return refusal(400, field, "expected a text");
    else
      (field == "key" ? into.key : into.secret)
          .assign(text->data(), text->size());
  }
  return first;
}

// The pairs as a request would give them, so that each is checked as such.
std::vector<config::assignment>
as_fields(const std::vector<config::key_pair>& keys) {
  auto text = [](const std::string& from) {
    config::raw_value out;
    out.is = config::raw_value::form::text;
    out.text = from;
    return out;
  };
  config::raw_value list;
  list.is = config::raw_value::form::tables;
  list.count = keys.size();
  std::vector<config::assignment> out{{{"keys"}, list, from_request}};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto at = std::to_string(i);
    out.push_back({{"keys", at, "key"}, text(keys[i].key), from_request});
    out.push_back({{"keys", at, "secret"}, text(keys[i].secret), from_request});
  }
  return out;
}

app_decision add_key(const app_catalogue& catalogue, const admin_call& call,
                     std::string_view id, const random_source& random) {
  if (auto no = catalogue.against_touching(id))
    return refused(*no);
  auto pair = random_pair(random);
  auto read = read_pair(call.body, pair);
  if (auto* no = std::get_if<admin_answer>(&read))
    return {std::move(*no)};
  auto fresh = *catalogue.stored(id);
  auto at = std::get<bool>(read) ? fresh.keys.begin() : fresh.keys.end();
  fresh.keys.insert(at, pair);
  if (auto checked = amend_app(fresh, as_fields(fresh.keys)); !checked.ok())
    return {refusal(400, checked.errors)};
  if (auto no = catalogue.against_change(fresh))
    return refused(*no);
  json::object body;
  body["key"] = pair.key;
  body["secret"] = pair.secret;
  app_decision out{{201, json::serialize(body)}};
  out.done = "app " + fresh.id + " has the key " + pair.key + ", too";
  out.put = std::move(fresh);
  return out;
}

app_decision remove_key(const app_catalogue& catalogue, std::string_view id,
                        std::string_view key) {
  if (auto no = catalogue.against_touching(id))
    return refused(*no);
  auto fresh = *catalogue.stored(id);
  if (std::erase_if(fresh.keys, [key](auto& x) { return x.key == key; }) == 0)
    return refused({404, {}, "The app has no such key."});
  if (fresh.keys.empty())
    return refused({409,
                    {},
                    "This is the last key of the app; add another before it "
                    "is removed, or disable the app."});
  app_decision out{{204, {}}};
  out.done = "app " + fresh.id + " lost the key " + std::string{key};
  out.put = std::move(fresh);
  return out;
}

} // namespace

// -- answers ------------------------------------------------------------------

admin_answer refusal(unsigned status, std::string_view field,
                     std::string_view sentence) {
  json::object out;
  out["error"] =
      (field.empty() ? "" : std::string{field} + ": ") + std::string{sentence};
  if (!field.empty())
    out["field"] = field;
  return {status, json::serialize(out)};
}

admin_answer refusal(unsigned status, const std::vector<config::problem>& all) {
  std::string error;
  json::array problems;
  for (auto& each : all) {
    error += (error.empty() ? "" : "; ") + to_string(each);
    json::object one;
    one["field"] = each.key;
    one["message"] = each.message;
    if (!each.file.empty()) {
      one["file"] = each.file;
      one["line"] = each.line;
    }
    problems.push_back(std::move(one));
  }
  json::object out;
  out["error"] = error;
  out["problems"] = std::move(problems);
  return {status, json::serialize(out)};
}

app_decision decide(const app_catalogue& catalogue, const admin_call& call,
                    const random_source& random) {
  std::string_view all = call.target;
  auto mark = std::min(all.find('?'), all.size());
  auto to = parse(all.substr(0, mark));
  if (!to.known)
    return refused({404,
                    {},
                    "Nothing is here. There are /v1/apps, /v1/apps/ID, "
                    "/v1/apps/ID/keys and /v1/apps/ID/keys/KEY."});
  auto& method = call.method;
  auto reads = method == "GET" || method == "HEAD";
  if (to.sub.empty() && reads) {
    auto how = wanted_secrets(all.substr(std::min(mark + 1, all.size())));
    if (auto* no = std::get_if<app_refusal>(&how))
      return refused(*no);
    return to.id.empty() ? list(catalogue, std::get<secrets>(how))
                         : show(catalogue, to.id, std::get<secrets>(how));
  }
  if (to.id.empty())
    return method == "POST" ? create(catalogue, call, random)
                            : not_allowed("GET, HEAD, POST");
  if (to.sub.empty()) {
    if (method == "PATCH")
      return change(catalogue, call, to.id);
    return method == "DELETE" ? remove(catalogue, to.id)
                              : not_allowed("GET, HEAD, PATCH, DELETE");
  }
  if (to.key.empty())
    return method == "POST" ? add_key(catalogue, call, to.id, random)
                            : not_allowed("POST");
  return method == "DELETE" ? remove_key(catalogue, to.id, to.key)
                            : not_allowed("DELETE");
}

} // namespace tidewire
