# Checks what was promised of the shared runtime library:
#   stripped size under 400 KiB, no libraries but the C and C++ ones, and no
#   packed float multiply (nothing of a model is computed in it).
# Variables: LIBRARY, STRIP, READELF, OBJDUMP, WORK.
set(_stripped "${WORK}/libswage_runtime_stripped.so")
execute_process(COMMAND "${STRIP}" -o "${_stripped}" "${LIBRARY}"
                COMMAND_ERROR_IS_FATAL ANY)
file(SIZE "${_stripped}" _size)
message(STATUS "stripped: ${_size} bytes")
if(_size GREATER_EQUAL 409600)
  message(SEND_ERROR "have ${_size} bytes, require less than 409600")
endif()

execute_process(COMMAND "${READELF}" -d "${_stripped}" OUTPUT_VARIABLE _dynamic
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "NEEDED[^\n]*\\[[^]]*\\]" _needed "${_dynamic}")
foreach(_line IN LISTS _needed)
  string(REGEX REPLACE ".*\\[(.*)\\]" "\\1" _name "${_line}")
  if(NOT _name MATCHES "^(libc|libstdc\\+\\+|ld-linux.*)\\.so")
    message(SEND_ERROR "have dependency ${_name}, require libc and libstdc++ only")
  endif()
endforeach()

execute_process(COMMAND "${OBJDUMP}" -d "${_stripped}" OUTPUT_VARIABLE _code
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "[^\n]*\t(v?mulp[sdh]|vf[n]?m(add|sub)[0-9]*p[sdh]|vdpbf16ps) [^\n]*" _multiply "${_code}")
if(_multiply)
  message(SEND_ERROR "have a packed float multiply: ${_multiply}")
endif()
if(NOT _code MATCHES "swage_session_forward")
  message(SEND_ERROR "the disassembly does not show the API")
endif()
