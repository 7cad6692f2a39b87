// The inside of `links`: who knocks, who is dialled, who is linked.
#pragma once

#include "actors/link.hpp"
#include "actors/links.hpp"
#include "actors/state/cluster/link_table.hpp"
#include "net/cluster/knock.hpp"
#include "net/listener.hpp"
#include "net/resolver.hpp"

#include <caf/send.hpp>

#include <array>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tidewire {

/// Everything but the constructor belongs to the links' thread, once it runs.
class link_office : public link_host {
public:
  /// Handshakes under way with whoever dialled; one more, and the oldest that
  /// has not proved itself makes room.
  static constexpr std::size_t max_knocks = 64;

  link_office(caf::actor_system& system, std::uint32_t index,
              const config::cluster_settings& s, const std::string& secret,
              net::cluster::link_tls::ptr tls_of_links, link_identity who);

  void open();

  void node_is(caf::actor who);
  void dial(const std::string& address);
  void send(const cluster::life& to, link_order&& what);
  void send_all(const link_order& what);
  void cut(const cluster::life& who, const std::string& why);
  void leave(std::int64_t patience_ns, std::function<void()> done);

  void is_up(link& who) override;
  void was_heard(link& who) override;
  void wants_flush(link& who) override;
  void has_received(link_record&& what) override;
  void has_room(link& who) override;
  void is_ending(link& who, const std::string& why, bool by_us) override;
  void is_gone(link& who) override;

  caf::actor_system& system;
  const config::cluster_settings settings;
  link_identity identity;
  const net::cluster::proof_key key;
  net::cluster::link_tls::ptr tls; // of handshakes from now on
  net::reactor host;
  std::uint16_t port = 0;
  std::vector<link_watcher> watchers;
  std::array<link_receiver, 256> receivers; // by kind
  std::map<cluster::life, std::string> unwanted;

private:
  using knock = net::cluster::knock;
  using knock_ptr = std::shared_ptr<knock>;

  struct call : net::timer {
    call(link_office& o, std::string a);
    link_office& owner;
    std::string address;
    net::resolver::endpoints where;
    std::size_t next = 0;
    std::int64_t until_ns = 0;
    bool all_refused = true; // by the kernels there
    knock_ptr now;           // null while the name is looked up
    cluster::life claimed;   // the place it holds, if it has a name
  };

  struct standing {
    caf::actor handle;
    link* self;
    bool up = false;
  };

  struct farewell : net::timer {
    explicit farewell(link_office& o);
    link_office& owner;
  };

  net::cluster::hello hello() const;
  static cluster::life life_of(const knock& who);
  std::string both_names(const knock& who) const;

  void knocked(int descriptor);
  void make_room();
  void judge_knock(const knock_ptr& who);
  void judge_again(const std::string& node);
  void knock_ended(const knock_ptr& who, knock::outcome how,
                   const std::string& sentence);

  void try_next(call& what);
  void judge_answer(call& what);
  void call_ended(call& what, knock::outcome how, const std::string& sentence);
  void found(const std::string& address, const net::resolver::endpoints& where,
             const std::string& error);
  void answer(call& what, dial_outcome how, const std::string& sentence);
  void yield(const cluster::life& who);

  node_number number_of(const cluster::life& who);
  void make_link(knock& from, bool dialled);
  int encrypted(net::cluster::bare_link& from,
                std::shared_ptr<net::cluster::relay>& through);
  void end_silent(const std::string& node);
  bool refused_early(knock& who);
  void log_refusal(const turned_away& who);
  void log_refused_dial(const dialled& said);
  bool said_lately(const std::string& about);
  bool flush();
  void check_farewell();

  template <class T>
  void tell(T what) {
    if (node_)
      caf::anon_send(node_, std::move(what));
  }

  net::listener listener_;
  net::resolver names_;
  cluster::link_table table_;
  caf::actor node_;
  std::map<cluster::life, node_number> numbers_;
  std::list<knock_ptr> knocks_;
  std::set<knock*> waiting_; // of them, for an old link to end
  std::map<std::string, call> calls_;
  std::map<cluster::life, standing> links_;
  std::vector<link*> dirty_;
  std::map<std::string, std::int64_t> logged_; // refusals, not said twice
  farewell farewell_;
  std::int64_t leave_by_ns_ = 0;
  bool leaving_ = false;
  bool cut_all_ = false;
  std::function<void()> left_;
};

} // namespace tidewire
