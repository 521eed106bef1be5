// SPDX-License-Identifier: Apache-2.0
// Feeds files to a fuzz target without libFuzzer: each file as it is, cut short, and with single
// bytes changed. So every compiler and sanitizer runs the corpus. Usage: replay FILE|FOLDER …
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kVariants = 8;

void feed(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

void replay(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::fprintf(stderr, "%s\n", path.c_str());  // the last line names what a target died of
  feed(bytes);
  constexpr std::string_view kBytes("\n \":#{\\\xff");
  for (std::size_t i = 1; i <= kVariants && !bytes.empty(); ++i) {
    const std::size_t at = bytes.size() * i / (kVariants + 1);
    feed(bytes.substr(0, at));
    std::string changed = bytes;
    changed[at] = kBytes[i % kBytes.size()];
    feed(changed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      replay(argv[i]);
      ++count;
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      replay(entry.path());
      ++count;
    }
  }
  std::fprintf(stderr, "%zu files\n", count);
  return count == 0 ? 1 : 0;
}
