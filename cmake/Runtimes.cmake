# SPDX-License-Identifier: Apache-2.0
# Builds the Python-facing layers, the daemon executable and the embedded library once per
# interpreter. What to compile and link with is asked from the interpreter itself (sysconfig).

set(WSGI_IPC_VERSION 1)  # the folder abi-N; kIpcVersion of transport/frame.h
set(WSGI_ABI_DIR "${WSGI_RUNTIME_DIR}/abi-${WSGI_IPC_VERSION}")

# wsgi_runtime(PYTHON): targets wsgi_python_<tag>, wsgi_engine_<tag>, wsgi_daemon_<tag>,
# wsgi-daemon-py<version>, wsgi-embedded-py<version>.
function(wsgi_runtime python)
  execute_process(
    COMMAND "${python}" -c "import os,sys,sysconfig as s;v=s.get_config_var;print(v('py_version_short')+('t' if v('Py_GIL_DISABLED') else ''),v('INCLUDEPY'),v('LIBDIR'),v('LDLIBRARY'),v('Py_ENABLE_SHARED') or 0,os.path.realpath(getattr(sys,'_base_executable',sys.executable)),sep=';')"
    OUTPUT_VARIABLE facts OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "WSGI_PYTHONS: '${python}' cannot be asked for its build variables")
  endif()
  list(GET facts 0 version)
  list(GET facts 1 include)
  list(GET facts 2 libdir)
  list(GET facts 3 library)
  list(GET facts 4 shared)
  list(GET facts 5 executable)
  if(NOT EXISTS "${include}/Python.h")
    message(FATAL_ERROR "WSGI_PYTHONS: no headers for '${python}' in ${include}; install its -dev package")
  endif()
  string(REPLACE "." "" tag "py${version}")
  find_package(Threads REQUIRED)

  add_library(wsgi_libpython_${tag} INTERFACE)
  target_include_directories(wsgi_libpython_${tag} SYSTEM INTERFACE "${include}")
  target_compile_definitions(wsgi_libpython_${tag} INTERFACE WSGI_PYTHON_EXECUTABLE="${executable}"
    WSGI_VERSION_MAJOR=${PROJECT_VERSION_MAJOR} WSGI_VERSION_MINOR=${PROJECT_VERSION_MINOR}
    WSGI_VERSION_PATCH=${PROJECT_VERSION_PATCH})
  # Behind the layers in link order, as their dependency.
  target_link_libraries(wsgi_libpython_${tag} INTERFACE "${libdir}/${library}")

  set(here "${CMAKE_SOURCE_DIR}/module")
  wsgi_layer(NAME wsgi_python_${tag} DIR ${here}/python DEPS wsgi_config wsgi_base wsgi_libpython_${tag})
  wsgi_layer(NAME wsgi_engine_${tag} DIR ${here}/engine EXCLUDE "embedded\\.cc$" DEPS wsgi_python_${tag} wsgi_config)
  wsgi_layer(NAME wsgi_daemon_${tag} DIR ${here}/daemon EXCLUDE "main\\.cc$" DEPS wsgi_engine_${tag} wsgi_transport)
  target_compile_definitions(wsgi_daemon_${tag} PRIVATE WSGI_VERSION="${PROJECT_VERSION}")
  get_property(first GLOBAL PROPERTY WSGI_FIRST_PYTHON)
  if(NOT first)
    set_property(GLOBAL PROPERTY WSGI_FIRST_PYTHON ${version})
  endif()
  set_property(GLOBAL APPEND PROPERTY WSGI_RUNTIME_TAGS ${tag})

  if(EXISTS ${here}/daemon/main.cc)
    add_executable(wsgi-daemon-py${version} ${here}/daemon/main.cc)
    target_link_libraries(wsgi-daemon-py${version} PRIVATE wsgi_daemon_${tag} wsgi_warnings
      Threads::Threads ${CMAKE_DL_LIBS} $<$<NOT:$<BOOL:${shared}>>:util> m)
    if(NOT shared)
      # Extension modules need the interpreter's symbols from the executable.
      target_link_options(wsgi-daemon-py${version} PRIVATE -Wl,--export-dynamic)
    endif()
    install(TARGETS wsgi-daemon-py${version} RUNTIME DESTINATION ${WSGI_ABI_DIR})
  endif()
  if(shared AND EXISTS ${here}/engine/embedded.cc)
    add_library(wsgi-embedded-py${version} MODULE ${here}/engine/embedded.cc)
    set_target_properties(wsgi-embedded-py${version} PROPERTIES PREFIX "")
    target_link_libraries(wsgi-embedded-py${version} PRIVATE wsgi_engine_${tag} wsgi_warnings Threads::Threads)
    target_link_options(wsgi-embedded-py${version} PRIVATE -Wl,-z,nodelete
      -Wl,--version-script=${here}/engine/embedded.map)
    set_target_properties(wsgi-embedded-py${version} PROPERTIES LINK_DEPENDS ${here}/engine/embedded.map)
    install(TARGETS wsgi-embedded-py${version} LIBRARY DESTINATION ${WSGI_ABI_DIR})
  endif()
endfunction()
