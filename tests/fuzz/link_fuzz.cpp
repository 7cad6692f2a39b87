// What comes to the cluster port, and over a link: whatever the bytes, nobody
// is believed without a proof, nothing is kept that was only claimed, and what
// is read says the same when it is written again.
#include "actors/state/cluster/link_queue.hpp"
#include "actors/state/cluster/shared_rows.hpp"
#include "messages/wire.hpp"
#include "net/cluster/handshake.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <algorithm>
#include <cstdint>

namespace {

using namespace tidewire;
using namespace tidewire::net::cluster;
using fuzzing::require;

hello me() {
  hello x;
  x.types = "CAF 17, BASP 4, link_batch";
  x.cluster = "tide";
  x.node = "me";
  x.incarnation = 77;
  x.address = "127.0.0.1:6101";
  x.nonce.fill(7); // the same each time, or nothing could be found again
  return x;
}

void check(const handshake& x) {
  require(x.out.size() <= 2 * (head_size + max_frame), "it says too much");
  require(x.sentence().size() <= max_sentence, "a sentence is too long");
  require(x.wants() <= head_size + max_frame, "it wants too much");
  require((x.now() == handshake::state::talking) == (x.wants() != 0),
          "it reads on when it is over");
}

// Anything at all.
void strangers(handshake::role end, std::string_view bytes) {
  const proof_key key{"secret"};
  const auto self = me();
  handshake x{end, self, key};
  while (!bytes.empty() && x.wants() != 0) {
    auto count = std::min(bytes.size(), x.wants());
    x.take(bytes.substr(0, count));
    bytes.remove_prefix(count);
    check(x);
  }
  require(!x.proved(), "somebody was believed without the secret");
  require(x.now() != handshake::state::deciding
              && x.now() != handshake::state::done,
          "somebody was let in without the secret");
}

// Somebody who knows the secret, and whose hello is anything.
void member(std::string_view said) {
  const proof_key key{"secret"};
  const auto self = me();
  handshake x{handshake::role::acceptor, self, key};
  auto greeting = std::string{said.substr(0, max_frame - 32)};
  auto proof = key.sign("tidewire 1 greeting of the dialler",
                        {view_of(self.nonce), greeting});
  std::string frame;
  append_frame(frame, step::greeting, greeting + std::string{view_of(proof)});
  x.take(std::string_view{frame}.substr(0, head_size));
  if (x.wants() != 0)
    x.take(std::string_view{frame}.substr(head_size));
  check(x);
  auto who = read_hello(greeting);
  require(who.has_value() == (x.why() != refusal::malformed),
          "what can be read is answered, and nothing else");
  if (who) {
    require(x.proved() == (who->cluster == self.cluster), "the proof holds");
    require(read_hello(write_hello(*who)) == who, "a hello says the same");
  }
}

void records(std::string_view bytes) {
  std::string again;
  std::size_t sum = 0;
  cluster::for_each_record(
      bytes, [&](cluster::record_kind kind, std::string_view each) {
        sum += each.size();
        require(cluster::append_record(again, kind, each), "it can be written");
      });
  require(sum <= bytes.size(), "records are no longer than what came");
  std::string twice;
  require(cluster::for_each_record(
              again,
              [&](cluster::record_kind kind, std::string_view each) {
                cluster::append_record(twice, kind, each);
              }),
          "what was written can be read");
  require(again == twice, "records say the same");
  // What is shared by all nodes: it is taken or not, and told as it came.
  cluster::shared_rows rows;
  cluster::shared_effects effects;
  cluster::life peer{"peer", 1};
  rows.i_am({"self", 2});
  rows.linked(peer, 0, effects);
  cluster::for_each_record(
      bytes, [&](cluster::record_kind kind, std::string_view each) {
        rows.receive(peer, kind, each, 0, effects);
        if (auto told = cluster::read_shared_told(each))
          require(cluster::read_shared_told(cluster::write(*told)) == told,
                  "rows say the same");
      });
  // Batches: a length, and that.
  cluster::link_queue queue{4096};
  queue.put(40, 0, {}, "one");
  static_cast<void>(queue.next());
  wire_reader in{bytes};
  while (!in.done() && !in.failed()) {
    auto before = queue.under_way();
    auto came = queue.take(in.text());
    require(!came || came->freed <= before, "no more is freed than was sent");
    static_cast<void>(queue.next());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  if (bytes.empty())
    return 0;
  auto what = static_cast<unsigned char>(bytes.front()) % 4;
  bytes.remove_prefix(1);
  if (what < 2)
    strangers(what == 0 ? handshake::role::dialler : handshake::role::acceptor,
              bytes);
  else if (what == 2)
    member(bytes);
  else
    records(bytes);
  return 0;
}
