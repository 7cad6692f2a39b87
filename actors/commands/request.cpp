#include "actors/commands/request.hpp"

#include "actors/commands/asked.hpp"
#include "actors/shard.hpp"
#include "net/log.hpp"

#include <caf/send.hpp>

#include <atomic>
#include <chrono>

namespace tidewire::commands {

struct request::state {
  state(call w, const desk& a, caf::actor ad, taker t, watcher p)
      : what(std::move(w)),
        at(a),
        admin(std::move(ad)),
        then(std::move(t)),
        watch(std::move(p)) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  ~state() {
    reply(refused(status::unavailable,
                  "Whoever knows this is being restarted; ask again."));
  }

  void reply(answer with) {
    if (answered.exchange(true))
      return;
    if (with.as_of_ms == 0)
      with.as_of_ms = came_ms;
    if (with.node.empty())
      with.node = at.node;
    then(std::move(with));
  }

  const call what;
  const desk& at;
  const caf::actor admin;
  const taker then;
  const watcher watch;
  const std::int64_t came_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::system_clock::now().time_since_epoch())
          .count();
  std::atomic<bool> answered{false};
};

request::request(call what, const desk& at, caf::actor admin, taker then,
                 watcher progress)
    : it_(std::make_shared<state>(std::move(what), at, std::move(admin),
                                  std::move(then), std::move(progress))) {}

const call& request::arguments() const noexcept {
  return it_->what;
}

const desk& request::at() const noexcept {
  return it_->at;
}

std::int64_t request::came_ms() const noexcept {
  return it_->came_ms;
}

void request::reply(answer with) const {
  it_->reply(std::move(with));
}

void request::progress(std::uint64_t done, std::uint64_t of,
                       std::string_view noun) const {
  if (it_->watch && !it_->answered)
    it_->watch(done, of, noun);
}

bool request::cancelled() const noexcept {
  return it_->at.hands->stopping();
}

void request::work(std::function<answer(const request&)> job) const {
  auto taken = it_->at.hands->run([self = *this, todo = std::move(job)] {
    try {
      self.reply(todo(self));
    } catch (const std::exception& error) {
      log_error("command_failed", "the command {} failed: {}",
                self.arguments().command().name, error.what());
      self.reply(
          refused(status::failed, std::string{"It failed: "} + error.what()));
    }
  });
  if (!taken)
    reply(refused(status::unavailable,
                  "Too many commands are being worked on; ask again in a "
                  "moment."));
}

void request::ask_gauge(std::function<void(const gauge_reading&)> then) const {
  caf::anon_send(it_->admin, gauge_wanted{std::move(then)});
}

void request::ask_registry(
    admin_call what, std::function<void(const admin_answer&)> then) const {
  caf::anon_send(it_->admin, registry_wanted{std::move(what), std::move(then)});
}

void request::on_reactor(std::size_t reactor,
                         std::function<void(shard&)> task) const {
  auto& home = *it_->at.shards[reactor];
  home.host.post([&home, todo = std::move(task)] { todo(home); });
}

const config::settings& request::settings() const {
  return it_->at.shards.front()->settings;
}

} // namespace tidewire::commands
