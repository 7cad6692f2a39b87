// What holds between the keys of [tls], and between them and others.
#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

namespace {

// A [tls] with both files and what is given besides.
std::string with_files(const std::string& more) {
  return "[tls]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n" + more;
}

} // namespace

TEST_CASE("TLS is off by default and on with a certificate and its key") {
  CHECK_FALSE(settings{}.tls.on());
  const auto loaded = load_text(with_files("port = 443\nrequired = true\n"));
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings.tls.on());
  CHECK(loaded.settings.tls.port == 443);
  CHECK(loaded.settings.tls.required);
}

TEST_CASE("one of the two files alone is an error") {
  CHECK(lines(load_text("[tls]\ncertificate = \"a.pem\"\n"))
        == "t.toml:1: tls.key: is empty, while tls.certificate is not; TLS "
           "needs both files");
  CHECK(lines(load_text("[tls]\nkey = \"a.key\"\n"))
        == "t.toml:1: tls.certificate: is empty, while tls.key is not; TLS "
           "needs both files");
}

TEST_CASE("a folder is no certificate") {
  CHECK(lines(load_text("[tls]\ncertificate = \"/etc/\"\nkey = \"a\"\n"))
        == "t.toml:2: tls.certificate: found \"/etc/\", expected the path of "
           "a file; or \"\"");
}

TEST_CASE("TLS cannot be required where there is none") {
  CHECK(lines(load_text("[tls]\nrequired = true\n"))
        == "t.toml:2: tls.required: found true, while tls.certificate and "
           "tls.key are empty: nobody could connect");
  CHECK(lines(load_text("[tls]\nsame_port = true\n"))
        == "t.toml:2: tls.same_port: has no effect without tls.certificate");
}

TEST_CASE("TLS has a port of its own, or says that it shares one") {
  CHECK(lines(load_text(with_files("port = 6001\n")))
        == "t.toml:4: tls.port: found 6001, which server.port is, too; give "
           "them different ports, or set tls.same_port");
  CHECK(lines(load_text(with_files("port = 9601\n")))
        == "t.toml:4: tls.port: found 9601, which admin.port is, too; give "
           "them different ports, or set tls.same_port");
  CHECK(lines(load_text(with_files("port = 9601\n[server]\n"
                                   "host = \"127.0.0.2\"\n")))
            .find("tls.port")
        == std::string::npos);
  CHECK(
      lines(load_text(with_files("port = 6001\nsame_port = true\n"))).empty());
  CHECK(lines(load_text(with_files("port = 0\n[server]\nport = 0\n"))).empty());
  CHECK(lines(load_text(with_files("port = 65536\n")))
            .starts_with("t.toml:4: tls.port: found 65536, expected"));
}
