// What WEBHOOKS tells the operator of this server.
#include "actors/state/meter/window.hpp"
#include "actors/webhooks.hpp"
#include "net/pusher/signature.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tidewire {

namespace {

std::string time_text(meter::tick at) {
  return meter::render_time(at.number, "UTC");
}

} // namespace

std::string render_cap_event(const cap_notice& notice) {
  auto& [row, tier] = notice;
  auto& x = row.what;
  auto text = [](std::string_view of) { return boost::json::string{of}; };
  boost::json::object out;
  out["name"] = "cap_changed";
  out[row.whose.of == meter::cap_subject::scope::app ? "app_id" : "account"] =
      row.whose.name;
  out["cap"] = text(name_of(row.whose.kind));
  out["tier"] = tier;
  out["from"] = text(name_of(x.from));
  out["to"] = text(name_of(x.to));
  out["cause"] = text(name_of(x.cause));
  out["value"] = x.value;
  out["limit"] = x.cap;
  out["at"] = time_text(x.at);
  if (x.deadline)
    out["deadline"] = time_text(*x.deadline);
  return boost::json::serialize(out);
}

// One after the other for each cap, so that its steps come in their order.
void webhooks::announce_caps(const caps_moved& x) {
  if (office_.hook.url.empty())
    return;
  constexpr std::int64_t us_per_second = 1'000'000;
  for (auto& notice : x.what) {
    auto stream = path_of(notice.row.whose);
    auto event = render_cap_event(notice);
    std::int64_t number = 0;
    if (x.shared) {
      // The same whichever node tells it.
      auto& row = notice.row.what;
      auto end = row.deadline ? row.deadline->number % 99'999 : 0;
      number = row.at.number * us_per_second + end * 10
               + static_cast<std::int64_t>(row.cause);
      auto id = webhook_queue::id_of(operator_id, office_.hook.url, stream,
                                     "cap_changed", event, number);
      if (office_.unsent.has(id) || !office_.kept.taken({id}).empty())
        continue;
    }
    queue_.add(operator_id, office_.hook.url, {}, stream, "cap_changed",
               std::move(event), now_ms(), todo_, number);
  }
}

void webhooks::send_to_operator(const webhook_delivery& what) {
  auto& hook = office_.hook;
  auto to = net::parse_url(what.url);
  if (hook.url != what.url || !to) {
    queue_.give_up(what.id, "meter.webhook_url is another one now", now_ms(),
                   todo_);
    return;
  }
  post(what, std::move(*to),
       {{"Content-Type", "application/json"},
        {"X-Tidewire-Signature",
         pusher::hmac_sha256_hex(hook.secret, what.body)},
        {"X-Tidewire-Delivery", what.id}});
}

} // namespace tidewire
