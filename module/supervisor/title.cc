// SPDX-License-Identifier: Apache-2.0
#include "supervisor/title.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

namespace wsgi::supervisor {
namespace {

constexpr int kArgStart = 48;  // proc_pid_stat(5)

}  // namespace

void set_title(const char* name, std::string_view line) {
  ::prctl(PR_SET_NAME, name);
  std::ifstream file("/proc/self/stat");
  std::string text;
  if (!std::getline(file, text)) return;
  // Field 2 is a name in parentheses and may hold anything.
  const std::size_t after = text.rfind(')');
  if (after == std::string::npos) return;
  std::istringstream fields(text.substr(after + 1));
  std::string skipped;
  for (int number = 3; number < kArgStart; ++number) fields >> skipped;
  std::uintptr_t start = 0, end = 0;  // two fields that follow each other
  fields >> start >> end;
  if (start == 0 || end <= start + 1) return;
  const std::size_t room = end - start - 1;
  auto* to = reinterpret_cast<char*>(start);
  std::memset(to, 0, room + 1);
  std::memcpy(to, line.data(), std::min(line.size(), room));
}

}  // namespace wsgi::supervisor
