// Mutual TLS between nodes: the right certificates, and all wrong ones.
#include "tests/actors/link_testing.hpp"
#include "tests/net/tls_testing.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

std::string content_of(BIO* bio) {
  char* text = nullptr;
  auto size = BIO_get_mem_data(bio, &text);
  std::string result(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return result;
}

// Signs certificates, its own first.
class authority {
public:
  explicit authority(const std::string& name) : key_(EVP_EC_gen("P-256")) {
    self_ = make(name, key_, -3600, 86'400);
  }
  ~authority() {
    X509_free(self_);
    EVP_PKEY_free(key_);
  }
  authority(const authority&) = delete;
  authority& operator=(const authority&) = delete;

  std::string certificate() const { return text(self_); }

  made_certificate sign(const std::string& name, long from = -3600,
                        long until = 86'400) const {
    auto* key = EVP_EC_gen("P-256");
    auto* x = make(name, key, from, until);
    auto* key_out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(key_out, key, nullptr, nullptr, 0, nullptr,
                             nullptr);
    made_certificate result{text(x), content_of(key_out)};
    X509_free(x);
    EVP_PKEY_free(key);
    return result;
  }

private:
  static std::string text(X509* x) {
    auto* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, x);
    return content_of(out);
  }

  X509* make(const std::string& name, EVP_PKEY* key, long from,
             long until) const {
    static long serial = 100;
    auto* x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), from);
    X509_gmtime_adj(X509_getm_notAfter(x), until);
    X509_set_pubkey(x, key);
    auto* subject = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x, self_ ? X509_get_subject_name(self_) : subject);
    if (!self_) {
      auto* may_sign = X509V3_EXT_conf_nid(
          nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
      X509_add_ext(x, may_sign, -1);
      X509_EXTENSION_free(may_sign);
    }
    X509_sign(x, key_, EVP_sha256());
    return x;
  }

  EVP_PKEY* key_;
  X509* self_ = nullptr;
};

class certificates {
public:
  config::cluster_settings settings(const made_certificate& mine,
                                    const std::string& ca) {
    auto number = std::to_string(++files_);
    auto x = on_loopback();
    x.tls.certificate = folder_.write("cert" + number, mine.certificate);
    x.tls.key = folder_.write("key" + number, mine.key);
    x.tls.ca = folder_.write("ca" + number, ca);
    return x;
  }

private:
  scratch_folder folder_;
  int files_ = 0;
};

// No link comes of it, whoever dials; both sides are told what to do.
void check_apart(link_node& good, link_node& bad) {
  for (auto* from : {&good, &bad}) {
    auto& to = from == &good ? bad : good;
    auto said = from->dial(to.address());
    CHECK(said.outcome != dial_outcome::linked);
    CHECK_FALSE(said.answered);
    CHECK(said.sentence.find("cluster.tls") != std::string::npos);
    CHECK(soon([&] {
      return to.see([](auto& x) {
        return !x.refusals.empty()
               && x.refusals.back().code == net::cluster::refusal::tls
               && x.refusals.back().sentence.find("cluster.tls")
                      != std::string::npos;
      });
    }));
  }
  CHECK(good.ups() == 0);
  CHECK(bad.ups() == 0);
}

// Why a node with these settings does not start.
std::string problem_with(const config::cluster_settings& settings) {
  try {
    link_node never{"never", settings};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

} // namespace

TEST_CASE("nodes with certificates of one authority link and talk") {
  authority ca{"ca"};
  certificates all;
  link_node a{"a", all.settings(ca.sign("a"), ca.certificate())};
  link_node b{"b", all.settings(ca.sign("b"), ca.certificate())};
  join(a, b);
  constexpr std::size_t many = 300;
  for (std::size_t i = 0; i < many; ++i) {
    a.line("b")->send(order(40, std::to_string(i) + std::string(9000, 'a')));
    b.line("a")->send(order(70, std::to_string(i) + std::string(90, 'b')));
  }
  REQUIRE(soon([&] { return a.records() == many && b.records() == many; }));
  b.see([&](auto& x) {
    for (std::size_t i = 0; i < many; ++i)
      REQUIRE(x.records[i].bytes == std::to_string(i) + std::string(9000, 'a'));
    return 0;
  });
  b.stop();
  CHECK(soon([&] { return a.downs() == 1; }));
  CHECK(a.see([](auto& x) { return x.down[0].why; }) == "node b left");
}

TEST_CASE("a node of another authority is kept out") {
  authority ca{"ca"}, other{"other"};
  certificates all;
  link_node a{"a", all.settings(ca.sign("a"), ca.certificate())};
  link_node b{"b", all.settings(other.sign("b"), other.certificate())};
  check_apart(a, b);
}

TEST_CASE("a node whose certificate has expired is kept out") {
  authority ca{"ca"};
  certificates all;
  link_node a{"a", all.settings(ca.sign("a"), ca.certificate())};
  link_node b{"b", all.settings(ca.sign("b", -7200, -60), ca.certificate())};
  check_apart(a, b);
}

TEST_CASE("a node without a certificate is kept out") {
  authority ca{"ca"};
  certificates all;
  link_node a{"a", all.settings(ca.sign("a"), ca.certificate())};
  link_node b{"b"};
  check_apart(a, b);
}

TEST_CASE("files that do not fit are an error at the start") {
  authority ca{"ca"};
  certificates all;
  auto mixed = ca.sign("a");
  mixed.key = ca.sign("b").key;
  CHECK(problem_with(all.settings(mixed, ca.certificate()))
            .find("does not belong to the certificate")
        != std::string::npos);
  auto good = ca.sign("a");
  CHECK(problem_with(all.settings(good, "nonsense")).find("cluster.tls.ca")
        != std::string::npos);
  good.certificate = "nonsense";
  CHECK(problem_with(all.settings(good, ca.certificate()))
            .find("cluster.tls.certificate")
        != std::string::npos);
}
