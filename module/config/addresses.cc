// SPDX-License-Identifier: Apache-2.0
#include "config/addresses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace wsgi::config {
namespace {

constexpr std::size_t kMappedPrefix = 12;  // ::ffff:0:0/96

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v4 = false;
};

std::optional<Address> parse_address(std::string_view text) {
  std::string copy(text);  // inet_pton wants a terminator
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  Address address;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  address.v4 = true;
  address.bytes = {};
  address.bytes[10] = address.bytes[11] = 0xff;
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data() + kMappedPrefix) == 1) return address;
  return std::nullopt;
}

// "255.0.0.0" to 8; ones must come first.
std::optional<std::int64_t> mask_bits(std::string_view text) {
  auto mask = parse_address(text);
  if (!mask || !mask->v4) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = kMappedPrefix; i < 16; ++i) value = value << 8 | mask->bytes[i];
  int ones = std::countl_one(value);
  if (ones + std::countr_zero(value) < 32) return std::nullopt;
  return ones;
}

bool within(const Subnet& subnet, const std::array<std::uint8_t, 16>& address) {
  std::size_t whole = subnet.bits / 8, rest = subnet.bits % 8;
  if (std::memcmp(subnet.address.data(), address.data(), whole) != 0) return false;
  if (rest == 0) return true;
  auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (subnet.address[whole] & mask) == (address[whole] & mask);
}

}  // namespace

std::optional<Subnet> parse_subnet(std::string_view text) {
  std::size_t slash = text.find('/');
  auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  Subnet subnet{address->bytes, 128};
  if (slash == std::string_view::npos) return subnet;
  std::string_view mask = text.substr(slash + 1);
  int width = address->v4 ? 32 : 128;
  if (mask.starts_with('+') || mask.starts_with('-')) return std::nullopt;
  auto bits = parse_integer(mask, 0, width);
  if (!bits && address->v4) bits = mask_bits(mask);
  if (!bits) return std::nullopt;
  subnet.bits = static_cast<std::uint8_t>(128 - width + *bits);
  return subnet;
}

bool contains(std::span<const Subnet> subnets, std::string_view address) {
  auto parsed = parse_address(address);
  return parsed && std::any_of(subnets.begin(), subnets.end(),
                               [&](const Subnet& s) { return within(s, parsed->bytes); });
}

std::optional<std::string> environ_name(std::string_view header) {
  if (header.empty()) return std::nullopt;
  std::string name = "HTTP_";
  for (char c : header) {
    bool small = c >= 'a' && c <= 'z', large = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
    if (!small && !large && !digit && c != '-') return std::nullopt;
    name += small ? static_cast<char>(c - 32) : c == '-' ? '_' : c;
  }
  return name;
}

}  // namespace wsgi::config
