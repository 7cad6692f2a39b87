#include "actors/report_stream.hpp"

#include "messages/node_messages.hpp"
#include "net/log.hpp"

#include <caf/send.hpp>

namespace tidewire {

void report_stream::add(const channel_key& channel, channel_fact what) {
  if (count_ >= max_unconfirmed) {
    if (!std::exchange(dropped_, true))
      log_warning("webhooks_behind",
                  "WEBHOOKS is {} reports behind reactor {}: events are lost "
                  "until it has caught up; is the disk of data_dir slow?",
                  count_, reactor_);
    return;
  }
  ++count_;
  waiting_.push_back({channel, std::move(what)});
}

void report_stream::flush(const caf::actor& router) {
  if (waiting_.empty() && settled_ == 0)
    return;
  unconfirmed_.push_back({++last_,
                          std::make_shared<const std::vector<channel_report>>(
                              std::exchange(waiting_, {})),
                          std::exchange(settled_, 0)});
  send(unconfirmed_.back(), router);
}

void report_stream::send(const batch& what, const caf::actor& router) const {
  caf::anon_send(reader_, reports_told{reactor_, what.number, what.reports,
                                       what.settled, router});
}

void report_stream::reader_is(caf::actor who, const caf::actor& router) {
  reader_ = std::move(who);
  for (auto& what : unconfirmed_)
    send(what, router);
}

bool report_stream::taken(std::uint64_t number) {
  while (!unconfirmed_.empty() && unconfirmed_.front().number <= number) {
    count_ -= unconfirmed_.front().reports->size();
    unconfirmed_.pop_front();
  }
  return count_ == 0 && std::exchange(dropped_, false);
}

} // namespace tidewire
