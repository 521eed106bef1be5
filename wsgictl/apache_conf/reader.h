// SPDX-License-Identifier: Apache-2.0
// Reads a configuration as httpd 2.4 does while it starts: files read in by Include, names given
// by Define, conditions by IfModule, IfDefine, IfVersion and IfFile, in the order of the files.
// Blocks on files, writes nothing, runs nothing. What it cannot know or read is a Problem; reading
// goes on, so that the caller gets all that can be had.
// Source: httpd manual, "configuring", "mod/core"; measured against mod_info's DUMP_CONFIG.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apache_conf/tree.h"

namespace wsgictl::apache_conf {

// Of files in files, and of sections in the sections of one file. What is deeper is not read.
inline constexpr std::size_t kMaxDepth = 64;

struct Settings {
  std::string root = "/";   // all files are below
  std::string server_root;  // until the configuration names one; "" = folder of the first file
  std::map<std::string, std::string> environment;  // of the server, for ${NAME}
  std::vector<std::string> defines;                // of its command line (-D)
  // Compiled into the program, by short names.
  std::vector<std::string> modules = {"core",       "so",    "http_core", "watchdog",
                                      "log_config", "logio", "version",   "unixd"};
  std::string version = "2.4.62";  // of Apache, for IfVersion
};

// The configuration that starts with FILE (an absolute path below the root).
Configuration read_configuration(const std::string& file, const Settings& settings);

// TEXT as if it were FILE; it may read other files in.
Configuration read_text(const std::string& file, std::string_view text, const Settings& settings);

// What `-t -D DUMP_CONFIG` prints (mod_info): everything is resolved already, comments say where
// each line is from. Modules are not in it.
Configuration read_dump(std::string_view dump);

// The short name of a module however it is called: "ssl" of ssl_module, mod_ssl.c and ssl.
std::string module_name(std::string_view text);

// NAME=VALUE of a Debian envvars file: plain `export NAME=VALUE` lines, the shell's $NAME in them
// replaced by what stands above.
std::map<std::string, std::string> read_envvars(std::string_view text);

}  // namespace wsgictl::apache_conf
