// SPDX-License-Identifier: Apache-2.0
// TLS profiles. Source: Mozilla's server-side TLS guideline 6.0 (modern, intermediate) and 5.8
// (old), both of 2026-04-06; wsgictl-conventions, section 9.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "conf/render_internal.h"

namespace wsgictl::conf {
namespace {

constexpr std::string_view kListA =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr std::string_view kListB =
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:"
    "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:AES128-GCM-SHA256:AES256-GCM-SHA384:"
    "AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA:DES-CBC3-SHA";
constexpr std::string_view kListC =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr std::string_view kCurves = "X25519:prime256v1:secp384r1";

struct Profile {
  std::string_view name;
  std::string_view guideline;
  std::vector<Argument> protocols;
  std::string ciphers;  // for TLS 1.2 and below
  bool server_order;
};

Profile profile(std::string_view name, bool openssl3) {
  if (name == "modern") return {name, "6.0", {word("-all"), word("+TLSv1.3")}, "", false};
  if (name == "old")
    return {name,
            "5.8",
            {word("-all"), word("+TLSv1"), word("+TLSv1.1"), word("+TLSv1.2"), word("+TLSv1.3")},
            fmt::format("{}{}:{}", openssl3 ? "@SECLEVEL=0:" : "", kListA, kListB),
            true};
  return {"intermediate",
          "6.0",
          {word("-all"), word("+TLSv1.2"), word("+TLSv1.3")},
          std::string(kListA),
          false};
}

// OpenSSL of the target, as far as the profile depends on it. With a group that OpenSSL does not
// know Apache exits at reload.
struct OpenSsl {
  bool three = true;
  bool hybrid_group = false;  // 3.5: X25519MLKEM768
};

OpenSsl openssl_of(std::string_view target) {
  constexpr std::string_view kHybrid[] = {"debian-13", "ubuntu-26.04", "rhel-10"};
  OpenSsl found;
  found.three = target != "rhel-8";
  found.hybrid_group =
      std::find(std::begin(kHybrid), std::end(kHybrid), target) != std::end(kHybrid);
  return found;
}

}  // namespace

void add_tls(Block& out, const model::Site& site, const host::Layout& layout) {
  const model::Tls& tls = site.tls;
  const OpenSsl openssl = openssl_of(layout.target);
  const Profile p = profile(tls.profile.value, openssl.three);
  out.from(tls.has_acme ? tls.acme_contact.mark : tls.certificate.mark);
  out.comment(fmt::format("TLS: Mozilla guideline {}, profile {}, for OpenSSL {} of {}",
                          p.guideline, p.name,
                          openssl.hybrid_group ? "3.5"
                          : openssl.three      ? "3.0"
                                               : "1.1",
                          layout.target));
  out.directive("SSLEngine", {word("On")});
  if (!tls.has_acme) {
    out.directive("SSLCertificateFile", {value(tls.certificate)});
    out.directive("SSLCertificateKeyFile", {value(tls.key)});
  }
  out.directive("SSLProtocol", p.protocols);
  if (!p.ciphers.empty()) out.directive("SSLCipherSuite", {value(p.ciphers, {})});
  out.directive("SSLCipherSuite", {word("TLSv1.3"), value(std::string(kListC), {})});
  out.directive(
      "SSLOpenSSLConfCmd",
      {word("Curves"),
       value((openssl.hybrid_group ? "X25519MLKEM768:" : "") + std::string(kCurves), {})});
  out.directive("SSLHonorCipherOrder", {word(p.server_order ? "On" : "Off")});
  out.directive("SSLSessionTickets", {word("Off")});
  if (tls.hsts.value) {
    out.from(tls.hsts.mark);
    out.directive("Header", {word("always"), word("set"), word("Strict-Transport-Security"),
                             value("max-age=63072000", {})});
  }
}

}  // namespace wsgictl::conf
