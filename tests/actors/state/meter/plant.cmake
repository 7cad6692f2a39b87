# Copies FROM to TO with the one occurrence of RIGHT replaced by WRONG.
# Ninja takes no line break in an argument.
string(REPLACE "@NL@" "\n" RIGHT "${RIGHT}")
string(REPLACE "@NL@" "\n" WRONG "${WRONG}")
file(READ "${FROM}" text)
string(FIND "${text}" "${RIGHT}" first)
string(FIND "${text}" "${RIGHT}" last REVERSE)
if(first EQUAL -1 OR NOT first EQUAL last)
  message(FATAL_ERROR "${FROM} has not exactly one \"${RIGHT}\" to replace")
endif()
string(REPLACE "${RIGHT}" "${WRONG}" text "${text}")
file(WRITE "${TO}" "${text}")
