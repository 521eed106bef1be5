// SPDX-License-Identifier: Apache-2.0
// Asking whether sites and applications answer. The asking is an interface; the repeating until a
// deadline is plain code over it and a clock. Blocks.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "plan/targets.h"
#include "sys/clock.h"

namespace wsgictl::apply {

struct Answer {
  int status = 0;       // 0: none came
  std::string problem;  // then: why
};

class Prober {
 public:
  virtual ~Prober() = default;
  virtual Answer ask(const plan::HealthTarget& target, std::chrono::milliseconds timeout) = 0;
};

// HTTP by libcurl: connects to the target's address whatever DNS says, sends its host, follows no
// redirect, uses no proxy, does not judge the certificate (a self-signed one still answers).
class HttpProber final : public Prober {
 public:
  Answer ask(const plan::HealthTarget& target, std::chrono::milliseconds timeout) override;
};

struct Health {
  plan::HealthTarget target;
  bool good = false;
  Answer last;
  int tries = 0;
};

// Each target once a second, at most 5 s a try, until it is good or its deadline has passed. All of
// them are asked, so that a report names every application that fails.
std::vector<Health> check_health(const std::vector<plan::HealthTarget>& targets, Prober& prober,
                                 sys::Clock& clock);

// "shop: http://shop.example.com/healthz answers 500, wanted 200 (4 tries in 30 s)"
std::string describe(const Health& health);

}  // namespace wsgictl::apply
