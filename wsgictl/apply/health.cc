// SPDX-License-Identifier: Apache-2.0
// The libcurl prober and the loop around it; see health.h.
#include "apply/health.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace wsgictl::apply {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kInterval{1000};
constexpr milliseconds kPerRequest{5000};

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

bool is_good(const plan::HealthTarget& target, const Answer& answer) {
  if (answer.status == 0) return false;
  if (target.app.empty()) return true;
  if (target.status.empty()) return answer.status < 500;
  return std::find(target.status.begin(), target.status.end(), answer.status) !=
         target.status.end();
}

Health check(const plan::HealthTarget& target, Prober& prober, sys::Clock& clock) {
  Health health;
  health.target = target;
  const auto end = clock.steady() + std::chrono::seconds(target.deadline);
  for (;;) {
    const milliseconds left = std::max(end - clock.steady(), milliseconds(100));
    health.last = prober.ask(target, std::min(kPerRequest, left));
    ++health.tries;
    health.good = is_good(target, health.last);
    if (health.good || clock.steady() + kInterval > end) return health;
    clock.sleep(kInterval);
  }
}

}  // namespace

Answer HttpProber::ask(const plan::HealthTarget& target, milliseconds timeout) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
  if (ready != CURLE_OK || !handle) return {0, "libcurl cannot be started"};
  CURL* curl = handle.get();
  // "::ADDRESS:PORT": any host and port of the URL go there (CURLOPT_CONNECT_TO).
  const std::string connect = fmt::format("::{}:{}", target.address, target.port);
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> connect_to(
      curl_slist_append(nullptr, connect.c_str()), curl_slist_free_all);
  char message[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, target.url().c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect_to.get());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "wsgictl");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  // A body that does not end in time (an event stream) is still an answer.
  if (code != CURLE_OK && status == 0)
    return {0, message[0] != '\0' ? message : curl_easy_strerror(code)};
  return {static_cast<int>(status), ""};
}

std::vector<Health> check_health(const std::vector<plan::HealthTarget>& targets, Prober& prober,
                                 sys::Clock& clock) {
  std::vector<Health> results;
  for (const plan::HealthTarget& target : targets) results.push_back(check(target, prober, clock));
  return results;
}

std::string describe(const Health& health) {
  const std::string who = health.target.app.empty() ? health.target.host : health.target.app;
  const std::string answer = health.last.status != 0
                                 ? fmt::format("answers {}", health.last.status)
                                 : fmt::format("does not answer: {}", health.last.problem);
  if (health.good) return fmt::format("{}: {} {}", who, health.target.url(), answer);
  const std::string wanted = health.target.app.empty() ? "any answer"
                             : health.target.status.empty()
                                 ? "a status below 500"
                                 : fmt::format("{}", fmt::join(health.target.status, " or "));
  return fmt::format("{}: {} {}, wanted {} ({} tries in {} s)", who, health.target.url(), answer,
                     wanted, health.tries, health.target.deadline);
}

}  // namespace wsgictl::apply
