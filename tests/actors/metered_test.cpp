// A whole server's ledger, through the deaths of those who make it.
#include "actors/ledger/reader.hpp"
#include "messages/node_messages.hpp"
#include "tests/actors/support/harness.hpp"
#include "tests/catch.hpp"

#include <caf/send.hpp>

#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace tidewire;
using namespace tidewire::testing;
using namespace std::chrono_literals;

namespace {

// A server whose data_dir outlives it.
struct metered {
  temporary_folder folder;
  std::unique_ptr<harness> node = make();
  std::int64_t began = std::time(nullptr);

  std::unique_ptr<harness> make() {
    return std::make_unique<harness>(std::uint16_t{2}, [this](auto& settings) {
      settings.data_dir = folder.file("data");
    });
  }

  // What is open at each tick that is known.
  std::map<std::int64_t, std::uint64_t> ticks() const {
    std::map<std::int64_t, std::uint64_t> out;
    ledger::reader reader{folder.file("data/ledger.db")};
    const meter::window all{began - 1, std::time(nullptr) + 5};
    reader.slices(all, {&meter::all_apps, 1}, [&](auto& slice) {
      for (int i = 0; i < meter::minute::ticks; ++i)
        if ((slice.known & meter::bit(i)) && slice.at.at(i).number >= began)
          out[slice.at.at(i).number] = slice.sum.open[std::size_t(i)];
      return true;
    });
    return out;
  }

  bool grows_by(std::size_t more) {
    auto before = ticks().size();
    return eventually([&] { return ticks().size() >= before + more; });
  }

  void fail_ledger() {
    auto node_actor = node->on(0, [](shard& s) { return s.node; });
    caf::anon_send(node_actor, tidewire::fail_ledger{});
  }
};

} // namespace

TEST_CASE("every second has a tick, whoever of the meter fails meanwhile") {
  metered m;
  std::vector<client_ptr> clients;
  for (int i = 0; i < 3; ++i)
    clients.push_back(m.node->client());
  REQUIRE(m.node->gauge_is(3));
  REQUIRE(m.grows_by(2));
  CHECK(eventually([&] {
    return m.node->metric("tidewire_window_peak{app_id=\"1\",window=\"hour\"}")
           == 3;
  }));
  m.fail_ledger();
  REQUIRE(m.grows_by(2));
  m.node->kill_gauge(death::exception);
  REQUIRE(m.grows_by(2));
  m.node->kill_gauge();
  m.fail_ledger();
  REQUIRE(m.grows_by(2));
  clients.pop_back();
  REQUIRE(m.node->gauge_is(2));
  REQUIRE(m.grows_by(2));
  auto all = m.ticks();
  CHECK(all.rbegin()->first - all.begin()->first
        == static_cast<std::int64_t>(all.size()) - 1);
  CHECK(all.rbegin()->second == 2);
  std::size_t with_three = 0;
  for (auto& [at, open] : all)
    with_three += open == 3;
  CHECK(with_three >= 7);
  CHECK(m.node->metric("tidewire_meter_drift") == 0);
  CHECK(m.node->metric("tidewire_meter_unknown_seconds_total") == 0);
}

TEST_CASE("a server that stops says goodbye, and the next one goes on") {
  metered m;
  auto client = m.node->client();
  REQUIRE(m.grows_by(1));
  m.node.reset();
  {
    ledger::reader reader{m.folder.file("data/ledger.db")};
    auto lives = reader.authors();
    REQUIRE(lives.size() == 1);
    CHECK(lives[0].ended);
    CHECK(m.ticks().rbegin()->second == 0);
    CHECK_FALSE(reader.verify());
  }
  m.node = m.make();
  auto lives = [&] {
    return ledger::reader{m.folder.file("data/ledger.db")}.authors();
  };
  REQUIRE(eventually([&] { return lives().size() == 2; }));
  CHECK(lives()[0].last < lives()[1].first);
  CHECK_FALSE(lives()[1].ended);
}

TEST_CASE("a ledger that cannot be opened is an alarm, and tried again") {
  metered m;
  m.node.reset();
  m.began = std::time(nullptr);
  auto file = m.folder.file("data/ledger.db");
  for (auto* part : {"", "-wal", "-shm"})
    std::filesystem::remove(file + part);
  std::filesystem::create_directory(file);
  m.node = m.make();
  auto alarm = [&] { return m.node->metric("tidewire_meter_alarm"); };
  CHECK(eventually([&] { return alarm() == 1; }));
  auto client = m.node->client();
  CHECK(m.node->gauge_is(1));
  std::filesystem::remove(file);
  CHECK(eventually([&] { return alarm() == 0; }));
  REQUIRE(m.grows_by(1));
  CHECK(m.node->metric("tidewire_meter_unknown_seconds_total") == 0);
}

TEST_CASE("users count once, however many connections they have") {
  metered m;
  auto one = m.node->client();
  auto two = m.node->client();
  auto three = m.node->client();
  one->sign_in("u1");
  two->sign_in("u1");
  three->sign_in("u2");
  auto users = [&] { return m.node->metric("tidewire_users{app_id=\"1\"}"); };
  CHECK(eventually([&] { return users() == 2; }));
  one.reset();
  REQUIRE(m.node->gauge_is(2));
  CHECK(users() == 2);
  two.reset();
  CHECK(eventually([&] { return users() == 1; }));
  CHECK(m.node->metric("tidewire_bytes_sent_total{app_id=\"1\"}") > 0);
}
