#include "actors/state/announcer.hpp"

#include "tests/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace tidewire;

namespace {

constexpr std::int64_t one_s = 1'000'000'000;

// Our node is 0, the other one 1; an app "7" with the index 0.
std::shared_ptr<const cluster::placement> seen_by(bool both,
                                                  bool we_drain = false) {
  std::vector<cluster::view_member> members(both ? 2 : 1);
  std::vector<node_number> numbers;
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i].who = {std::string(1, static_cast<char>('a' + i)), 1};
    members[i].draining = i == 0 && we_drain;
    numbers.push_back(static_cast<node_number>(i));
  }
  return std::make_shared<cluster::placement>(
      std::make_shared<const cluster::view>(
          cluster::make_view(std::move(members))),
      std::move(numbers));
}

struct office final : announcer_home {
  std::int64_t now_ns() const noexcept override { return now; }
  std::string_view id_of(app_index app) const override {
    return app == 0 ? "7" : "";
  }
  app_index by_id(std::string_view id) const override {
    return id == "7" ? 0 : no_app;
  }
  void tell(node_number, cluster::record_kind kind,
            std::string bytes) override {
    told.emplace_back(kind, std::move(bytes));
  }
  void remember(const cluster::announced_fact& what) override {
    journal.push_back((what.so ? "+" : "-") + what.channel + what.user);
  }
  void took_over(const cluster::announced_fact&) override {}
  bool tell_unsent() override { return true; }

  // Records of that kind since the last call that facts one.
  std::vector<std::string> said(cluster::record_kind kind) {
    std::vector<std::string> result;
    std::erase_if(told, [&](auto& x) {
      if (x.first != kind)
        return false;
      if (kind == cluster::announced_all_kind)
        result.emplace_back("all");
      else if (auto all = cluster::read_announced(x.second))
        for (auto& fact : all->facts)
          result.push_back((fact.so ? "+" : "-") + fact.channel + fact.user);
      return true;
    });
    return result;
  }

  void report(const std::string& channel, channel_fact what) {
    announcer::announcements out;
    std::vector<channel_report> reports{{{0, channel}, std::move(what)}};
    among.handle(
        0, reports, [](auto&) { return webhook_state::interest{}; }, out);
    for (auto& each : out)
      among.announced(each);
  }

  // Its reactor says by the present view that it has stated all, twice.
  void settle() {
    for (int i = 0; i < 2; ++i)
      among.settled(0, among.placed()->hash());
  }

  std::int64_t now = 0;
  std::vector<std::pair<cluster::record_kind, std::string>> told;
  std::vector<std::string> journal;
  webhook_state state{3 * one_s};
  announcer among{*this, {15 * one_s, 6 * one_s, 60 * one_s}};
};

using facts = std::vector<std::string>;

// A channel that is at that node when both are there.
std::string room_at(node_number where) {
  for (int i = 0;; ++i)
    if (auto name = "r" + std::to_string(i);
        node_of(seen_by(true)->owner_of("7", name)) == where)
      return name;
}

} // namespace

TEST_CASE(
    "what is announced is written down, and copied to who would be next") {
  office a;
  a.among.adopt(&a.state);
  a.among.view_is(seen_by(true));
  auto room = room_at(0);
  a.report(room, channel_occupied{});
  a.report(room_at(1), channel_occupied{}); // its owner's business
  a.among.tell_copies();
  CHECK(a.journal == facts{"+" + room});
  CHECK(a.said(cluster::announced_copy_kind) == facts{"+" + room});
}

TEST_CASE("what a WEBHOOKS decided and did not write down is told to nobody") {
  office a;
  a.among.adopt(&a.state);
  a.among.view_is(seen_by(true));
  a.report(room_at(0), channel_occupied{});
  REQUIRE(a.among.has_copies());
  a.among.adopt(nullptr); // it fails
  webhook_state fresh{3 * one_s};
  a.among.adopt(&fresh);
  a.among.tell_copies();
  CHECK(a.said(cluster::announced_copy_kind).empty());
}

TEST_CASE("a channel that moves takes along what was announced about it") {
  office a;
  a.among.adopt(&a.state);
  a.among.view_is(seen_by(true));
  auto room = room_at(0);
  a.report(room, channel_occupied{});
  a.report(room, member_added{"-bea"});
  a.journal.clear();
  a.among.view_is(seen_by(true, true)); // we drain
  CHECK(a.journal == facts{"-" + room, "-" + room + "-bea"});
  CHECK(a.said(cluster::announced_here_kind)
        == facts{"+" + room, "+" + room + "-bea"});
  CHECK_FALSE(a.among.all_handed());
  // That it was all is said to who has it.
  a.among.conclude();
  CHECK(a.said(cluster::announced_all_kind).empty());
  REQUIRE(a.among.arrived(1, cluster::announced_taken_kind,
                          cluster::write_announced_taken(1)));
  CHECK(a.among.all_handed());
  a.among.conclude();
  CHECK(a.said(cluster::announced_all_kind) == facts{"all"});
}

TEST_CASE("what is under way over a line that breaks is said again") {
  office a;
  a.among.adopt(&a.state);
  a.among.view_is(seen_by(true));
  auto room = room_at(0);
  a.report(room, channel_occupied{});
  a.among.view_is(seen_by(true, true));
  CHECK(a.said(cluster::announced_here_kind) == facts{"+" + room});
  a.among.line_is(1);
  CHECK(a.said(cluster::announced_here_kind) == facts{"+" + room});
  // If the other one is gone, it is ours again.
  a.among.view_is(seen_by(false, true));
  a.journal.clear();
  a.among.inherit();
  CHECK(a.journal == facts{"+" + room});
}

TEST_CASE("nothing is judged before everybody has said what he knows") {
  office a;
  auto room = room_at(0);
  a.state.restore({0, room}, webhook_state::never); // an earlier life's
  a.among.judge_anew();
  a.among.adopt(&a.state);
  a.among.view_is(seen_by(true));
  CHECK(a.among.holds_reports());
  a.settle();
  CHECK_FALSE(a.among.can_judge(true));
  REQUIRE(
      a.among.arrived(1, cluster::announced_all_kind,
                      cluster::write_announced_all(a.among.placed()->hash())));
  CHECK_FALSE(a.among.holds_reports());
  CHECK_FALSE(a.among.can_judge(false)); // some reports wait
  CHECK(a.among.can_judge(true));
  announcer::announcements out;
  a.among.judge(true, out);
  CHECK(out.empty()); // it may be confirmed yet
  CHECK_FALSE(a.among.can_judge(true));
  a.state.tick(6 * one_s, out);
  REQUIRE(out.size() == 1);
  CHECK(std::holds_alternative<channel_vacated>(out.front().what));
}

TEST_CASE("who says nothing is not waited for for ever") {
  office a;
  a.among.adopt(&a.state);
  a.among.view_is(seen_by(true));
  CHECK(a.among.waits());
  a.now = a.among.waits_until_ns();
  CHECK(a.now == 15 * one_s);
  CHECK_FALSE(a.among.waits());
  CHECK_FALSE(a.among.arrived(1, cluster::announced_all_kind, "?"));
}
