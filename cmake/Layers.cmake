# SPDX-License-Identifier: Apache-2.0
# The dependency rule of ARCHITECTURE.md, enforced by include paths. Headers are included from the
# layer root ("transport/frame.h"). Each layer is reached through a folder of its own that holds one
# link to it, so a target sees exactly the layers that it links: a wrong include does not compile.

# wsgi_layer(NAME target DIR path/of/layer [DEPS targets...] [EXCLUDE regex])
# A static library of all sources of the folder, without files whose name matches EXCLUDE.
function(wsgi_layer)
  cmake_parse_arguments(L "" "NAME;DIR;EXCLUDE" "DEPS" ${ARGN})
  get_filename_component(layer "${L_DIR}" NAME)
  set(root "${CMAKE_BINARY_DIR}/include/${layer}")
  file(MAKE_DIRECTORY "${root}")
  file(CREATE_LINK "${L_DIR}" "${root}/${layer}" SYMBOLIC)
  file(GLOB sources CONFIGURE_DEPENDS "${L_DIR}/*.cc")
  if(L_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${L_EXCLUDE}")
  endif()
  if(sources)
    add_library(${L_NAME} STATIC ${sources})
    target_include_directories(${L_NAME} PUBLIC "${root}")
    target_link_libraries(${L_NAME} PUBLIC ${L_DEPS} PRIVATE wsgi_warnings)
  else()
    add_library(${L_NAME} INTERFACE)
    target_include_directories(${L_NAME} INTERFACE "${root}")
    target_link_libraries(${L_NAME} INTERFACE ${L_DEPS})
  endif()
endfunction()
