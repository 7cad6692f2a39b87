# Run as a script: writes OUT, a C++ file that defines the texts of demo_page.hpp.
file(READ "${HTML}" html HEX)
file(READ "${JS}" js HEX)
foreach(name html js)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${${name}}")
  set(${name}_bytes "${bytes}")
endforeach()
file(
  WRITE "${OUT}"
  "#include \"actors/demo_page.hpp\"\n\nnamespace tidewire {\n\nnamespace {\n\n"
  "const char html[] = {${html_bytes}};\nconst char js[] = {${js_bytes}};\n\n"
  "} // namespace\n\n"
  "const std::string_view demo_html{html, sizeof html};\n"
  "const std::string_view demo_js{js, sizeof js};\n\n} // namespace tidewire\n")
