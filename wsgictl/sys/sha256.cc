// SPDX-License-Identifier: Apache-2.0
// SHA-256 by OpenSSL's EVP interface; see sha256.h.
#include "sys/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace wsgictl::sys {

std::string sha256(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  // Fails only without memory or without the algorithm; a wrong hash would be worse than an end.
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) != 1)
    std::abort();
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < length; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

}  // namespace wsgictl::sys
