# How every target of Tidewire is built: one place for warnings, sanitizers
# and include paths.
add_library(tidewire_options INTERFACE)
target_include_directories(tidewire_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(
  tidewire_options INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor
                             -Woverloaded-virtual -fno-omit-frame-pointer)
# In a batch a local name may be one that another file has to itself, and the
# compiler takes a file's own types for those of a header.
if(NOT TIDEWIRE_BATCHES)
  target_compile_options(tidewire_options INTERFACE -Wshadow)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(tidewire_options INTERFACE -Wno-subobject-linkage)
endif()
if(TIDEWIRE_WERROR)
  target_compile_options(tidewire_options INTERFACE -Werror)
endif()
# GCC 12 to 14 see overruns in `"x" + std::string{…}` that are not there (GCC
# bug 105651 and its family), and uninitialized parts in moved variants and
# optionals; ASan and clang-tidy judge instead.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(
    tidewire_options
    INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict
              -Wno-stringop-overflow -Wno-stringop-overread)
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
_tidewire_system(CAF::io)
_tidewire_system(Boost::headers)

# The standard headers that nearly every file includes, read once: a second of
# each file's build. The preset `tidy` builds without, so a file that forgets
# an include is found there.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/nothing.cpp" CONTENT
     "// A precompiled header needs a target, and a target a file.\n")
add_library(tidewire_pch STATIC "${PROJECT_BINARY_DIR}/nothing.cpp")
target_link_libraries(tidewire_pch PRIVATE tidewire_options)
set(TIDEWIRE_PCH
    <algorithm>
    <chrono>
    <cstdint>
    <functional>
    <map>
    <memory>
    <optional>
    <string>
    <string_view>
    <unordered_map>
    <variant>
    <vector>)
target_precompile_headers(tidewire_pch PRIVATE ${TIDEWIRE_PCH})

# tidewire_batches(TARGET SIZE): with TIDEWIRE_BATCHES, SIZE files of TARGET are
# compiled as one, so that headers are read and templates compiled once for all
# of them.
function(tidewire_batches target size)
  if(TIDEWIRE_BATCHES)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON
                                               UNITY_BUILD_BATCH_SIZE ${size})
  endif()
endfunction()

# tidewire_library(NAME sources... DEPENDS targets... [PCH headers... | PCH_OF
# target]): a folder of the tree. With PCH it precompiles those headers, too;
# with PCH_OF it uses what that target has precompiled.
function(tidewire_library name)
  cmake_parse_arguments(_arg "" "PCH_OF" "DEPENDS;PCH" ${ARGN})
  if(NOT _arg_PCH_OF)
    set(_arg_PCH_OF tidewire_pch)
  endif()
  add_library(${name} STATIC ${_arg_UNPARSED_ARGUMENTS})
  tidewire_batches(${name} 16)
  target_link_libraries(${name} PUBLIC tidewire_options ${_arg_DEPENDS})
  if(_arg_PCH)
    target_precompile_headers(${name} PRIVATE ${TIDEWIRE_PCH} ${_arg_PCH})
  else()
    target_precompile_headers(${name} REUSE_FROM ${_arg_PCH_OF})
  endif()
endfunction()

# tidewire_executable(NAME sources...): a program.
function(tidewire_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE tidewire_options)
  target_precompile_headers(${name} REUSE_FROM tidewire_pch)
endfunction()

# tidewire_command_line(sources...): files that include CLI11, a heavy header.
# They are optimised like the rest although their code runs once: the linker
# takes the first copy of an inline function that it meets, for the whole
# program, and main.cpp comes first.
function(tidewire_command_line)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# tidewire_test(NAME sources... DEPENDS targets... [PCH target]): a Catch2
# program, run by ctest and by `./dev test`. It uses the precompiled headers of
# `target`, by default those of tidewire_test_main.
function(tidewire_test name)
  cmake_parse_arguments(_arg "" "PCH" "DEPENDS" ${ARGN})
  if(NOT _arg_PCH)
    set(_arg_PCH tidewire_test_main)
  endif()
  add_executable(${name} ${_arg_UNPARSED_ARGUMENTS})
  tidewire_batches(${name} 16)
  target_link_libraries(${name} PRIVATE tidewire_options tidewire_test_main
                                        ${_arg_DEPENDS})
  target_precompile_headers(${name} REUSE_FROM ${_arg_PCH})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                           "${PROJECT_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name})
  set_property(GLOBAL APPEND PROPERTY TIDEWIRE_TESTS ${name})
endfunction()
