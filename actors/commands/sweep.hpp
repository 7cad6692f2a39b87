// Looking at every connection, or every route, without holding anybody up.
#pragma once

#include "actors/commands/request.hpp"
#include "actors/connection.hpp"
#include "actors/shard.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tidewire::commands {

/// How a sweep goes through a reactor: `step` looks at a portion and returns
/// false when it has seen all.
template <class Part>
class sweep : public std::enable_shared_from_this<sweep<Part>> {
public:
  using step = std::function<bool(Part&, shard&)>;
  using result = std::function<void(std::vector<Part>)>;

  /// Begins on every reactor at once, with a `step` of its own for each. A
  /// reactor handles whatever else it has between two steps. `then` runs on the
  /// reactor that is done last.
  static void begin(const request& who, const std::function<step()>& make,
                    result then) {
    auto self = std::shared_ptr<sweep>(new sweep(who, std::move(then)));
    for (std::size_t i = 0; i < self->parts_.size(); ++i)
      self->go_on(i, make());
  }

private:
  sweep(const request& who, result then)
      : who_(who),
        then_(std::move(then)),
        parts_(who.at().shards.size()),
        missing_(parts_.size()) {}

  void go_on(std::size_t reactor, step next) {
    who_.on_reactor(reactor, [self = this->shared_from_this(), reactor,
                              next = std::move(next)](shard& home) mutable {
      if (next(self->parts_[reactor], home))
        self->go_on(reactor, std::move(next));
      else if (self->missing_.fetch_sub(1) == 1)
        self->then_(std::move(self->parts_));
    });
  }

  const request who_;
  const result then_;
  std::vector<Part> parts_; // each touched by its reactor only
  std::atomic<std::size_t> missing_;
};

/// Goes through the connections of a reactor, all or those of one app, from the
/// youngest place in their sets to the oldest, so that one that is there from
/// beginning to end is seen however many come and go. One may be seen twice
/// (another's end moves it, or it is accepted meanwhile); serial numbers tell.
class connection_cursor {
public:
  explicit connection_cursor(std::optional<app_index> only) : only_(only) {
    app_ = only_.value_or(0);
  }

  /// Shows about `most` of them; false when there are no more.
  template <class Show>
  bool visit(shard& home, std::size_t most, Show&& show) {
    return visit(home.unauthorized, home.live, most, std::forward<Show>(show));
  }

  /// The same on sets by app. Those that wait to be accepted come first: they
  /// may move to the others.
  template <class Entry, class Show>
  bool visit(const std::vector<live_set<Entry>>& waiting,
             const std::vector<live_set<Entry>>& open, std::size_t most,
             Show&& show) {
    for (std::size_t looked = 0; looked < most;) {
      auto& sets = accepted_ ? open : waiting;
      if (app_ >= sets.size() || (only_ && app_ != *only_)) {
        if (std::exchange(accepted_, true))
          return false;
        app_ = only_.value_or(0);
        left_ = from_end;
        continue;
      }
      auto& entries = sets[app_].entries();
      left_ = std::min(left_, entries.size());
      for (; left_ > 0 && looked < most; ++looked) {
        show(*entries[--left_]);
        left_ = std::min(left_, entries.size()); // `show` may close it
      }
      if (left_ == 0) {
        ++app_;
        ++looked; // apps without anybody are not free, either
        left_ = from_end;
      }
    }
    return true;
  }

private:
  static constexpr std::size_t from_end = static_cast<std::size_t>(-1);

  std::optional<app_index> only_;
  app_index app_ = 0;
  bool accepted_ = false;
  std::size_t left_ = from_end;
};

/// How many connections are looked at before others have their turn: about a
/// tenth of a millisecond.
inline constexpr std::size_t sweep_portion = 256;

/// The app an argument names by its id or a key; nothing if there is none, and
/// then an answer that says so. On the reactor of the ADMIN.
std::optional<app_index> named_app(const request& who, answer& no,
                                   std::string_view argument = "app");

/// The user of a connection: who signed in on it, or, if nobody did, as whom it
/// is a member of a presence channel; null if neither. On its reactor.
const std::string* user_of(const shard& home, const connection& who);

} // namespace tidewire::commands
