#include "actors/links.hpp"

#include "actors/link_office.hpp"
#include "net/log.hpp"

#include <caf/actor_system.hpp>

#include <fstream>
#include <future>
#include <sstream>
#include <stdexcept>

namespace tidewire {

namespace {

std::string secret_of(const config::cluster_settings& settings) {
  if (settings.secret_file.empty())
    return settings.secret;
  std::ifstream in{settings.secret_file};
  std::stringstream all;
  all << in.rdbuf();
  auto result = all.str();
  while (!result.empty() && (result.back() == '\n' || result.back() == '\r'))
    result.pop_back();
  if (!in || result.empty())
    throw std::runtime_error(
        "cluster.secret_file \"" + settings.secret_file
        + "\" cannot be read, or is empty; write one line with the secret "
          "that all nodes of the cluster share");
  return result;
}

net::cluster::link_tls::ptr tls_of(const config::cluster_settings& settings) {
  if (!settings.tls.on())
    return nullptr;
  auto loaded = net::cluster::link_tls::load(
      {settings.tls.certificate, settings.tls.key, settings.tls.ca});
  if (auto* sentence = std::get_if<std::string>(&loaded))
    throw std::runtime_error(*sentence);
  return std::get<net::cluster::link_tls::ptr>(loaded);
}

} // namespace

struct links::office : link_office {
  using link_office::link_office;

  /// On the links' thread, or here as long as there is none.
  void run(std::function<void()> what) {
    if (running)
      host.post(std::move(what));
    else
      what();
  }

  bool running = false;
};

links::links(caf::actor_system& system, std::uint32_t index,
             const config::cluster_settings& settings, link_identity who)
    : office_(std::make_unique<office>(system, index, settings,
                                       secret_of(settings), tls_of(settings),
                                       std::move(who))) {}

links::~links() = default;

void links::watch(link_watcher who) {
  office_->watchers.push_back(std::move(who));
}

void links::receive(cluster::kind_range what, const link_receiver& who) {
  for (auto kind = what.first; kind <= what.last; ++kind)
    office_->receivers[kind] = who;
}

void links::open() {
  office_->open();
}

void links::start() {
  office_->running = true;
  office_->host.start();
}

void links::node_is(caf::actor who) {
  office_->run([o = office_.get(), who] { o->node_is(who); });
}

void links::stay_is(std::uint32_t stay) {
  office_->host.post([o = office_.get(), stay] { o->identity.stay = stay; });
}

void links::dial(std::string address) {
  office_->host.post(
      [o = office_.get(), address = std::move(address)] { o->dial(address); });
}

void links::send(cluster::life to, link_order what) {
  office_->host.post(
      [o = office_.get(), to = std::move(to),
       what = std::move(what)]() mutable { o->send(to, std::move(what)); });
}

void links::send_all(link_order what) {
  office_->host.post(
      [o = office_.get(), what = std::move(what)] { o->send_all(what); });
}

void links::cut(cluster::life who, std::string why) {
  office_->host.post([o = office_.get(), who = std::move(who),
                      why = std::move(why)] { o->cut(who, why); });
}

void links::refuse(cluster::life who, std::string sentence) {
  office_->run([o = office_.get(), who = std::move(who),
                sentence = std::move(sentence)] {
    if (sentence.empty())
      o->unwanted.erase(who);
    else
      o->unwanted[who] = sentence;
  });
}

std::string links::renew_certificate() {
  auto& settings = office_->settings;
  if (!settings.tls.on())
    return {};
  try {
    auto fresh = tls_of(settings);
    auto trouble = fresh->out_of_date();
    if (!trouble.empty())
      throw std::runtime_error(trouble);
    office_->run([o = office_.get(), fresh] { o->tls = fresh; });
    log_info("certificate_reloaded",
             "new links with other nodes use what is in {} now",
             settings.tls.certificate);
    return {};
  } catch (const std::runtime_error& error) {
    auto trouble = error.what() + std::string{" The one in use stays."};
    log_error("certificate_refused", "{}", trouble);
    return trouble;
  }
}

std::uint16_t links::port() const noexcept {
  return office_->port;
}

void links::leave(std::int64_t patience_ns) {
  if (!office_->running)
    return;
  std::promise<void> left;
  auto done = left.get_future();
  office_->host.post([o = office_.get(), patience_ns, &left] {
    o->leave(patience_ns, [&left] { left.set_value(); });
  });
  done.wait();
}

void links::join() {
  if (!office_->running)
    return;
  office_->host.stop_and_join();
}

} // namespace tidewire
