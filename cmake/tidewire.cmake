# How every target of Tidewire is built: one place for warnings, sanitizers
# and include paths.
add_library(tidewire_options INTERFACE)
target_include_directories(tidewire_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(
  tidewire_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                             -Wnon-virtual-dtor -Woverloaded-virtual
                             -fno-omit-frame-pointer)
if(TIDEWIRE_WERROR)
  # GCC 14 sees uninitialized parts in every moved variant and optional.
  target_compile_options(
    tidewire_options
    INTERFACE -Werror $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>)
endif()
if(TIDEWIRE_SANITIZE)
  target_compile_options(tidewire_options
                         INTERFACE -fsanitize=${TIDEWIRE_SANITIZE})
  target_link_options(tidewire_options INTERFACE
                      -fsanitize=${TIDEWIRE_SANITIZE})
endif()
# Asio's fences are not understood by TSan; its locks are enough for it.
if(TIDEWIRE_SANITIZE STREQUAL "thread")
  target_compile_definitions(tidewire_options
                             INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
# One Asio and one Boost.JSON, compiled once (net/boost.cpp).
target_compile_definitions(
  tidewire_options INTERFACE BOOST_ASIO_SEPARATE_COMPILATION
                             BOOST_BEAST_SEPARATE_COMPILATION
                             BOOST_ASIO_NO_DEPRECATED)

# Headers of other people are not ours to warn about.
function(_tidewire_system target)
  get_target_property(_dirs ${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(_dirs)
    set_target_properties(
      ${target} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${_dirs}")
  endif()
endfunction()
_tidewire_system(CAF::core)
_tidewire_system(Boost::headers)

# tidewire_library(NAME sources... DEPENDS targets...): a folder of the tree.
function(tidewire_library name)
  cmake_parse_arguments(_arg "" "" "DEPENDS" ${ARGN})
  add_library(${name} STATIC ${_arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC tidewire_options ${_arg_DEPENDS})
endfunction()

# tidewire_executable(NAME sources...): a program.
function(tidewire_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE tidewire_options)
endfunction()

# tidewire_test(NAME sources... DEPENDS targets...): a Catch2 program, run by
# ctest and by `./dev test`.
function(tidewire_test name)
  cmake_parse_arguments(_arg "" "" "DEPENDS" ${ARGN})
  add_executable(${name} ${_arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE tidewire_options tidewire_test_main
                                        ${_arg_DEPENDS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                           "${PROJECT_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name})
  set_property(GLOBAL APPEND PROPERTY TIDEWIRE_TESTS ${name})
endfunction()
