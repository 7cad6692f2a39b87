#include "actors/courier.hpp"

#include "messages/node_messages.hpp"

#include <caf/send.hpp>

namespace tidewire {

bool courier::flush() {
  bool any = false;
  for (std::uint32_t i = 0; i < routers_.size(); ++i)
    if (auto batch = streams_.for_edge(i); !batch.records.empty()) {
      caf::anon_send(routers_[i], std::move(batch));
      any = true;
    }
  for (std::uint32_t i = 0; i < directories_.size(); ++i)
    if (auto records = streams_.for_directory(i); !records.empty()) {
      caf::anon_send(directories_[i], directory_batch{self_, streams_.view(),
                                                      std::move(records)});
      any = true;
    }
  for (auto& [number, exit] : exits_)
    while (exit->has_room()) {
      auto batch = streams_.for_node(number);
      if (batch.empty())
        break;
      exit->send(std::move(batch));
    }
  return any;
}

} // namespace tidewire
