// SPDX-License-Identifier: Apache-2.0
// Streams of a request behind the C table: client body and client response as plain functions.
#include "apache/in_process.h"

#include <vector>

#include "apache/client_body.h"
#include "apache/client_response.h"
#include "apache/log_sink.h"
#include "apache/outcome.h"
#include "apache/server_config.h"

namespace wsgi::apache {
namespace {

struct Exchange {
  Exchange(request_rec* r, bool sendfile) : body(r), response(r, sendfile), log(r) {}
  ClientBody body;
  ClientResponse response;
  RequestLog log;
};

Exchange& of(void* ctx) { return *static_cast<Exchange*>(ctx); }
int failed(const Fail& fail) { return -static_cast<int>(fail.id); }
int result(const Status& status) { return status ? 0 : failed(status.error()); }
// What the application says once httpd answers for it is for nobody.
constexpr int kUnheard = -static_cast<int>(ErrorId::app_client_gone);

int64_t read(void* ctx, void* into, size_t size) {
  Exchange& exchange = of(ctx);
  auto got = exchange.body.read({static_cast<std::byte*>(into), size});
  if (got) return static_cast<int64_t>(*got);
  exchange.log.fail(got.error());  // the engine does not ask again
  return failed(got.error());
}

int head(void* ctx, uint16_t status, wsgi_text reason, const wsgi_header* h, size_t count) {
  if (of(ctx).body.refusal() != 0) return kUnheard;
  std::vector<Header> headers(count);
  for (size_t i = 0; i < count; ++i) {
    headers[i] = {{h[i].name.data, h[i].name.size}, {h[i].value.data, h[i].value.size}};
  }
  return result(of(ctx).response.head({status, {reason.data, reason.size}, headers}));
}

int data(void* ctx, const void* bytes, size_t size, uint8_t more) {
  if (of(ctx).body.refusal() != 0) return kUnheard;
  return result(
      of(ctx).response.data({static_cast<const std::byte*>(bytes), size}, static_cast<More>(more)));
}

int file(void* ctx, int fd, uint64_t offset, uint64_t length) {
  Fd taken(fd);
  if (of(ctx).body.refusal() != 0) return kUnheard;
  return result(of(ctx).response.file(std::move(taken), offset, length));
}

int aborted(void* ctx) { return of(ctx).response.aborted(); }

int log_enabled(void* ctx, uint8_t level) { return of(ctx).log.enabled(static_cast<Level>(level)); }

void log(void* ctx, const wsgi_record* record) { write_record(of(ctx).log, *record); }

constexpr wsgi_exchange_ops kOps = {read, head, data, file, aborted, log_enabled, log};

wsgi_text text(std::string_view view) { return {view.data(), view.size()}; }

wsgi_request request_of(const RequestHead& head, const wsgi_variable* variables) {
  wsgi_request q{};
  q.variables = variables;
  q.variable_count = head.variables.size();
  q.script = text(head.target.script);
  q.callable = text(head.target.callable);
  q.application_group = text(head.target.application_group);
  q.resource = text(head.target.resource);
  q.request_id = text(head.request_id);
  q.connection_id = text(head.connection_id);
  q.content_length = head.content_length.value_or(UINT64_MAX);
  q.request_us = head.timings.request_us;
  q.flags = head.flags;
  q.server_pid = head.server_pid;
  q.handler = static_cast<uint8_t>(head.handler);
  q.log_level = static_cast<uint8_t>(head.log_level);
  return q;
}

}  // namespace

int run_embedded(request_rec* r, const EmbeddedRuntime& runtime, const RequestHead& head) {
  auto* variables = static_cast<wsgi_variable*>(
      apr_palloc(r->pool, sizeof(wsgi_variable) * head.variables.size()));
  for (size_t i = 0; i < head.variables.size(); ++i) {
    const EnvVar& v = head.variables[i];
    variables[i] = {static_cast<uint8_t>(v.atom), text(v.name), text(v.value)};
  }
  wsgi_request request = request_of(head, variables);
  if (dir_config(r).pass_apache_request.value_or(false)) request.apache = r;
  Exchange exchange(r, (head.flags & kSendfile) != 0);
  uint64_t bytes[2] = {0, 0};
  int code = runtime.table().run(&request, &kOps, &exchange, bytes);
  if (const int refusal = exchange.body.refusal(); refusal != 0) {
    if (!exchange.response.has_head()) return refusal;
    if (refusal != AP_FILTER_ERROR) exchange.response.cut();
    return OK;
  }
  const int status =
      finish(r, exchange.response, code < 0 ? OutcomeCode::internal : OutcomeCode(code));
  if (head.content_length != 0 && !exchange.body.finished()) exchange.response.reach_client();
  return status;
}

}  // namespace wsgi::apache
