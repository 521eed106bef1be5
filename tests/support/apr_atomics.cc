// SPDX-License-Identifier: Apache-2.0
// APR's atomics, instrumented, put before an Apache under ThreadSanitizer (tests/sanitized). An
// event MPM's thread passes a connection's memory to another through a list that only these guard;
// APR's own are not instrumented, so each reuse of that memory looked like a race. Same contracts
// as apr_atomic.h, any thread. What httpd does not call is left out.
#pragma GCC visibility push(default)
#include <apr_atomic.h>

namespace {

template <class T>
T exchanged(T* at, T with, T expected) {
  __atomic_compare_exchange_n(at, &expected, with, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return expected;
}

}  // namespace

extern "C" {

apr_uint32_t apr_atomic_read32(volatile apr_uint32_t* at) {
  return __atomic_load_n(at, __ATOMIC_SEQ_CST);
}
void apr_atomic_set32(volatile apr_uint32_t* at, apr_uint32_t to) {
  __atomic_store_n(at, to, __ATOMIC_SEQ_CST);
}
apr_uint32_t apr_atomic_add32(volatile apr_uint32_t* at, apr_uint32_t by) {
  return __atomic_fetch_add(at, by, __ATOMIC_SEQ_CST);
}
void apr_atomic_sub32(volatile apr_uint32_t* at, apr_uint32_t by) {
  __atomic_fetch_sub(at, by, __ATOMIC_SEQ_CST);
}
apr_uint32_t apr_atomic_inc32(volatile apr_uint32_t* at) { return apr_atomic_add32(at, 1); }
int apr_atomic_dec32(volatile apr_uint32_t* at) {
  return __atomic_sub_fetch(at, 1, __ATOMIC_SEQ_CST) != 0;
}
apr_uint32_t apr_atomic_cas32(volatile apr_uint32_t* at, apr_uint32_t with, apr_uint32_t expected) {
  return exchanged(const_cast<apr_uint32_t*>(at), with, expected);
}
apr_uint32_t apr_atomic_xchg32(volatile apr_uint32_t* at, apr_uint32_t with) {
  return __atomic_exchange_n(at, with, __ATOMIC_SEQ_CST);
}
void* apr_atomic_casptr(volatile void** at, void* with, const void* expected) {
  return exchanged(const_cast<void**>(at), with, const_cast<void*>(expected));
}
void* apr_atomic_xchgptr(volatile void** at, void* with) {
  return __atomic_exchange_n(const_cast<void**>(at), with, __ATOMIC_SEQ_CST);
}

}  // extern "C"
