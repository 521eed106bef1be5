# SPDX-License-Identifier: Apache-2.0
# -fsanitize for every target of the build, chosen by preset (asan, tsan). Reports name functions and
# lines: -g1 holds them, and compiles faster than -g.
if(WSGI_SANITIZE)
  add_compile_options(-fsanitize=${WSGI_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${WSGI_SANITIZE})
endif()
