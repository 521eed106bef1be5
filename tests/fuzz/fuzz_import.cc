// SPDX-License-Identifier: Apache-2.0
// Any bytes as an Apache configuration, as a file and as a dump, through reader, check and import:
// nothing crashes, what is written is YAML that the loader reads, places lie in the text.
#include <cstdint>
#include <cstdlib>

#include "apache_check/rules.h"
#include "apache_conf/reader.h"
#include "diag/print.h"
#include "import/import.h"
#include "import/yaml_text.h"
#include "model/load.h"

using namespace wsgictl;

namespace {

void demand(bool good) {
  if (!good) std::abort();
}

void import(const apache_conf::Configuration& configuration, std::size_t size) {
  static const auto kLayout = host::layout("debian-12");
  diag::Diagnostics diagnostics;
  apache_check::check(configuration, "/nonexistent", diagnostics);
  const auto imported = importing::import_configuration(
      configuration, *kLayout,
      {[](const std::string&) { return std::optional<std::string>("from a import b\nA=b\n"); },
       nullptr},
      true, diagnostics);
  demand(imported.has_value() || diagnostics.has_errors());
  for (const diag::Diagnostic& d : diagnostics.items())
    demand(d.mark.start.byte <= d.mark.end.byte && d.mark.end.byte <= size && !d.message.empty());
  (void)diag::to_text(diagnostics, false);
  if (!imported) return;
  diag::Diagnostics loading;
  (void)model::load_sources({{"f.yaml", importing::yaml_text(imported->definition, true)}},
                            loading);
  // 10xx is what is no YAML at all; a value that the tables refuse must have been left out.
  for (const diag::Diagnostic& d : loading.items()) demand(!d.code.starts_with("WCTL10"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  apache_conf::Settings settings;
  settings.root = "/nonexistent";
  import(apache_conf::read_text("/f.conf", text, settings), size);
  import(apache_conf::read_dump("# In file: /f.conf\n#  1:\n" + text), size);
  return 0;
}
