// SPDX-License-Identifier: Apache-2.0
#include "python/md5.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace wsgi::python {
namespace {

using State = std::array<std::uint32_t, 4>;

// RFC 1321, 3.4: T[i] = 2^32 * abs(sin(i)).
const std::array<std::uint32_t, 64>& table() {
  static const auto t = [] {
    std::array<std::uint32_t, 64> v{};
    for (unsigned i = 0; i < 64; ++i) {
      v[i] = static_cast<std::uint32_t>(std::floor(4294967296.0 * std::fabs(std::sin(i + 1.0))));
    }
    return v;
  }();
  return t;
}

constexpr std::array<std::array<int, 4>, 4> kShifts = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

void block(State& state, const unsigned char* bytes) {
  std::array<std::uint32_t, 16> words{};
  for (unsigned i = 0; i < 64; ++i) words[i / 4] |= std::uint32_t{bytes[i]} << (8 * (i % 4));
  auto [a, b, c, d] = state;
  for (unsigned i = 0; i < 64; ++i) {
    std::uint32_t mix = 0;
    unsigned word = 0;
    switch (i / 16) {
      case 0:
        mix = (b & c) | (~b & d), word = i;
        break;
      case 1:
        mix = (d & b) | (~d & c), word = (5 * i + 1) % 16;
        break;
      case 2:
        mix = b ^ c ^ d, word = (3 * i + 5) % 16;
        break;
      default:
        mix = c ^ (b | ~d), word = (7 * i) % 16;
        break;
    }
    std::uint32_t sum = a + mix + table()[i] + words[word];
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kShifts[i / 16][i % 4]);
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

}  // namespace

std::string md5_hex(std::string_view text) {
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::string padded(text);
  padded.push_back('\x80');
  while (padded.size() % 64 != 56) padded.push_back('\0');
  std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (int i = 0; i < 8; ++i) padded.push_back(static_cast<char>(bits >> (8 * i)));
  for (std::size_t at = 0; at < padded.size(); at += 64) {
    block(state, reinterpret_cast<const unsigned char*>(padded.data()) + at);
  }
  std::string hex;
  for (std::uint32_t word : state) {
    for (int i = 0; i < 8; ++i)
      hex.push_back("0123456789abcdef"[(word >> (8 * (i / 2) + (i % 2 ? 0 : 4))) & 15]);
  }
  return hex;
}

}  // namespace wsgi::python
