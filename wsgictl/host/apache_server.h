// SPDX-License-Identifier: Apache-2.0
// A real Apache: the one of a distribution, reached through its control program or systemd, or a
// private one given by program and configuration file. Blocks; one object per command, one thread.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/layout.h"
#include "host/server.h"
#include "sys/clock.h"
#include "sys/process.h"

namespace wsgictl::host {

// How a server is called. Words, never a shell line.
struct Instance {
  std::string root = "/";            // where its files are; commands run chroot'ed there
  std::vector<std::string> command;  // control program: + "-t", "-k graceful", …
  std::string service;               // systemd unit that supervises it, "" for none
};

// The server of the system below ROOT: systemd where it is pid 1, else the control program.
Instance system_instance(const Layout& layout, const std::string& root);

// A server of one's own: PROGRAM -f CONFIG.
Instance private_instance(const std::string& program, const std::string& config);

class ApacheServer final : public Server {
 public:
  ApacheServer(Instance instance, sys::Clock& clock);

  wsgi::Status test() override;
  wsgi::Result<ServerFacts> facts() override;
  pid_t parent() override;
  wsgi::Status reload() override;
  wsgi::Status start() override;
  wsgi::Status stop() override;
  std::string log_since_reload() override;

 private:
  sys::Result<sys::ProcessResult> call(const std::vector<std::string>& arguments,
                                       std::chrono::milliseconds deadline);
  wsgi::Status control(const char* verb, const char* systemd_verb);
  wsgi::Status wait_until_serving(pid_t parent, const std::set<pid_t>& old_children);
  void mark_log();
  std::string new_log_text() const;

  Instance instance_;
  sys::Clock& clock_;
  std::optional<ServerFacts> known_;  // of the last valid configuration
  long log_mark_ = -1;                // size of the error log at the last reload; -1: not a file
};

// Facts from the output of -t -D DUMP_RUN_CFG -D DUMP_MODULES. Pure.
ServerFacts parse_facts(const std::string& dump);

}  // namespace wsgictl::host
