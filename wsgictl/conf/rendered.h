// SPDX-License-Identifier: Apache-2.0
// What rendering yields: whole files, nothing written yet.
#pragma once

#include <string>
#include <vector>

#include "diag/diagnostic.h"

namespace wsgictl::conf {

// One file as it should be on disk. `link` files are symbolic links, `content` is then the target.
struct RenderedFile {
  std::string path;  // absolute, not yet below --root
  int mode = 0644;
  std::string content;
  bool link = false;
  std::vector<diag::Mark>
      origins;  // per line of content, the YAML place it comes from (plan --explain)
};

}  // namespace wsgictl::conf
