// How ADMIN answers the commands of the table, and how HTTP asks it to.
#include "actors/admin.hpp"
#include "actors/commands/asked.hpp"
#include "actors/commands/request.hpp"
#include "actors/commands/table.hpp"
#include "actors/registry.hpp"
#include "actors/shard.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"

#include <caf/duration.hpp>
#include <caf/send.hpp>

namespace tidewire {

namespace {

constexpr std::string_view prefix = "/v1/";
constexpr std::string_view canonical = "/v1/commands/";

// What takes longer to render is not rendered on a reactor.
constexpr std::size_t rows_rendered_here = 200;

std::size_t rows_of(const commands::answer& what) {
  std::size_t out = 0;
  for (auto& each : what.sections)
    if (auto* listing = std::get_if<commands::listing>(&each))
      out += listing->rows.size();
  return out;
}

} // namespace

caf::message_handler admin::command_handlers() {
  return {
      [this](command_asked& x) { begin(x); },
      [this](const commands::call_answered& x) {
        taken_over();
        if (auto at = asked_.find(x.number); at != asked_.end()) {
          at->second->exchange.respond(x.with);
          asked_.erase(at);
        }
      },
      [this](const commands::call_progressed& x) {
        taken_over();
        if (auto at = asked_.find(x.number); at != asked_.end())
          at->second->exchange.processing(x.line);
      },
      // No timeouts of CAF's: who is asked ends by itself, and one that died
      // answers by bouncing; what `then` holds says so when it goes.
      [this](commands::gauge_wanted& x) {
        request(home_.gauge, caf::infinite, read_gauge{})
            .then([then = std::move(x.then)](
                      const gauge_reading& reading) { then(reading); },
                  [](const caf::error&) {});
      },
      [this](commands::registry_wanted& x) {
        request(home_.registry, caf::infinite, std::move(x.what))
            .then([then = std::move(x.then)](
                      const admin_answer& answer) { then(answer); },
                  [](const caf::error&) {});
      },
  };
}

void admin::begin(command_asked& x) {
  auto number = ++last_asked_;
  asked_.emplace(number, x.who);
  auto me = caf::actor{this};
  auto& desk = *home_.desk;
  auto take = [me, number, how = x.how, &desk](commands::answer result) {
    auto rows = rows_of(result);
    auto render = [me, number, how, what = std::move(result)] {
      caf::anon_send(me, commands::call_answered{
                             number, commands::response_of(what, how)});
    };
    if (rows <= rows_rendered_here || !desk.hands->run(render))
      render();
  };
  commands::request::watcher watch;
  if (x.how.progress)
    watch = [me, number](auto so_far, auto of, auto noun) {
      caf::anon_send(me,
                     commands::call_progressed{
                         number, commands::progress_line(so_far, of, noun)});
    };
  auto& row = x.what.command();
  if (x.what.role() == commands::role::operate)
    log_info("command", "{}: {}", x.local ? "admin socket" : "admin token",
             x.what.line());
  commands::request asked{std::move(x.what), desk, me, std::move(take),
                          std::move(watch)};
  try {
    row.handler(asked);
  } catch (const std::exception& error) {
    log_error("command_failed", "the command {} failed: {}", row.name,
              error.what());
    asked.reply(commands::refused(commands::status::failed,
                                  std::string{"It failed: "} + error.what()));
  }
}

void admin::on_exit() {
  asked_.clear(); // on the reactor: each says that nobody knows
}

bool admin_front::is_command(std::string_view path) {
  return path == "/v1" || path == "/v1/commands" || path.starts_with(prefix);
}

void admin_front::ask_command(const net::http_exchange& exchange,
                              const net::http_request& request, bool local) {
  auto how = commands::form_of(request.accept, request.prefer);
  auto path = request.path();
  if (path == "/v1" || path == "/v1/commands")
    path = "help";
  else
    path.remove_prefix(path.starts_with(canonical) ? canonical.size()
                                                   : prefix.size());
  auto parsed =
      commands::parse_target(path, request.query(), commands::table());
  if (auto* no = std::get_if<commands::answer>(&parsed)) {
    exchange.respond(commands::response_of(*no, how));
    return;
  }
  auto& call = std::get<commands::call>(parsed);
  auto reads = request.method == "GET" || request.method == "HEAD";
  if (auto reading = call.role() == commands::role::read; reading != reads) {
    auto no = commands::response_of(
        commands::refused(commands::status::usage,
                          reading ? "This only reads: send GET."
                                  : "This changes something: send POST."),
        how);
    no.status = 405;
    no.headers = reading ? "Allow: GET, HEAD\r\nTidewire-Exit: 2\r\n"
                         : "Allow: POST\r\nTidewire-Exit: 2\r\n";
    exchange.respond(no);
    return;
  }
  caf::anon_send(home_.admin,
                 admin::command_asked{std::make_shared<admin::asker>(exchange),
                                      std::move(call), std::move(how), local});
}

} // namespace tidewire
