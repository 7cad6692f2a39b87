# Run as a script: writes OUT, a C++ file that defines the files of
# demo_page.hpp, from index.html, client.js and demo.js in FROM.
set(kind_.html "text/html")
set(kind_.js "text/javascript")
set(arrays "")
set(rows "")
foreach(file index.html client.js demo.js)
  file(READ "${FROM}/${file}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(MAKE_C_IDENTIFIER "${file}" name)
  string(REGEX REPLACE "^/index.html$" "/" path "/${file}")
  get_filename_component(kind "${file}" LAST_EXT)
  set(type "${kind_${kind}}")
  string(APPEND type "; charset=utf-8")
  string(APPEND arrays "const char ${name}[] = {${bytes}};\n")
  string(APPEND rows
         "    {\"${path}\", \"${type}\", {${name}, sizeof ${name}}},\n")
endforeach()
file(
  WRITE "${OUT}"
  "#include \"actors/demo_page.hpp\"\n\nnamespace tidewire {\n\nnamespace {\n\n"
  "${arrays}\nconst demo_file files[] = {\n${rows}};\n\n} // namespace\n\n"
  "const std::span<const demo_file> demo_files{files};\n\n"
  "} // namespace tidewire\n")
