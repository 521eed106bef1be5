// SPDX-License-Identifier: Apache-2.0
// The supervisor's part for tests of a real daemon executable: page, pairs, control, boot record,
// fork and exec, one slot. Everything is synchronous; wait_*() fail the test after ten seconds.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "transport/boot.h"
#include "transport/client.h"
#include "transport/control.h"
#include "transport/handover.h"
#include "transport/permits.h"

namespace wsgi::test {

class FakeSupervisor {
 public:
  explicit FakeSupervisor(std::string executable);
  ~FakeSupervisor();  // kills what is left

  transport::BootRecord boot;  // edit before start()

  void start();        // spawns; does not wait
  void start_ready();  // and waits for READY, then makes the slot ready
  // Reads control messages until one of this kind comes; the texts of LOG are collected.
  template <typename Message>
  std::optional<Message> wait_for() {
    while (receive()) {
      if (auto* found = std::get_if<Message>(&last_)) return *found;
    }
    return std::nullopt;
  }
  void send(const transport::ControlMessage& message);
  void close_control() { control_.reset(); }
  void signal(int number) const;
  // wait status; the daemon is gone then.
  int wait_exit();

  transport::ClientOptions client_options() const;
  transport::GroupEnds ends() const;
  pid_t pid() const { return pid_; }
  bool logged(std::string_view part) const;
  const std::string& logs() const { return logs_; }
  const transport::Page& page() const { return page_; }
  const transport::HandOverPair& pair() const { return pair_; }

 private:
  bool receive();
  std::string executable_;
  transport::Page page_;
  transport::HandOverPair pair_;
  Fd control_;
  pid_t pid_ = -1;
  std::vector<std::byte> buffer_;
  transport::ControlMessage last_;
  std::string logs_;
};

}  // namespace wsgi::test
