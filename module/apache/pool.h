// SPDX-License-Identifier: Apache-2.0
// C++ objects in APR pools. An object lives exactly as long as its pool; its destructor is a pool
// cleanup. Pools never own Python objects. Any thread that owns the pool.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "apache/httpd_api.h"

namespace wsgi::apache {

// Makes a T in the pool; its destructor runs when the pool is cleared, newest first.
template <typename T, typename... Args>
T* pool_new(apr_pool_t* pool, Args&&... args) {
  static_assert(alignof(T) <= 8, "apr_palloc aligns to 8");
  T* object = new (apr_palloc(pool, sizeof(T))) T(std::forward<Args>(args)...);
  if constexpr (!std::is_trivially_destructible_v<T>) {
    apr_pool_cleanup_register(
        pool, object,
        [](void* data) noexcept -> apr_status_t {
          static_cast<T*>(data)->~T();
          return APR_SUCCESS;
        },
        apr_pool_cleanup_null);
  }
  return object;
}

// A NUL-terminated copy.
inline const char* pool_text(apr_pool_t* pool, std::string_view text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

// Pool memory for the layers that know no APR; nothing is given back before the pool ends.
class PoolMemory final : public std::pmr::memory_resource {
 public:
  explicit PoolMemory(apr_pool_t* pool) : pool_(pool) {}

 private:
  void* do_allocate(std::size_t size, std::size_t align) override {
    if (align > 8) throw std::bad_alloc();
    return apr_palloc(pool_, size);
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  apr_pool_t* pool_;
};

}  // namespace wsgi::apache
