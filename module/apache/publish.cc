// SPDX-License-Identifier: Apache-2.0
#include "apache/publish.h"

#include "apache/process.h"
#include "apache/proxy_environ.h"

namespace wsgi::apache {
namespace {

// Almost no key is in the table already. Those are looked for in a copy of the few entries it came
// with: apr_table_setn goes through all that was added meanwhile, at twice the instructions.
class Publisher {
 public:
  explicit Publisher(request_rec* r)
      : env_(r->subprocess_env), before_(apr_table_copy(r->pool, r->subprocess_env)) {}

  void put(const char* key, const char* value) {
    if (value == nullptr) return;
    const char* had = apr_table_get(before_, key);
    if (had == value) return;  // the table's own
    if (had != nullptr) {
      apr_table_setn(env_, key, value);
    } else {
      apr_table_addn(env_, key, value);
    }
  }

 private:
  apr_table_t* env_;
  const apr_table_t* before_;
};

}  // namespace

void publish(request_rec* r, const Target& target, std::span<const EnvVar> variables) {
  if (r->log_id == nullptr) ap_run_generate_log_id(r->connection, r, &r->log_id);
  Publisher publisher(r);
  for (const EnvVar& v : variables) publisher.put(name_of(v).data(), v.value.data());
  publisher.put("mod_wsgi.process_group", target.process_group);
  publisher.put("mod_wsgi.application_group", target.application_group);
  publisher.put("mod_wsgi.callable_object", target.callable);
  publisher.put("mod_wsgi.server_pid", apr_itoa(r->pool, static_cast<int>(process().pid())));
  publisher.put("mod_wsgi.request_id", r->log_id);
  publisher.put("mod_wsgi.connection_id", r->connection->log_id);
}

}  // namespace wsgi::apache
