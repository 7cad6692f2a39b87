#include "actors/usage/capacity.hpp"

#include "actors/commands/render.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::usage;

namespace {

machine_state machine() {
  machine_state at;
  at.connections = 9'990;
  at.sockets = 10'000;
  at.own_bytes_at_start = 20'000'000;
  at.own_bytes = 40'000'000;
  at.descriptors = 10'050;
  at.descriptor_limit = 1'048'576;
  at.system_files = 12'000;
  at.system_file_limit = 2'466'186;
  at.memory_available = 8'000'000'000;
  read_sockstat("sockets: used 430\n"
                "TCP: inuse 406 orphan 0 tw 2 alloc 406 mem 203\n"
                "UDP: inuse 0 mem 0\n",
                4096, at);
  at.tcp_bytes_limit = 100'000'000;
  read_slabs("slabinfo - version: 2.1\n"
             "# name            <active_objs> <num_objs> <objsize>\n"
             "TCPv6                  1      1   2560   13    8\n"
             "TCP                  442    442   2368   13    8\n"
             "sock_inode_cache     900    900    832   39    8\n"
             "eventpoll_epi       1120   1120    128   32    1\n"
             "filp                1671   1827    192   21    1\n"
             "dentry            655095 655095    192   21    1\n",
             at);
  return at;
}

} // namespace

TEST_CASE("what the machine says of itself is read") {
  auto at = machine();
  CHECK(at.tcp_sockets == 406);
  CHECK(at.tcp_bytes == 203 * 4096);
  CHECK(at.kernel_bytes() == 2368 + 832 + 128 + 192 + 192);
  CHECK(at.user_bytes() == 2000);
  CHECK(kib_line("MemTotal: 24 kB\nMemAvailable:   12345 kB\n", "MemAvailable")
        == 12345 * 1024);
  CHECK_FALSE(kib_line("MemTotal: 24 kB\n", "MemAvailable"));
  CHECK(number_at("1577\t0\t2466186\n", 2) == 2466186);
  CHECK_FALSE(number_at("max\n", 0));
  CHECK_FALSE(number_at("1 2", 2));
}

TEST_CASE("the resource that ends first is named") {
  auto json = commands::render_json(capacity_answer(machine()));
  INFO(json);
  auto has = [&](const char* part) {
    return json.find(part) != std::string::npos;
  };
  CHECK(has("\"each\":{\"user_bytes\":2000,\"kernel_bytes\":3712,"
            "\"bytes\":5712,"));
  // 99,168,512 bytes of buffers at 2,048 each.
  CHECK(has("\"room\":{\"more\":48422,\"bound_by\":\"buffers of TCP\"}"));
  auto at = machine();
  at.node_limit = 10'000;
  json = commands::render_json(capacity_answer(at));
  CHECK(has("\"room\":{\"more\":10,\"bound_by\":\"limits.max_connections\"}"));
  at.group_limit = 50'000'000;
  at.group_used = 49'999'000;
  json = commands::render_json(capacity_answer(at));
  CHECK(has("\"more\":0,\"bound_by\":\"memory of the control group\""));
}

TEST_CASE("what was not measured is not known, and says why") {
  auto at = machine();
  at.sockets = 499;
  at.dentry_object.reset();
  auto out = capacity_answer(at);
  auto json = commands::render_json(out);
  INFO(json);
  CHECK(out.status == commands::status::partial);
  CHECK(json.find("\"user_bytes\":null,\"kernel_bytes\":null,\"bytes\":null")
        != std::string::npos);
  CHECK(json.find("at least 500 of them; there are 499") != std::string::npos);
  CHECK(json.find("/proc/slabinfo") != std::string::npos);
}
