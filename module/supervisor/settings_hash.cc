// SPDX-License-Identifier: Apache-2.0
#include "supervisor/settings_hash.h"

#include <sys/stat.h>

#include "base/digest.h"
#include "config/codec.h"

namespace wsgi::supervisor {

transport::SettingsHash settings_hash(const GroupSettings& settings) {
  std::string bytes = config::encode(settings.options) + config::encode(settings.python);
  bytes += settings.runtime_path;
  struct stat info {};
  if (settings.runtime && ::fstat(settings.runtime.get(), &info) == 0) {
    for (const std::uint64_t part :
         {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino),
          static_cast<std::uint64_t>(info.st_size), static_cast<std::uint64_t>(info.st_mtim.tv_sec),
          static_cast<std::uint64_t>(info.st_mtim.tv_nsec)}) {
      bytes += "/" + std::to_string(part);
    }
  }
  return sha256(as_bytes(bytes));
}

}  // namespace wsgi::supervisor
