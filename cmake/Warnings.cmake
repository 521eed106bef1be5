# SPDX-License-Identifier: Apache-2.0
# Two worlds: many warnings as errors for developers, quiet for whoever builds a release.
add_library(wsgi_warnings INTERFACE)
if(WSGI_WERROR)
  target_compile_options(wsgi_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wvla
    -Wno-missing-field-initializers -Werror)
endif()
# Everything of ours is visible only where it is exported on purpose; hardening as distributions do.
add_compile_options(-fvisibility=hidden -fstack-protector-strong -fno-plt)
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)
