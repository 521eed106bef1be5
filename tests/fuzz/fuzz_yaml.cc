// SPDX-License-Identifier: Apache-2.0
// Any bytes as a definition, through everything that is a function of text: reader, decoder, rules,
// all forms of diagnostics, and the renderer. Places must lie inside the text, and what is rendered
// must be what Apache reads as whole directives and sections.
#include <cstdint>
#include <cstdlib>

#include "conf/render.h"
#include "diag/print.h"
#include "diag/reports.h"
#include "fuzz/apache_reader.h"
#include "model/load.h"

using namespace wsgictl;

namespace {

void demand(bool good) {
  if (!good) std::abort();
}

void check_places(const diag::Diagnostics& diagnostics, std::size_t size) {
  for (const diag::Diagnostic& d : diagnostics.items()) {
    demand(d.mark.start.byte <= d.mark.end.byte && d.mark.end.byte <= size);
    demand(d.mark.start.line >= 1 && d.mark.start.column >= 1 && !d.message.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  diag::Diagnostics diagnostics;
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto definition = model::load_sources({{"f.yaml", std::move(text)}}, diagnostics);
  demand(definition.has_value() != diagnostics.has_errors());
  check_places(diagnostics, size);
  if (definition) {
    static const auto kLayout = host::layout("debian-12");
    if (const auto files = conf::render(*definition, *kLayout, diagnostics))
      for (const conf::RenderedFile& file : *files)
        if (file.path.ends_with(".conf") && !file.link)
          demand(test::read_apache(file.content).has_value());
  }
  (void)diag::to_text(diagnostics, true);
  (void)diag::to_json(diagnostics, "validate", false);
  (void)diag::to_sarif(diagnostics, "0");
  (void)diag::to_github(diagnostics);
  (void)diag::to_junit(diagnostics, "validate");
  return 0;
}
