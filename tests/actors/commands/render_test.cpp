#include "actors/commands/render.hpp"

#include "actors/commands/form.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <limits>

using namespace tidewire::commands;

namespace {

answer example() {
  answer out;
  out.node = "n1";
  out.as_of_ms = 1'795'330'800'000;
  out.sections.push_back(facts{"",
                               {{"total", unit::count, whole(1'234'567)},
                                {"share", unit::percent, 12.5},
                                {"unknown", unit::count, {}}}});
  out.sections.push_back(
      facts{"inner",
            {{"uptime_seconds", unit::seconds, whole(125), "uptime"}},
            "Inner"});
  out.sections.push_back(
      listing{"rows",
              {{"name"},
               {"size_bytes", unit::bytes, "size"},
               {"at", unit::time},
               {"on", unit::yes_no}},
              {{std::string{"a"}, whole(1536), whole(0), true},
               {std::string{"long name"}, whole(7), {}, false}}});
  out.notes = {"One note.", "Another."};
  return out;
}

} // namespace

TEST_CASE("facts are members, tables arrays of objects, unknowns null") {
  CHECK(render_json(example())
        == R"({"status":"ok","node":"n1","as_of":"2026-11-22T07:00:00Z",)"
           R"("total":1234567,"share":12.5,"unknown":null,)"
           R"("inner":{"uptime_seconds":125},)"
           R"("rows":[{"name":"a","size_bytes":1536,)"
           R"("at":"1970-01-01T00:00:00Z","on":true},)"
           R"({"name":"long name","size_bytes":7,"at":null,"on":false}],)"
           R"("notes":["One note.","Another."]})"
           "\n");
}

TEST_CASE("an error is an object with a sentence") {
  CHECK(render_json(refused(status::not_found, "No \"such\" thing."))
        == "{\"status\":\"not_found\",\"error\":\"No \\\"such\\\" thing.\"}\n");
}

TEST_CASE("numbers that are none are unknown") {
  answer x;
  x.sections.push_back(
      facts{"",
            {{"a", unit::number, std::numeric_limits<double>::quiet_NaN()},
             {"b", unit::number, 0.1}}});
  CHECK(render_json(x) == "{\"status\":\"ok\",\"a\":null,\"b\":0.1}\n");
}

TEST_CASE("people get aligned columns and units") {
  CHECK(render_text(example())
        == "total    1,234,567\n"
           "share    12.5 %\n"
           "unknown  ?\n"
           "\n"
           "Inner\n"
           "  uptime  2 min 5 s\n"
           "\n"
           "name          size  at                    on\n"
           "a          1.5 KiB  1970-01-01 00:00:00Z  yes\n"
           "long name      7 B  ?                     no\n"
           "\n"
           "One note.\n"
           "Another.\n");
}

TEST_CASE("a table that is too wide gives up the ends of its longest texts") {
  answer x;
  x.sections.push_back(
      listing{"rows",
              {{"name"}, {"other"}, {"n", unit::count}},
              {{std::string(60, 'x'), std::string{"ü short"}, whole(1)},
               {std::string{"y"}, std::string(20, 'z'), whole(2)}}});
  auto text = render_text(x, 50);
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos;
       begin = end + 1, end = text.find('\n', begin)) {
    auto line = text.substr(begin, end - begin);
    INFO(line);
    auto shown = std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
    });
    CHECK(shown <= 50);
  }
  CHECK(text.find("x…") != std::string::npos);
  CHECK(text.find(std::string(20, 'z')) != std::string::npos);
}

TEST_CASE("a table without rows says so") {
  answer x;
  x.sections.push_back(listing{"rows", {{"name"}}, {}, "Rows"});
  CHECK(render_text(x) == "Rows\n(none)\n");
  CHECK(render_json(x) == "{\"status\":\"ok\",\"rows\":[]}\n");
}

TEST_CASE("nothing that a client chose steers the terminal") {
  answer x;
  x.sections.push_back(
      facts{"", {{"user", unit::text, std::string{"a\x1b[2J\n\xc2\x9bü"}}}});
  CHECK(render_text(x) == "user  a\\x1b[2J\\x0a\\x9bü\n");
}

TEST_CASE("lengths of time read like speech") {
  auto text = [](double s) { return human(s, unit::seconds); };
  CHECK(text(0) == "0 s");
  CHECK(text(0.000'25) == "250 µs");
  CHECK(text(0.0025) == "2.5 ms");
  CHECK(text(0.25) == "250 ms");
  CHECK(text(2.5) == "2.5 s");
  CHECK(text(59.96) == "1 min");
  CHECK(text(3600) == "1 h");
  CHECK(text(3725) == "1 h 2 min");
  CHECK(text(90'000) == "1 d 1 h");
}

TEST_CASE("sizes and counts read like speech") {
  CHECK(human(whole(0), unit::bytes) == "0 B");
  CHECK(human(whole(1023), unit::bytes) == "1023 B");
  CHECK(human(whole(1024), unit::bytes) == "1 KiB");
  CHECK(human(whole(1'500'000), unit::bytes) == "1.4 MiB");
  CHECK(human(whole(-1234), unit::count) == "-1,234");
  CHECK(human(whole(-123), unit::count) == "-123");
  CHECK(human(whole(1000), unit::count) == "1,000");
}

TEST_CASE("CSV is of one table, quoted where it has to be") {
  answer x = example();
  std::get<listing>(x.sections[2]).rows[0][0] = std::string{"a,\"b\"\nc"};
  CHECK(render_csv(x)
        == "name,size_bytes,at,on\r\n"
           "\"a,\"\"b\"\"\nc\",1536,1970-01-01T00:00:00Z,true\r\n"
           "long name,7,,false\r\n");
  x.sections.push_back(listing{"more", {{"k"}}, {{whole(1)}}});
  CHECK(render_csv(x, "more") == "k\r\n1\r\n");
}

TEST_CASE("without a table CSV has the facts") {
  answer x = example();
  x.sections.pop_back();
  CHECK(render_csv(x)
        == "key,value\r\ntotal,1234567\r\nshare,12.5\r\n"
           "unknown,\r\ninner.uptime_seconds,125\r\n");
}

TEST_CASE("the form is what the client accepts") {
  CHECK(form_of("", "").is == form::kind::json);
  CHECK(form_of("*/*", "").is == form::kind::json);
  CHECK(form_of("text/plain; width=120", "").width == 120);
  CHECK(form_of("text/plain; width=1", "").width == 40);
  CHECK(form_of("text/csv; table=rows", "").table == "rows");
  CHECK(form_of("application/json", "progress").progress);
}

TEST_CASE("how it went stands in the status and in a header") {
  answer x = example();
  x.status = status::partial;
  auto partly = response_of(x, {});
  CHECK(partly.status == 200);
  CHECK(partly.headers.find("Tidewire-Exit: 4\r\n") != std::string::npos);
  auto none =
      response_of(refused(status::not_found, "None."), {.is = form::kind::csv});
  CHECK(none.status == 404);
  CHECK(none.content_type.find("text/plain") == 0);
  CHECK(none.body == "None.\n");
}
