// SPDX-License-Identifier: Apache-2.0
// Looking at a project's files: small texts, names, and the few forms of Python and ini lines that
// say what is needed. Blocks on the file system; broken or unreadable files count as empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsgictl::project {

std::string text_of(const std::string& path);  // at most 1 MiB
bool is_file(const std::string& path);
bool is_folder(const std::string& path);

// Names of the files that end so, or of all folders, sorted; hidden ones are left out.
std::vector<std::string> files_in(const std::string& folder, std::string_view ending);
std::vector<std::string> folders_in(const std::string& folder);

// The text in quotes behind the first MARK and what follows it up to a quote, on one line.
std::string quoted_after(std::string_view text, std::string_view mark);

// The name that a line at the margin gives to CALL: "app" of `app = Flask(__name__)`.
std::string assigned(std::string_view text, std::string_view call);

// Whether a line at the margin defines NAME: by =, def, class or an import.
bool defines(std::string_view text, std::string_view name);

// The value of NAME in lines of the form NAME = VALUE, "" if there is none.
std::string setting(std::string_view text, std::string_view name);

}  // namespace wsgictl::project
