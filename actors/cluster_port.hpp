// Where the data plane of this process meets other nodes.
#pragma once

#include "actors/shard.hpp"
#include "actors/state/cluster/record.hpp"
#include "actors/state/cluster/view.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tidewire {

struct webhook_office;

/// A way to one life of another node, until it breaks. `link_line` is one;
/// tests have others. Any thread.
class node_line {
public:
  virtual ~node_line() = default;

  /// Whether it takes more.
  virtual bool may_send() = 0;

  /// From a reactor of this node to one of that. False: the line has ended.
  virtual bool send(cluster::record_kind kind, std::uint32_t from,
                    std::uint32_t to, std::string bytes) = 0;
};

/// Tells the reactors of this process of views and lines, and hands them what
/// comes. It knows which number a life has here: the one that came with its
/// line; ours is 0.
///
/// `line_is`, `line_ended`, `has_room` and `arrived` are called by one thread,
/// that of the links; `view_is` and `joined` by any. The reactors outlive it,
/// and it is told to `stop` before they are.
class cluster_port {
public:
  /// The shards of this process by reactor, what it calls itself, and where its
  /// WEBHOOKS works, which is told as well.
  cluster_port(std::vector<shard*> shards, cluster::life me,
               webhook_office* office = nullptr);

  /// The same for an office that is made later: before there are lines.
  void office_is(webhook_office& office);

  cluster_port(const cluster_port&) = delete;
  cluster_port& operator=(const cluster_port&) = delete;

  /// There is a line to that life, another than before; what comes over it
  /// comes after this.
  void line_is(const cluster::life& who, node_number number,
               std::uint32_t reactors, const std::shared_ptr<node_line>& way);

  /// It broke; what came over it came before this.
  void line_ended(node_number number);

  /// `may_send` of its line is true again.
  void has_room(node_number number);

  /// A record of `cluster::channel_kinds`, from a reactor of that node to one
  /// of this.
  void arrived(node_number number, std::uint32_t from, std::uint32_t to,
               cluster::record_kind kind, std::string bytes);

  /// The view has changed. A member without a line as yet is waited for: the
  /// reactors hear of the view when there is one.
  void view_is(std::shared_ptr<const cluster::view> now);

  /// That life is over for good.
  void life_over(const cluster::life& who);

  /// The node is not joining any more.
  void joined();

  /// Calls nothing of the reactors from now on.
  void stop();

  /// Called on a reactor when what came from that node cannot be read: its line
  /// is to be ended. To be set before there are lines.
  std::function<void(node_number)> distrust;

private:
  /// The lines there are, for WEBHOOKS, which may outlive the port.
  struct ways {
    std::mutex mutex;
    std::map<node_number, std::shared_ptr<node_line>> lines;

    void send(node_number to, cluster::record_kind kind, std::string bytes);
    bool have_room();
  };

  void tell_view();
  void tell_joined();

  const std::vector<shard*> shards_;
  webhook_office* office_;
  const cluster::life me_;
  const std::shared_ptr<ways> ways_;
  std::map<node_number, std::uint32_t> sessions_; // of the thread of the links

  std::mutex mutex_; // what follows; never taken by a reactor of connections
  bool stopped_ = false;
  bool joined_ = false; // and the reactors have not been told
  std::vector<std::pair<cluster::life, node_number>> numbers_;
  std::shared_ptr<const cluster::view> untold_; // waits for lines
};

} // namespace tidewire
