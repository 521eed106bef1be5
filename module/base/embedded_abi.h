/* SPDX-License-Identifier: Apache-2.0
 * The plain C boundary between mod_wsgi.so and wsgi-embedded-pyX.Y.so, which an Apache child opens
 * with dlopen after its privileges are gone. No C++ type, exception or allocation crosses it; views
 * are valid for the call. Both sides are built from one source tree (same abi-N folder); size and
 * version are checked all the same. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WSGI_EMBEDDED_ABI 3u
#define WSGI_EMBEDDED_SYMBOL "wsgi_embedded_runtime"

typedef struct {
  const char* data;
  size_t size;
} wsgi_text;

/* A line for the log; `file` is empty unless the text names its place. */
typedef struct {
  wsgi_text text, file;
  uint32_t line;
  uint8_t level, stream; /* Level, LogStream */
} wsgi_record;

typedef struct {
  uint8_t atom; /* env_atoms.def; 0: name is used */
  wsgi_text name, value;
} wsgi_variable;

typedef struct {
  const wsgi_variable* variables;
  size_t variable_count;
  wsgi_text script, callable, application_group, resource, request_id, connection_id;
  uint64_t content_length; /* UINT64_MAX: unknown */
  uint64_t request_us;
  uint32_t flags; /* RequestFlag */
  uint32_t server_pid;
  uint8_t handler, log_level;
  void* apache; /* request_rec; null: no environ['apache.request_rec'] */
} wsgi_request;

typedef struct {
  wsgi_text name, value;
} wsgi_header;

/* What the runtime may do to the request; implemented by the module, called detached from Python.
 * Results: >= 0 success, < 0 failure: -(ErrorId). */
typedef struct {
  int64_t (*read)(void* ctx, void* into, size_t size); /* bytes, 0 = end */
  int (*head)(void* ctx, uint16_t status, wsgi_text reason, const wsgi_header* h, size_t count);
  int (*data)(void* ctx, const void* bytes, size_t size, uint8_t more); /* More */
  int (*file)(void* ctx, int fd, uint64_t offset, uint64_t length);     /* takes fd */
  int (*aborted)(void* ctx);
  int (*log_enabled)(void* ctx, uint8_t level);
  void (*log)(void* ctx, const wsgi_record* record);
} wsgi_exchange_ops;

/* One call of an access, authentication, group or dispatch script: base/hook.h. */
typedef struct {
  const wsgi_variable* variables;
  size_t variable_count;
  wsgi_text script, application_group;
  const wsgi_text* arguments;
  size_t argument_count;
  void* request; /* null: no environ['apache.request_rec'] */
  uint8_t kind;  /* HookKind */
  uint8_t reloading;
} wsgi_hook;

/* answer, is_https and ssl_variable are called attached to Python. */
typedef struct {
  int (*log_enabled)(void* ctx, uint8_t level);
  void (*log)(void* ctx, const wsgi_record* record);
  void (*answer)(void* ctx, uint8_t which, wsgi_text text);
  int (*is_https)(void* ctx);
  const char* (*ssl_variable)(void* ctx, const char* name);
} wsgi_hook_ops;

/* Log and scoreboard of the process; ctx of wsgi_start. */
typedef struct {
  int (*log_enabled)(void* ctx, uint8_t level);
  void (*log)(void* ctx, const wsgi_record* record);
  /* Calls take(to, an encoded config::Scoreboard) unless there is none. */
  void (*scoreboard)(void (*take)(void* to, wsgi_text bytes), void* to);
} wsgi_log_ops;

typedef struct {
  uint32_t size; /* sizeof this struct */
  uint32_t version;
  /* `settings`: EngineOptions' data, encoded by config/codec. 0, or -(ErrorId) after logging. */
  int (*start)(wsgi_text settings, const wsgi_log_ops* log, void* log_ctx);
  /* Outcome code; out[0] bytes in, out[1] bytes out. */
  int (*run)(const wsgi_request* request, const wsgi_exchange_ops* ops, void* ctx, uint64_t out[2]);
  int (*preload)(wsgi_text script, wsgi_text application_group);
  /* HookAnswer. */
  int (*hook)(const wsgi_hook* call, const wsgi_hook_ops* ops, void* ctx);
  void (*stop)(void);
} wsgi_embedded_runtime_t;

#ifdef __cplusplus
}
#endif
