#include "actors/order_desk.hpp"

#include <utility>

namespace tidewire {

namespace {

constexpr std::int64_t order_patience_ns = 2'000'000'000;

} // namespace

void order_desk::ask(std::vector<node_order> orders, std::int64_t now_ns,
                     then what) {
  auto of = std::make_shared<round>();
  of->missing = orders.size();
  of->what = std::move(what);
  for (auto& x : orders)
    of->replies.push_back({x.who});
  if (orders.empty())
    of->what({});
  for (std::size_t i = 0; i < orders.size(); ++i) {
    auto& x = orders[i];
    x.what.number = ++last_;
    pending_[last_] = {of, i, now_ns + order_patience_ns};
    send_(x.who, bytes_of(x.what));
  }
}

void order_desk::answered(const cluster::life& from,
                          cluster::order_answer said) {
  auto at = pending_.find(said.number);
  if (at == pending_.end())
    return;
  auto x = at->second;
  auto& reply = x.of->replies[x.place];
  if (reply.who != from)
    return;
  pending_.erase(at);
  reply.answered = true;
  reply.said = std::move(said);
  conclude(x);
}

void order_desk::tick(std::int64_t now_ns) {
  while (!pending_.empty() && pending_.begin()->second.until_ns <= now_ns) {
    auto x = pending_.begin()->second;
    pending_.erase(pending_.begin());
    conclude(x);
  }
}

void order_desk::conclude(const pending& x) {
  if (--x.of->missing == 0)
    x.of->what(std::move(x.of->replies));
}

} // namespace tidewire
