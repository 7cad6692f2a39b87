#include "actors/link_office.hpp"

#include "actors/link_config.hpp"
#include "config/endpoint.hpp"
#include "net/log.hpp"

#include <algorithm>

#include <unistd.h>

namespace tidewire {

namespace {

using net::cluster::handshake;
using net::cluster::refusal;

// The same refusal is not logged again for so long, whoever tries and how
// often.
constexpr std::int64_t quiet_ns = 60'000'000'000;
constexpr std::size_t max_logged = 256;

} // namespace

cluster::life link_office::life_of(const knock& who) {
  auto& said = who.talk().peer();
  return {said.node, said.incarnation};
}

net::cluster::hello link_office::hello() const {
  net::cluster::hello x;
  x.oldest = cluster::oldest_record_version;
  x.newest = cluster::record_version;
  x.types = carried_types();
  x.cluster = settings.name;
  x.node = identity.me.node;
  x.incarnation = identity.me.incarnation;
  x.stay = identity.stay;
  x.reactors = identity.reactors;
  x.address = settings.advertise;
  if (!x.address.empty())
    return x;
  auto where = config::split_endpoint(settings.listen);
  x.address = config::join_endpoint(where->host, std::to_string(port));
  return x;
}

std::string link_office::both_names(const knock& who) const {
  return "node " + identity.me.node + " and node " + who.talk().peer().node;
}

// -- whoever knocks -----------------------------------------------------------

void link_office::knocked(int descriptor) {
  make_room();
  if (knocks_.size() >= max_knocks) {
    ::close(descriptor);
    return;
  }
  const auto fresh = std::make_shared<knock>(
      host, handshake::role::acceptor, hello(), key, tls,
      knock::listener{
          [this](knock& k) { judge_knock(k.shared_from_this()); },
          [this](knock& k, knock::outcome how, const std::string& sentence) {
            knock_ended(k.shared_from_this(), how, sentence);
          }});
  knocks_.push_back(fresh);
  fresh->accept(descriptor);
}

// Whoever holds sockets open without a word cannot keep nodes out: he would
// have to be quicker than a handshake.
void link_office::make_room() {
  if (knocks_.size() < max_knocks)
    return;
  auto idle = std::find_if(knocks_.begin(), knocks_.end(),
                           [](auto& each) { return !each->talk().proved(); });
  if (idle == knocks_.end())
    return;
  const knock_ptr oldest = *idle;
  oldest->refuse(refusal::busy, "too many are shaking hands with node "
                                    + identity.me.node + "; it is tried again");
  oldest->abandon();
  knocks_.remove(oldest);
}

bool link_office::refused_early(knock& who) {
  if (leaving_) {
    who.refuse(refusal::leaving,
               "node " + identity.me.node + " is shutting down");
    return true;
  }
  auto at = unwanted.find(life_of(who));
  if (at != unwanted.end())
    who.refuse(refusal::unwanted, at->second);
  return at != unwanted.end();
}

void link_office::judge_knock(const knock_ptr& who) {
  if (refused_early(*who))
    return;
  auto life = life_of(*who);
  switch (table_.knocks(life, host.now())) {
  case cluster::link_verdict::take_and_yield:
    yield(life);
    who->agree();
    break;
  case cluster::link_verdict::take:
    who->agree();
    break;
  case cluster::link_verdict::wait:
    waiting_.insert(who.get());
    end_silent(life.node);
    break;
  case cluster::link_verdict::linked_already:
    who->refuse(refusal::already_linked,
                both_names(*who)
                    + " are linked already, or about to be; "
                      "nothing is wrong");
    break;
  case cluster::link_verdict::name_taken:
    who->refuse(refusal::name_taken,
                "another node " + life.node
                    + " is alive; give every node a server.node of its own, "
                      "or wait until the other one is gone");
    break;
  }
}

// A link of that name has ended: those who waited for it may have the place.
void link_office::judge_again(const std::string& node) {
  for (const auto& each : std::list<knock_ptr>{knocks_})
    if (waiting_.contains(each.get()) && each->talk().peer().node == node) {
      waiting_.erase(each.get());
      judge_knock(each);
    }
  std::vector<std::string> addresses;
  for (auto& [address, each] : calls_)
    if (each.now && each.now->talk().now() == handshake::state::deciding
        && each.now->talk().peer().node == node)
      addresses.push_back(address);
  for (auto& each : addresses)
    if (auto at = calls_.find(each); at != calls_.end())
      judge_answer(at->second);
}

void link_office::knock_ended(const knock_ptr& who, knock::outcome how,
                              const std::string& sentence) {
  knocks_.remove(who);
  waiting_.erase(who.get());
  auto& talk = who->talk();
  if (how == knock::outcome::agreed) {
    make_link(*who, false);
    return;
  }
  // It had the place, and broke before the last word was out.
  if (talk.now() == handshake::state::done) {
    table_.gone(life_of(*who));
    judge_again(talk.peer().node);
  }
  turned_away said{who->remote(), talk.peer().node, talk.proved(), talk.why(),
                   talk.sentence()};
  if (who->lacked_tls()) {
    said.code = refusal::tls;
    said.sentence = sentence;
  } else if (talk.now() != handshake::state::refused_here || said.node.empty()
             || said.code == refusal::already_linked
             || said.code == refusal::yourself) {
    log_debug("knock_ended", "a handshake with {} came to nothing: {}",
              said.from, sentence);
    return;
  }
  log_refusal(said);
  tell(std::move(said));
}

bool link_office::said_lately(const std::string& about) {
  if (logged_.size() >= max_logged)
    logged_.clear();
  auto [at, is_new] = logged_.try_emplace(about, host.now());
  if (!is_new && host.now() - at->second < quiet_ns)
    return true;
  at->second = host.now();
  return false;
}

// Who has no TLS has said no name.
void link_office::log_refusal(const turned_away& who) {
  auto unnamed = who.node.empty();
  auto name = unnamed ? std::string{host_of(who.from)} : who.node;
  if (said_lately(name + '/' + std::string{word(who.code)}))
    return;
  log_warning("join_refused", "{} at {} may not join ({}): {}",
              unnamed ? "somebody" : "node " + who.node, who.from,
              word(who.code), who.sentence);
}

// -- dialling -----------------------------------------------------------------

link_office::call::call(link_office& o, std::string a)
    : timer([](net::timer& t) {
        auto& self = static_cast<call&>(t);
        self.owner.answer(self, dial_outcome::unreachable,
                          "looking up the name in " + self.address
                              + " takes too long");
      }),
      owner(o),
      address(std::move(a)) {}

void link_office::dial(const std::string& address) {
  if (leaving_)
    return;
  auto [at, is_new] = calls_.try_emplace(address, *this, address);
  if (!is_new)
    return;
  auto& fresh = at->second;
  auto where = config::split_endpoint(address);
  if (!where) {
    answer(fresh, dial_outcome::unreachable,
           address + " is no address; write host:port");
    return;
  }
  fresh.until_ns = host.now() + knock::patience_ns;
  host.wheel().arm(fresh, fresh.until_ns);
  names_.resolve(where->host, where->port,
                 [this, address](const net::resolver::endpoints& all,
                                 const std::string& error) {
                   found(address, all, error);
                 });
}

void link_office::found(const std::string& address,
                        const net::resolver::endpoints& where,
                        const std::string& error) {
  auto at = calls_.find(address);
  if (at == calls_.end() || at->second.now || !at->second.where.empty())
    return; // too late, or asked twice
  auto& what = at->second;
  what.cancel();
  if (!error.empty()) {
    answer(what, dial_outcome::unreachable, error);
    return;
  }
  what.where = where;
  try_next(what);
}

// A name may have several addresses; each gets its share of the time.
void link_office::try_next(call& what) {
  auto left = static_cast<std::int64_t>(what.where.size() - what.next);
  auto share = (what.until_ns - host.now()) / left;
  auto& where = what.where[what.next++];
  what.now = std::make_shared<knock>(
      host, handshake::role::dialler, hello(), key, tls,
      knock::listener{[this, &what](knock&) { judge_answer(what); },
                      [this, &what](knock&, knock::outcome how,
                                    const std::string& sentence) {
                        call_ended(what, how, sentence);
                      }});
  const auto held = what.now; // it may end at once
  held->dial(where, share);
}

void link_office::judge_answer(call& what) {
  const auto who = what.now;
  if (refused_early(*who))
    return;
  auto life = life_of(*who);
  switch (table_.answers(life, host.now())) {
  case cluster::link_verdict::take:
  case cluster::link_verdict::take_and_yield:
    what.claimed = life;
    who->agree();
    break;
  case cluster::link_verdict::wait:
    end_silent(life.node);
    break;
  case cluster::link_verdict::linked_already:
    who->refuse(refusal::already_linked,
                both_names(*who)
                    + " are linked already, or about to be; "
                      "nothing is wrong");
    break;
  case cluster::link_verdict::name_taken:
    who->refuse(refusal::name_taken,
                "another node " + life.node + " is linked with node "
                    + identity.me.node
                    + "; give every node a server.node of its own");
    break;
  }
}

void link_office::call_ended(call& what, knock::outcome how,
                             const std::string& sentence) {
  auto& talk = what.now->talk();
  if (how == knock::outcome::agreed) {
    what.claimed = {};
    make_link(*what.now, true);
    answer(what, dial_outcome::linked, {});
    return;
  }
  if (how == knock::outcome::refused) {
    auto code = talk.why();
    if (code == refusal::yourself)
      answer(what, dial_outcome::yourself, sentence);
    else if (code == refusal::already_linked)
      answer(what, dial_outcome::already_linked, sentence);
    else
      answer(what, dial_outcome::refused, sentence);
    return;
  }
  what.all_refused = what.all_refused && how == knock::outcome::no_listener;
  if (what.next < what.where.size() && host.now() < what.until_ns) {
    table_.gave_up(what.claimed);
    what.claimed = {};
    try_next(what);
    return;
  }
  auto outcome = what.all_refused                ? dial_outcome::no_listener
                 : how == knock::outcome::silent ? dial_outcome::silent
                 : how == knock::outcome::broken ? dial_outcome::broke_off
                                                 : dial_outcome::unreachable;
  answer(what, outcome, sentence);
}

// The end of a call: its place becomes free, and NODE is told.
void link_office::answer(call& what, dial_outcome how,
                         const std::string& sentence) {
  dialled said{what.address, how, {}, refusal::none, sentence};
  if (what.now && what.now->talk().proved())
    said.answered = life_of(*what.now);
  if (what.now)
    said.code = what.now->talk().why();
  if (how == dial_outcome::refused)
    log_refused_dial(said);
  if (!what.claimed.node.empty())
    table_.gave_up(what.claimed);
  auto node = what.claimed.node;
  calls_.erase(what.address);
  tell(std::move(said));
  if (!node.empty())
    judge_again(node);
}

void link_office::log_refused_dial(const dialled& said) {
  if (said_lately(said.address + '/' + std::string{word(said.code)}))
    return;
  log_warning("join_refused", "the node at {} refuses this one ({}): {}",
              said.address, word(said.code), said.sentence);
}

// Both dialled at once, and the other one's dial goes on.
void link_office::yield(const cluster::life& who) {
  for (auto& [address, each] : calls_)
    if (each.claimed == who) {
      each.now->abandon();
      each.claimed = {};
      answer(each, dial_outcome::already_linked,
             "node " + who.node + " dialled at the same time");
      return;
    }
}

} // namespace tidewire
