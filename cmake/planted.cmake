# Programs in which one line of the product is wrong, and whose test is that
# somebody notices.

# tidewire_planted_main(NAME source DEPENDS targets...): the test of such
# programs, which looks for what tests/planted.hpp declares. It is compiled once
# for all of them.
function(tidewire_planted_main name source)
  cmake_parse_arguments(_arg "" "" "DEPENDS" ${ARGN})
  add_library(${name} OBJECT ${source})
  target_link_libraries(${name} PUBLIC tidewire_options tidewire_test_main
                                       ${_arg_DEPENDS})
  target_precompile_headers(${name} REUSE_FROM tidewire_test_main)
endfunction()

# tidewire_planted_bug(NAME MAIN ABOUT FILE RIGHT WRONG FINDING): the program
# NAME, in which FILE of the product has WRONG in place of RIGHT; MAIN looks at
# ABOUT and has to say FINDING. Of its own it compiles only the changed file;
# everything else is in the libraries of MAIN, where the linker finds what the
# program does not bring along.
function(tidewire_planted_bug name main about file right wrong finding)
  string(REPLACE "\n" "@NL@" right "${right}")
  string(REPLACE "\n" "@NL@" wrong "${wrong}")
  get_filename_component(_base "${file}" NAME)
  set(_plant "${PROJECT_SOURCE_DIR}/cmake/plant.cmake")
  set(_from "${PROJECT_SOURCE_DIR}/${file}")
  set(_to "${CMAKE_CURRENT_BINARY_DIR}/${name}_${_base}")
  add_custom_command(
    OUTPUT "${_to}"
    COMMAND
      ${CMAKE_COMMAND} "-DFROM=${_from}" "-DTO=${_to}" "-DRIGHT=${right}"
      "-DWRONG=${wrong}" "-DABOUT=${about}" "-DFINDING=${finding}" -P
      "${_plant}"
    DEPENDS "${_from}" "${_plant}"
    VERBATIM)
  # A batch would come along as a whole and bring the right file with it.
  set_source_files_properties(
    "${_from}" TARGET_DIRECTORY tidewire_cluster tidewire_meter tidewire_state
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

  # Optimised like the product, unlike tests.
  add_library(${name}_file OBJECT "${_to}")
  target_link_libraries(${name}_file PRIVATE tidewire_cluster tidewire_net)
  set_source_files_properties("${_to}" PROPERTIES COMPILE_OPTIONS -Wno-error)
  target_precompile_headers(${name}_file REUSE_FROM tidewire_pch)
  tidewire_test(${name} $<TARGET_OBJECTS:${name}_file>
                $<TARGET_OBJECTS:${main}> DEPENDS ${main})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()
