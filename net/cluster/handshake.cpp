#include "net/cluster/handshake.hpp"

#include "messages/wire.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::net::cluster {

namespace {

constexpr std::string_view by_dialler = "tidewire 1 greeting of the dialler";
constexpr std::string_view by_acceptor = "tidewire 1 answer of the acceptor";
constexpr std::string_view by_both = "tidewire 1 confirmation of the dialler";
constexpr std::string_view of_session = "tidewire 1 session";

constexpr char begins_tls = '\x16'; // RFC 8446 §5.1

// What somebody sees who came with another protocol.
constexpr std::string_view for_strangers =
    "This is the cluster port of a Tidewire node: only nodes speak here.\r\n";

std::string quoted(std::string_view x) {
  return '"' + std::string{x} + '"';
}

std::string versions(const hello& x) {
  return x.oldest == x.newest
             ? std::to_string(x.newest)
             : std::to_string(x.oldest) + " to " + std::to_string(x.newest);
}

// A hello and a proof behind it.
struct signed_hello {
  std::string_view bytes;
  std::string_view proof;
};

signed_hello split(std::string_view all) noexcept {
  auto end = all.size() - std::min(all.size(), std::tuple_size_v<mac>);
  return {all.substr(0, end), all.substr(end)};
}

} // namespace

handshake::handshake(role end, const hello& me, const proof_key& key)
    : role_(end),
      me_(me),
      key_(key),
      mine_(write_hello(me)),
      expected_(end == role::dialler ? step::challenge : step::greeting) {
  if (end == role::dialler)
    return;
  challenge_ = view_of(me.nonce);
  append_frame(out, step::challenge, challenge_);
}

std::size_t handshake::wants() const noexcept {
  return state_ == state::talking ? wants_ - in_.size() : 0;
}

void handshake::take(std::string_view bytes) {
  if (state_ != state::talking)
    return;
  in_ += bytes.substr(0, wants());
  const auto before = out.size();
  // What cannot become a frame need not be waited for; and a frame would say
  // nothing to somebody with another protocol.
  auto seen = std::min(in_.size(), magic.size());
  if (in_.compare(0, seen, magic, 0, seen) != 0) {
    if (in_.front() == begins_tls)
      refuse(refusal::tls, "what came is TLS, and node " + quoted(me_.node)
                               + " has none; either all nodes have "
                                 "cluster.tls, or none");
    else
      refuse(refusal::malformed, "what came is not Tidewire's");
    out.replace(before, std::string::npos, for_strangers);
    return;
  }
  if (in_.size() < wants_)
    return;
  auto begins = read_head(in_);
  if (!begins) {
    malformed();
    return;
  }
  wants_ = head_size + begins->size;
  if (in_.size() < wants_)
    return;
  auto whole = std::exchange(in_, {});
  wants_ = head_size;
  if (begins->form != form && begins->what != step::refused) {
    refuse(begins->form < form ? refusal::too_old : refusal::too_new,
           "the other node shakes hands in form " + std::to_string(begins->form)
               + ", node " + quoted(me_.node) + " in form "
               + std::to_string(form)
               + "; run the same version of Tidewire on both, or the next one");
    return;
  }
  frame(begins->what, std::string_view(whole).substr(head_size));
}

void handshake::frame(step what, std::string_view bytes) {
  if (what == step::refused)
    on_refused(bytes);
  else if (what != expected_)
    malformed();
  else if (what == step::challenge)
    on_challenge(bytes);
  else if (what == step::greeting)
    on_greeting(bytes);
  else if (what == step::answer)
    on_answer(bytes);
  else if (what == step::confirm)
    on_confirm(bytes);
  else
    state_ = state::done;
}

// -- the dialler --------------------------------------------------------------

void handshake::on_challenge(std::string_view bytes) {
  if (bytes.size() != std::tuple_size_v<mac>) {
    malformed();
    return;
  }
  challenge_ = bytes;
  auto proof = key_.sign(by_dialler, {challenge_, mine_});
  append_frame(out, step::greeting, mine_ + std::string{view_of(proof)});
  expected_ = step::answer;
}

void handshake::on_answer(std::string_view bytes) {
  auto [said, proof] = split(bytes);
  auto who = read_hello(said);
  if (!who) {
    malformed();
    return;
  }
  peer_ = *who;
  theirs_ = said;
  proved_ = key_.holds(proof, by_acceptor, {challenge_, mine_, theirs_});
  if (!proved_) {
    refuse(refusal::wrong_secret,
           "the node that was dialled did not prove the secret; give all nodes "
           "of a cluster the same cluster.secret");
    return;
  }
  if (fits(peer_))
    state_ = state::deciding;
}

// -- the acceptor -------------------------------------------------------------

// Another cluster's name is told apart from a wrong secret, because that is the
// commoner mistake; the name itself is not told.
void handshake::on_greeting(std::string_view bytes) {
  auto [said, proof] = split(bytes);
  auto who = read_hello(said);
  if (!who) {
    malformed();
    return;
  }
  peer_ = *who;
  theirs_ = said;
  if (peer_.cluster != me_.cluster) {
    refuse(refusal::other_cluster,
           "the node that was dialled is not of the cluster "
               + quoted(peer_.cluster)
               + "; give all nodes of a cluster the same cluster.name, or "
                 "correct cluster.peers");
    return;
  }
  proved_ = key_.holds(proof, by_dialler, {challenge_, theirs_});
  if (!proved_) {
    refuse(refusal::wrong_secret,
           "node " + quoted(peer_.node)
               + " did not prove the secret; give all nodes of a cluster the "
                 "same cluster.secret");
    return;
  }
  if (!fits(peer_))
    return;
  auto answer = key_.sign(by_acceptor, {challenge_, theirs_, mine_});
  append_frame(out, step::answer, mine_ + std::string{view_of(answer)});
  expected_ = step::confirm;
}

void handshake::on_confirm(std::string_view bytes) {
  if (!key_.holds(bytes, by_both, {challenge_, theirs_, mine_})) {
    refuse(refusal::wrong_secret,
           "the confirmation of node " + quoted(peer_.node)
               + " does not fit; if this happens again, somebody changes bytes "
                 "between the nodes: use cluster.tls");
    return;
  }
  state_ = state::deciding;
}

// -- both ---------------------------------------------------------------------

bool handshake::fits(const hello& x) {
  if (x.incarnation == me_.incarnation && x.node == me_.node) {
    refuse(refusal::yourself, "node " + quoted(me_.node)
                                  + " dialled its own address; nothing is "
                                    "wrong");
    return false;
  }
  if (x.node == me_.node) {
    refuse(refusal::name_taken,
           "both nodes are called " + quoted(me_.node)
               + "; give every node a server.node of its own");
    return false;
  }
  if (x.types != me_.types) {
    refuse(refusal::unknown_types,
           "node " + quoted(x.node) + " carries " + quoted(x.types) + ", node "
               + quoted(me_.node) + " carries " + quoted(me_.types)
               + "; build both from the same release, or the next one, with "
                 "the same version of CAF");
    return false;
  }
  if (x.newest < me_.oldest || x.oldest > me_.newest) {
    auto old = x.newest < me_.oldest;
    refuse(old ? refusal::too_old : refusal::too_new,
           "node " + quoted(x.node) + " speaks version " + versions(x)
               + ", node " + quoted(me_.node) + " speaks version "
               + versions(me_)
               + "; upgrade the older one, one version after "
                 "the other");
    return false;
  }
  return true;
}

void handshake::agree() {
  if (state_ != state::deciding)
    return;
  if (role_ == role::acceptor) {
    append_frame(out, step::welcome, {});
    state_ = state::done;
    return;
  }
  auto proof = key_.sign(by_both, {challenge_, mine_, theirs_});
  append_frame(out, step::confirm, view_of(proof));
  expected_ = step::welcome;
  state_ = state::talking;
}

void handshake::refuse(refusal why, std::string_view sentence) {
  if (state_ != state::talking && state_ != state::deciding)
    return;
  state_ = state::refused_here;
  why_ = why;
  sentence_ = sentence.substr(0, max_sentence);
  wire_writer said;
  said.number(static_cast<std::uint64_t>(why));
  said.text(sentence_);
  append_frame(out, step::refused, said.bytes());
}

void handshake::on_refused(std::string_view bytes) {
  wire_reader in{bytes};
  auto code = in.number(255);
  auto text = in.text();
  if (in.failed() || code == 0 || text.size() > max_sentence) {
    malformed();
    return;
  }
  state_ = state::refused_there;
  why_ = static_cast<refusal>(code);
  sentence_ = readable(text);
}

void handshake::malformed() {
  refuse(refusal::malformed, "what came is not a handshake");
}

std::uint8_t handshake::version() const noexcept {
  return std::min(me_.newest, peer_.newest);
}

mac handshake::session() const {
  return role_ == role::dialler
             ? key_.sign(of_session, {challenge_, mine_, theirs_})
             : key_.sign(of_session, {challenge_, theirs_, mine_});
}

} // namespace tidewire::net::cluster
