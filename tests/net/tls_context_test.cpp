#include "net/tls_context.hpp"

#include "tests/catch.hpp"
#include "tests/net/tls_testing.hpp"

#include <openssl/pem.h>

#include <ctime>

using namespace tidewire;
using namespace tidewire::testing;
using net::tls_context;

namespace {

std::string problem_with(const std::string& certificate,
                         const std::string& key) {
  auto loaded = tls_context::load({certificate, key});
  auto* no = std::get_if<std::string>(&loaded);
  return no ? *no : "";
}

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  auto found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

} // namespace

TEST_CASE("a certificate with its key and chain is taken") {
  const scratch_folder at;
  auto leaf = make_certificate({"example.test"});
  auto above = make_certificate({"authority"});
  auto loaded = tls_context::load(
      {at.write("chain.pem", leaf.certificate + above.certificate),
       at.write("key.pem", leaf.key)});
  REQUIRE(std::holds_alternative<tls_context::ptr>(loaded));
  auto& context = *std::get<tls_context::ptr>(loaded);
  CHECK(context.summary().starts_with("CN=example.test, valid until 20"));
  CHECK(context.out_of_date(std::time(nullptr)).empty());
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context.native(), &chain);
  CHECK(sk_X509_num(chain) == 1);
}

TEST_CASE("what is wrong with the files is said, and which file it is") {
  const scratch_folder at;
  auto made = make_certificate();
  auto good = at.write("good.pem", made.certificate);
  auto key = at.write("good.key", made.key);
  REQUIRE(problem_with(good, key).empty());
  auto missing = at.path("missing.pem");
  has(problem_with(missing, key),
      "tls.certificate \"" + missing + "\" cannot be read: No such file");
  has(problem_with(good, missing),
      "tls.key \"" + missing + "\" cannot be read: No such file");
  has(problem_with(at.path(""), key), "cannot be read: Is a directory");
  auto text = at.write("text", "not PEM at all\n");
  has(problem_with(text, key), "holds no certificate in PEM form");
  has(problem_with(at.write("empty", ""), key), "holds no certificate");
  has(problem_with(key, key), "holds no certificate in PEM form");
  has(problem_with(good, text), "holds no private key in PEM form");
  has(problem_with(good, good), "holds no private key in PEM form");
  auto other = at.write("other.key", make_certificate().key);
  has(problem_with(good, other),
      "tls.key \"" + other + "\" does not belong to the certificate in \""
          + good + '"');
  has(problem_with(
          at.write("half", made.certificate + made.certificate.substr(0, 300)),
          key),
      "is damaged after its first certificate");
  has(problem_with(at.write("big", std::string(1'100'000, 'x')), key),
      "larger than 1 MiB");
}

TEST_CASE("a key with a passphrase is refused as such") {
  const scratch_folder at;
  auto made = make_certificate();
  auto* in =
      BIO_new_mem_buf(made.key.data(), static_cast<int>(made.key.size()));
  auto* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  auto* out = BIO_new(BIO_s_mem());
  char word[] = "secret";
  PEM_write_bio_PrivateKey(out, key, EVP_aes_128_cbc(),
                           reinterpret_cast<unsigned char*>(word), 6, nullptr,
                           nullptr);
  char* text = nullptr;
  auto size = BIO_get_mem_data(out, &text);
  auto file = at.write("k", std::string(text, static_cast<std::size_t>(size)));
  BIO_free(in);
  BIO_free(out);
  EVP_PKEY_free(key);
  has(problem_with(at.write("c", made.certificate), file), "passphrase");
}

TEST_CASE("dates are judged by the given clock") {
  auto context = server_context({"localhost", -3600, 3600});
  auto now = std::time(nullptr);
  CHECK(context->out_of_date(now).empty());
  CHECK(context->out_of_date(now + 3590).empty());
  has(context->out_of_date(now + 3700), "expired on 20");
  has(context->out_of_date(now - 3700), "valid only from 20");
}
