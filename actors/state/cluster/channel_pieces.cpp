// How large batches are, and how they are cut.
#include "actors/state/cluster/channel_codec.hpp"

#include <algorithm>
#include <variant>

namespace tidewire::cluster {

namespace {

// Numbers, tags and lengths.
constexpr std::size_t little = 24;

std::size_t weight(const frame_ptr& x) noexcept {
  return x ? x->bytes().size() : 0;
}
std::size_t weight(const tidewire::channel_key& x) noexcept {
  return x.name.size();
}
std::size_t weight(const std::string& x) noexcept {
  return x.size() + 2;
}
std::size_t weight(const member& x) noexcept {
  return x.user_id.size() + x.user_info.size() + 4;
}
std::size_t weight(const attendance& x) noexcept {
  return little + (x.user ? weight(*x.user) : 0);
}
std::size_t weight(const named_facts& x) noexcept {
  auto result = little + x.channel.size();
  for (auto& id : x.facts.users)
    result += weight(id);
  return result + (x.facts.cache ? x.facts.cache->data.size() : 0);
}
template <class T>
std::size_t weight(const std::vector<T>& all) noexcept {
  std::size_t result = 0;
  for (auto& x : all)
    result += weight(x);
  return result;
}

// The parts that may be long, of whatever has them.
template <class Record>
std::size_t sum(const Record& x) noexcept {
  auto result = little;
  if constexpr (requires { x.channel.name; })
    result += weight(x.channel);
  if constexpr (requires { x.event; })
    result += weight(x.event);
  if constexpr (requires { x.greeting; })
    result += weight(x.greeting);
  if constexpr (requires { x.present; })
    result += weight(x.present) + weight(x.gone);
  if constexpr (requires { x.subscribers; })
    result += weight(x.subscribers);
  if constexpr (requires { x.who.user; })
    result += weight(x.who);
  if constexpr (requires { x.channels; })
    result += weight(x.channels);
  if constexpr (requires { x.sentence; })
    result += x.sentence.size() + x.type.size();
  return result;
}

} // namespace

std::size_t weight_of(const edge_record& record) noexcept {
  return std::visit([](auto& x) { return sum(x); }, record);
}

std::size_t weight_of(const directory_record& record) noexcept {
  return std::visit([](auto& x) { return sum(x); }, record);
}

std::optional<piece_writer::piece> piece_writer::next() {
  if (done_)
    return std::nullopt;
  auto size = std::min(channel_piece_bytes, all_.size() - at_);
  done_ = at_ + size == all_.size();
  auto kind = done_ ? channel_batch_kind : channel_piece_kind;
  if (done_ && at_ == 0)
    return piece{kind, std::move(all_)};
  piece result{kind, all_.substr(at_, size)};
  at_ += size;
  return result;
}

std::optional<std::string> piece_reader::add(place from, std::uint32_t session,
                                             record_kind kind,
                                             std::string bytes) {
  auto at = unfinished_.find(from);
  if (at != unfinished_.end() && at->second.session != session) {
    unfinished_.erase(at); // its end was lost with the link
    at = unfinished_.end();
  }
  if (kind == channel_batch_kind && at == unfinished_.end())
    return bytes;
  if (kind != channel_batch_kind && kind != channel_piece_kind)
    return std::nullopt;
  if (at == unfinished_.end())
    at = unfinished_.emplace(from, unfinished{session, {}, false}).first;
  auto& all = at->second;
  if (all.too_long || all.bytes.size() + bytes.size() > max_channel_batch) {
    all.too_long = true;
    all.bytes = {};
  } else {
    all.bytes += bytes;
  }
  if (kind == channel_piece_kind)
    return std::nullopt;
  auto whole = std::move(all);
  unfinished_.erase(at);
  if (whole.too_long)
    return std::nullopt;
  return std::move(whole.bytes);
}

void piece_reader::forget(node_number node) {
  std::erase_if(unfinished_, [&](auto& x) { return node_of(x.first) == node; });
}

} // namespace tidewire::cluster
