# Run as a script: copies FROM to TO with the one occurrence of RIGHT replaced
# by WRONG, and with ABOUT and FINDING as what tests/planted.hpp declares. Ninja
# takes no line break in an argument.
string(REPLACE "@NL@" "\n" RIGHT "${RIGHT}")
string(REPLACE "@NL@" "\n" WRONG "${WRONG}")
file(READ "${FROM}" text)
string(FIND "${text}" "${RIGHT}" first)
string(FIND "${text}" "${RIGHT}" last REVERSE)
if(first EQUAL -1 OR NOT first EQUAL last)
  message(FATAL_ERROR "${FROM} has not exactly one \"${RIGHT}\" to replace")
endif()
string(REPLACE "${RIGHT}" "${WRONG}" text "${text}")
string(
  APPEND
  text
  "\nnamespace tidewire::planted {\n"
  "extern const char about[];\nextern const char finding[];\n"
  "const char about[] = \"${ABOUT}\";\n"
  "const char finding[] = \"${FINDING}\";\n"
  "} // namespace tidewire::planted\n")
file(WRITE "${TO}" "${text}")
