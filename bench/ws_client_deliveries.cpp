// How a client of the generator counts what it was subscribed for.
#include "bench/sampler.hpp"
#include "bench/ws_client.hpp"

namespace tidewire::bench {

// The hot path: nothing but a comparison and three additions per delivery.
std::size_t ws_client::take_deliveries(std::string_view bytes) {
  // Before the first answer to subscribe nothing is a delivery, whatever its
  // length: a greeting may be as long as an event.
  if (!context_.shape || phase_ < client_phase::subscribing)
    return 0;
  const auto shape = *context_.shape;
  const auto* at = bytes.data();
  const auto* end = at + bytes.size();
  std::uint64_t count = 0;
  if (sampler_ == nullptr) {
    for (;
         static_cast<std::size_t>(end - at) >= shape.size && shape.matches(at);
         at += shape.size)
      ++count;
  } else {
    const auto time = now();
    for (; static_cast<std::size_t>(end - at) >= shape.size && shape.matches(at)
           && find_stamp({at + shape.stamp_at, stamp::size});
         at += shape.size, ++count)
      sampler_->saw(read_stamp(at + shape.stamp_at), time);
  }
  deliveries_ += count;
  context_.deliveries += count;
  context_.delivered_size += count * shape.size;
  return static_cast<std::size_t>(at - bytes.data());
}

// Compressed deliveries are told by their heads and counted by their lengths,
// which differ; only samplers look into them.
std::size_t ws_client::take_packed(std::string_view bytes) {
  std::size_t used = 0;
  std::uint64_t count = 0;
  frame_head head;
  while (read_head(bytes.substr(used), head) == head_status::ok
         && head.code == opcode::text && head.final && head.packed) {
    const auto size = head.header + static_cast<std::size_t>(head.payload);
    if (bytes.size() - used < size)
      break;
    if (sampler_ != nullptr)
      sample_packed(bytes.substr(used + head.header, size - head.header));
    used += size;
    ++count;
  }
  deliveries_ += count;
  context_.deliveries += count;
  context_.packed += count;
  context_.delivered_size += used;
  return used;
}

void ws_client::sample_packed(std::string_view payload) {
  const auto message = context_.inflater.inflate(payload, 1u << 20);
  if (const auto at = find_stamp(message.text))
    sampler_->saw(read_stamp(message.text.data() + *at), now());
}

} // namespace tidewire::bench
