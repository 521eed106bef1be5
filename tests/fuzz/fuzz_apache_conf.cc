// SPDX-License-Identifier: Apache-2.0
// Any bytes as an Apache configuration, as the dump of one and as envvars: no crash in readers,
// rules and reports; places lie in the text; nothing is nested beyond the limit. Reads no file of
// this host: the root does not exist.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "apache_check/rules.h"
#include "apache_conf/reader.h"
#include "diag/print.h"

using namespace wsgictl;

namespace {

void demand(bool good) {
  if (!good) std::abort();
}

void look(const std::vector<apache_conf::Node>& nodes, int lines, std::size_t depth) {
  demand(depth <= apache_conf::kMaxDepth);
  for (const apache_conf::Node& node : nodes) {
    demand(node.place.line >= 1 && node.place.line <= node.place.last_line);
    demand(node.place.last_line <= lines);
    demand(node.section || node.children.empty());
    look(node.children, lines, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  apache_conf::Settings settings;
  settings.root = "/nonexistent";
  settings.environment = apache_conf::read_envvars(text);
  const auto configuration = apache_conf::read_text("/f.conf", text, settings);
  look(configuration.nodes, lines, 0);
  diag::Diagnostics diagnostics;
  apache_check::check(configuration, settings.root, diagnostics);
  for (const diag::Diagnostic& d : diagnostics.items()) {
    demand(d.mark.start.line >= 1 && d.mark.start.line <= lines);
    demand(d.mark.start.byte <= d.mark.end.byte && d.mark.end.byte <= size);
  }
  demand(diag::to_text(diagnostics, false).empty() == diagnostics.items().empty());
  (void)apache_conf::read_dump(text);
  return 0;
}
