#include "actors/state/cluster/link_queue.hpp"

namespace tidewire::cluster {

std::int64_t link_queue::put(record_kind kind, std::uint64_t slot,
                             std::string_view head, std::string_view bytes) {
  std::string framed;
  framed.reserve(record_size(head.size() + bytes.size(), kind));
  if (head.empty()) {
    append_record(framed, kind, bytes);
  } else {
    std::string both{head};
    both += bytes;
    append_record(framed, kind, both);
  }
  auto size = framed.size();
  if (slot != 0)
    if (auto old = slots_.find({kind, slot}); old != slots_.end()) {
      auto before = old->second->bytes.size();
      old->second->bytes = std::move(framed);
      waiting_ = waiting_ - before + size;
      return static_cast<std::int64_t>(size)
             - static_cast<std::int64_t>(before);
    }
  records_.push_back({kind, slot, std::move(framed)});
  if (slot != 0)
    slots_.emplace(key{kind, slot}, std::prev(records_.end()));
  waiting_ += size;
  return static_cast<std::int64_t>(size);
}

std::optional<std::string> link_queue::next(bool anyway) {
  auto room = under_way_ < window_ || sent_.empty();
  auto numbered = (!records_.empty() && room) || anyway;
  if (!numbered && !tell_)
    return std::nullopt;
  wire_writer head;
  head.number(numbered ? last_sent_ + 1 : 0);
  head.number(last_taken_);
  told_ = last_taken_;
  untold_bytes_ = 0;
  tell_ = false;
  auto result = head.take();
  if (!numbered)
    return result;
  std::size_t size = 0;
  while (!records_.empty() && room && size < batch_bytes
         && (size == 0 || under_way_ + size < window_)) {
    auto& first = records_.front();
    result += first.bytes;
    size += first.bytes.size();
    if (first.slot != 0)
      slots_.erase({first.kind, first.slot});
    records_.pop_front();
  }
  waiting_ -= size;
  under_way_ += size;
  sent_.push_back({++last_sent_, size});
  return result;
}

std::optional<link_queue::arrival> link_queue::take(std::string_view batch) {
  wire_reader in{batch};
  auto number = in.number();
  auto handled = in.number();
  if (in.failed() || (number != 0 && number != last_taken_ + 1)
      || handled > last_sent_)
    return std::nullopt;
  arrival result{in.rest(), 0};
  if (number == 0 && !result.records.empty())
    return std::nullopt;
  for (; !sent_.empty() && sent_.front().number <= handled; sent_.pop_front()) {
    result.freed += sent_.front().bytes;
    silence_ns_ = 0;
  }
  under_way_ -= result.freed;
  if (number != 0) {
    last_taken_ = number;
    untold_bytes_ += batch.size();
    tell_ = tell_ || untold_bytes_ >= ack_bytes;
  }
  return result;
}

std::int64_t link_queue::tick(std::int64_t passed_ns) noexcept {
  tell_ = tell_ || told_ != last_taken_;
  silence_ns_ = sent_.empty() ? 0 : silence_ns_ + passed_ns;
  return silence_ns_;
}

} // namespace tidewire::cluster
