# Runs a command, whose exit status and output must be those that are expected:
#
#   cmake -DSTATUS=0 -DEXPECTED=REGEX -P check.cmake -- COMMAND...
set(_command "")
set(_behind OFF)
math(EXPR _last "${CMAKE_ARGC} - 1")
foreach(_i RANGE ${_last})
  if(_behind)
    list(APPEND _command "${CMAKE_ARGV${_i}}")
  elseif(CMAKE_ARGV${_i} STREQUAL "--")
    set(_behind ON)
  endif()
endforeach()
execute_process(COMMAND ${_command}
  RESULT_VARIABLE _status OUTPUT_VARIABLE _output ERROR_VARIABLE _output)
if(NOT _status STREQUAL STATUS)
  message(FATAL_ERROR "expected exit status ${STATUS}, found ${_status}; it printed:\n${_output}")
elseif(NOT _output MATCHES "${EXPECTED}")
  message(FATAL_ERROR "expected '${EXPECTED}', found:\n${_output}")
endif()
