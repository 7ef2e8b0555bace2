# Checks what was promised of a shared library and of its objects:
#   stripped size below LIMIT, no libraries but the C and C++ ones, no symbols
#   but swage_*, no state that is not in an object of the API, and in the runtime
#   no packed float multiply (nothing of a model is computed in it).
# Variables: NAME, LIMIT, LIBRARY, ARCHIVE, STRIP, NM, READELF, OBJDUMP, WORK.
set(_stripped "${WORK}/${NAME}_stripped.so")
execute_process(COMMAND "${STRIP}" -o "${_stripped}" "${LIBRARY}"
                COMMAND_ERROR_IS_FATAL ANY)
file(SIZE "${_stripped}" _size)
message(STATUS "stripped: ${_size} bytes")
if(_size GREATER_EQUAL LIMIT)
  message(SEND_ERROR "have ${_size} bytes, require less than ${LIMIT}")
endif()

execute_process(COMMAND "${READELF}" -d "${_stripped}" OUTPUT_VARIABLE _dynamic
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "NEEDED[^\n]*\\[[^]]*\\]" _needed "${_dynamic}")
foreach(_line IN LISTS _needed)
  string(REGEX REPLACE ".*\\[(.*)\\]" "\\1" _name "${_line}")
  if(NOT _name MATCHES "^(libc|libm|libstdc\\+\\+|ld-linux.*)\\.so" OR
     (_name MATCHES "^libm\\." AND NAME STREQUAL "swage_runtime"))
    message(SEND_ERROR "have dependency ${_name}, require libc and libstdc++ only")
  endif()
endforeach()

execute_process(COMMAND "${NM}" -D --defined-only "${_stripped}" OUTPUT_VARIABLE _symbols
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" _symbols "${_symbols}")
foreach(_line IN LISTS _symbols)
  if(NOT _line MATCHES " T swage_[a-z0-9_]+$")
    message(SEND_ERROR "have exported symbol '${_line}', require functions swage_* only")
  endif()
endforeach()
list(LENGTH _symbols _count)
message(STATUS "exported: ${_count} functions")
if(_count LESS 10)
  message(SEND_ERROR "have ${_count} exported functions, require the API")
endif()

# Variables in sections that can be written while the library runs.
execute_process(COMMAND "${OBJDUMP}" -t "${ARCHIVE}" OUTPUT_VARIABLE _table
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]* O +\\.t?(data|bss)[^\n]*" _variables "${_table}")
foreach(_line IN LISTS _variables)
  if(NOT _line MATCHES " \\.data\\.rel\\.ro")
    message(SEND_ERROR "have global state '${_line}', require none")
  endif()
endforeach()
if(NOT _table MATCHES " \\.rodata")
  message(SEND_ERROR "the table of symbols shows no constants")
endif()

if(NAME STREQUAL "swage_runtime")
  execute_process(COMMAND "${OBJDUMP}" -d "${_stripped}" OUTPUT_VARIABLE _code
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "[^\n]*\t(v?mulp[sdh]|vf[n]?m(add|sub)[0-9]*p[sdh]|vdpbf16ps) [^\n]*" _multiply "${_code}")
  if(_multiply)
    message(SEND_ERROR "have a packed float multiply: ${_multiply}")
  endif()
  if(NOT _code MATCHES "swage_session_forward")
    message(SEND_ERROR "the disassembly does not show the API")
  endif()
endif()
