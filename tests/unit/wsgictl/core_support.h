// SPDX-License-Identifier: Apache-2.0
// What tests of the offline half share: texts to definitions, a layout, runs of the command line
// with streams in memory.
#pragma once

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/run.h"
#include "diag/diagnostic.h"
#include "host/layout.h"
#include "model/load.h"

namespace wsgictl::test {

struct Loaded {
  std::optional<model::Definition> definition;
  diag::Diagnostics diagnostics;

  std::vector<std::string> codes() const {
    std::vector<std::string> out;
    for (const auto& d : diagnostics.items()) out.push_back(d.code);
    return out;
  }
};

inline Loaded load(const std::string& text, const std::string& name = "input.yaml") {
  Loaded out;
  out.definition = model::load_sources({{name, text}}, out.diagnostics);
  return out;
}

inline host::Layout debian_12() { return *host::layout("debian-12"); }

struct Ran {
  int code = 0;
  std::string out, err;
};

inline Ran run(std::vector<std::string> words, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  std::vector<const char*> argv{"wsgictl"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  cli::Streams streams{in, out, err};
  const int code = cli::run(static_cast<int>(argv.size()), argv.data(), streams);
  return {code, out.str(), err.str()};
}

}  // namespace wsgictl::test
