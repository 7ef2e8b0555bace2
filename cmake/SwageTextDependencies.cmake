# The libraries behind swage_text, as imported targets: Swage::pcre2 (regular
# expressions over Unicode) and Swage::utf8proc (normalization forms). Their
# archives are preferred, so that programs need neither where they run.
#
# Used by Swage's own build and, installed, by programs that link text_static.
foreach(_library pcre2:pcre2-8:pcre2.h utf8proc:utf8proc:utf8proc.h)
  string(REPLACE ":" ";" _library "${_library}")
  list(GET _library 0 _name)
  list(GET _library 1 _file)
  list(GET _library 2 _header)
  if(TARGET Swage::${_name})
    continue()
  endif()
  string(TOUPPER "SWAGE_${_name}" _prefix)
  find_path(${_prefix}_INCLUDE_DIR ${_header})
  find_library(${_prefix}_LIBRARY NAMES lib${_file}.a ${_file} ${_file}-static)
  mark_as_advanced(${_prefix}_INCLUDE_DIR ${_prefix}_LIBRARY)
  if(NOT ${_prefix}_LIBRARY OR NOT ${_prefix}_INCLUDE_DIR)
    # Who links the shared library does not need them.
    message(VERBOSE "${_file} was not found; Swage::text_static cannot be linked")
    continue()
  endif()
  add_library(Swage::${_name} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(Swage::${_name} PROPERTIES
    IMPORTED_LOCATION "${${_prefix}_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${${_prefix}_INCLUDE_DIR}")
endforeach()
