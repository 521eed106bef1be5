// SPDX-License-Identifier: Apache-2.0
// Quoting, code points and edit distance; see text.h.
#include "diag/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace wsgictl::diag {
namespace {

// Code points that move the cursor, reverse the direction of text or show nothing.
bool invisible(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

void append_escaped(std::string& out, std::string_view sequence) {
  if (sequence_length(sequence) == 0) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(sequence[0]));
    return;
  }
  const char32_t c = code_point(sequence);
  if (!invisible(c)) {
    out += sequence;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c > 0xffff) {
    out += fmt::format("\\U{:08x}", static_cast<std::uint32_t>(c));
  } else {
    out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
  }
}

}  // namespace

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t sequence_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  const unsigned char second = at(1);
  if (first == 0xe0 && second < 0xa0) return 0;
  if (first == 0xed && second > 0x9f) return 0;
  if (first == 0xf0 && second < 0x90) return 0;
  if (first == 0xf4 && second > 0x8f) return 0;
  return length;
}

char32_t code_point(std::string_view text) {
  const std::size_t length = sequence_length(text);
  const auto first = static_cast<unsigned char>(text[0]);
  if (length <= 1) return first;
  char32_t value = first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i)
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return value;
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count)
    i += static_cast<unsigned char>(text[i]) < 0x80
             ? 1
             : std::max<std::size_t>(1, sequence_length(text.substr(i)));
  return count;
}

std::string escape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, sequence_length(text.substr(i)));
    append_escaped(out, text.substr(i, length));
    i += length;
  }
  return out;
}

std::string quote(std::string_view text, std::size_t limit) {
  std::size_t end = 0;
  for (std::size_t n = 0; n < limit && end < text.size(); ++n)
    end += std::max<std::size_t>(1, sequence_length(text.substr(end)));
  std::string out = "\"" + escape(text.substr(0, end));
  if (end < text.size()) out += "…";
  return out + "\"";
}

// Optimal string alignment: Damerau-Levenshtein without editing a swapped pair again.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  if (word.size() > 64) return std::nullopt;
  const std::size_t limit = std::min<std::size_t>(2, std::max<std::size_t>(1, word.size() / 3));
  std::optional<std::string> best;
  std::size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word.size() + limit || word.size() > candidate.size() + limit) continue;
    const std::size_t distance = edit_distance(word, candidate);
    // A replacement of the whole word is no suggestion.
    if (distance < best_distance && distance < candidate.size() && distance < word.size()) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string join_or(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace wsgictl::diag
