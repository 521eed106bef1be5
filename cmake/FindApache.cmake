# SPDX-License-Identifier: Apache-2.0
# httpd and APR headers, asked from apxs. Defines Apache::headers (only module/apache links it).
find_program(APXS NAMES apxs apxs2 PATHS /usr/bin /usr/sbin)
if(APXS)
  execute_process(COMMAND ${APXS} -q INCLUDEDIR OUTPUT_VARIABLE Apache_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND ${APXS} -q APR_INCLUDEDIR OUTPUT_VARIABLE Apr_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND ${APXS} -q APU_INCLUDEDIR OUTPUT_VARIABLE Apu_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Apache REQUIRED_VARS APXS Apache_INCLUDE Apr_INCLUDE
  REASON_FAILURE_MESSAGE "install apache2-dev (Debian) or httpd-devel (RHEL)")
if(Apache_FOUND AND NOT TARGET Apache::headers)
  add_library(Apache::headers INTERFACE IMPORTED)
  target_include_directories(Apache::headers SYSTEM INTERFACE "${Apache_INCLUDE}" "${Apr_INCLUDE}" "${Apu_INCLUDE}")
  # APR's off_t must have the width that httpd was built with.
  target_compile_definitions(Apache::headers INTERFACE _LARGEFILE64_SOURCE _GNU_SOURCE)
endif()
