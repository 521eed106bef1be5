// SPDX-License-Identifier: Apache-2.0
// From names on the command line to a checked definition: read, parse, decode, merge, cross-check.
// Reads files, looks at nothing else of this host, writes nothing.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "diag/diagnostic.h"
#include "model/app.h"

namespace wsgictl::model {

struct Source {
  std::string name;  // as it appears in diagnostics
  std::string text;
};

// Standard input as a definition, and the name it goes by in diagnostics and rendered files.
struct Input {
  std::istream* stream = nullptr;
  std::string name = "<stdin>";
};

// PATHS are files, folders (all *.yaml and *.yml in them) or "-" (INPUT, if given), taken in the
// order of their own names, so that the result does not depend on how they were listed. All
// problems of all files are added to DIAGNOSTICS, with the texts they are about; nothing is
// returned if one of them is an error.
std::optional<Definition> load(const std::vector<std::string>& paths,
                               diag::Diagnostics& diagnostics, const Input& input = {});

// The texts alone, in the same order; what cannot be read is added to DIAGNOSTICS.
std::vector<Source> read_sources(const std::vector<std::string>& paths,
                                 diag::Diagnostics& diagnostics, const Input& input = {});

// The same for texts in memory.
std::optional<Definition> load_sources(std::vector<Source> sources, diag::Diagnostics& diagnostics);

}  // namespace wsgictl::model
