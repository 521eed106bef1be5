// SPDX-License-Identifier: Apache-2.0
// Values of any bytes in any nesting, through the writer and back: what the writer takes is read
// as the very same directives, sections and values. apache_reader.h says how Apache reads;
// apache_round_trip.cc asks the real one.
#include <cstdint>
#include <cstdlib>

#include "conf/printer.h"
#include "fuzz/apache_transcript.h"
#include "fuzz/apache_values.h"

using namespace wsgictl;

namespace {

void demand(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const conf::Block made = test::tree({data, data + size});
  diag::Diagnostics diagnostics;
  const auto printed = conf::print(made.nodes(), diagnostics);
  demand(printed.has_value() != diagnostics.has_errors());
  if (!printed) return 0;
  const auto read = test::read_apache(printed->text);
  demand(read.has_value());
  demand(test::values_only(test::transcript_of(*read)) == test::transcript_of(made.nodes()));
  return 0;
}
