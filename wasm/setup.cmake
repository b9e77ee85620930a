# What a build for WebAssembly needs before anything else. Included by the top CMakeLists.txt.

option(ATOME_WASM_SIMD "Build with the kernels for WebAssembly SIMD128" ON)

# Exceptions do not cross to JavaScript: every call returns its status.
add_compile_options(-fno-exceptions -fno-rtti)
if(ATOME_WASM_SIMD)
  add_compile_options(-msimd128)
endif()

# Emscripten's passes over its JavaScript need packages that Debian installs beside its own node; another
# node looks for them only where NODE_PATH says.
set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK
             "${CMAKE_COMMAND} -E env NODE_PATH=$ENV{NODE_PATH}:/usr/share/nodejs")

# Header-only libraries of the host, without the rest of /usr/include, whose libc is another one.
function(atome_stage_header_library variable folder header)
  find_path(host_${folder} ${folder}/${header} PATHS /usr/include /usr/local/include
            NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  file(COPY ${host_${folder}}/${folder} DESTINATION ${CMAKE_BINARY_DIR}/include)
  set(${variable} ${CMAKE_BINARY_DIR}/include CACHE PATH "Staged headers" FORCE)
endfunction()
atome_stage_header_library(NLOHMANN_JSON_INCLUDE_DIR nlohmann json.hpp)
