// Sends every message back: a WebSocket endpoint as one small actor.
#include "actors/socket_host.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <caf/actor_system_config.hpp>

#include <csignal>
#include <iostream>

namespace {

using namespace tidewire;

class echo final : public socket_actor {
public:
  echo(caf::actor_config& cfg, net::reactor& where)
      : socket_actor(cfg, where,
                     {.max_message = 16 << 20, .max_outbox = 32 << 20}) {}

  const char* name() const override { return "ECHO"; }

  caf::behavior make_behavior() override {
    return {
        [this](const ws_received& x) { say(x.kind, x.payload); },
    };
  }
};

// The actors of sockets run on the host's reactor; CAF's own threads have
// nothing to do here and should not poll for it.
struct quiet_system : caf::actor_system_config {
  quiet_system() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
  }
};

} // namespace

int main(int argc, char** argv) {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  CLI::App app{"Sends every WebSocket message back, on / and /echo."};
  app.add_option("--host", address, "the address to listen on");
  app.add_option("--port", port, "the port to listen on; 0 takes any");
  CLI11_PARSE(app, argc, argv);

  quiet_system config;
  caf::actor_system system{config};
  socket_host host{system};
  host.serve<echo>("/");
  host.serve<echo>("/echo");
  boost::asio::io_context io{1};
  boost::asio::signal_set signals{io, SIGTERM, SIGINT};
  signals.async_wait([](auto, int) {});
  try {
    host.start(address, port);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  std::cout << "listening on ws://" << host.endpoint() << std::endl;
  io.run();
  host.stop();
}
