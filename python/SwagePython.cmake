# What the packages share: Swage itself, nanobind, and how extensions are made.
set(SWAGE_PYTHON_DIR "${CMAKE_CURRENT_LIST_DIR}")
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
find_package(nanobind CONFIG REQUIRED)

# swage_python_build(RESULT PARTS...)
#   Builds parts of this repository, in the folder of the preset that has them,
#   and gives that folder. What is built there already takes no time.
function(swage_python_build result)
  get_filename_component(_source "${SWAGE_PYTHON_DIR}/.." ABSOLUTE)
  set(_preset runtime-only)
  set(_folder "${_source}/build/runtime-only")
  if(compiler IN_LIST ARGN)
    set(_preset release)
    set(_folder "${_source}/build")
  endif()
  set(_targets ${ARGN})
  list(TRANSFORM _targets REPLACE "^(runtime|text)$" "\\1_static")
  list(TRANSFORM _targets PREPEND swage_)
  message(STATUS "Building ${ARGN} in ${_folder}")
  if(NOT EXISTS "${_folder}/build.ninja")
    execute_process(COMMAND "${CMAKE_COMMAND}" --preset ${_preset} -DSWAGE_BUILD_TESTS=OFF
      WORKING_DIRECTORY "${_source}" COMMAND_ERROR_IS_FATAL ANY)
  endif()
  execute_process(COMMAND "${CMAKE_COMMAND}" --build "${_folder}" --target ${_targets}
    COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${_folder}" PARENT_SCOPE)
endfunction()

# swage_python_need(PARTS...)
#   Finds parts of Swage: those of an installation if Swage_ROOT names one, else
#   those of this repository, whatever the system has.
macro(swage_python_need)
  set(_missing ${ARGN})
  foreach(_part ${ARGN})
    if(TARGET Swage::${_part})
      list(REMOVE_ITEM _missing ${_part})
    endif()
  endforeach()
  if(_missing AND (Swage_ROOT OR Swage_DIR OR DEFINED ENV{Swage_ROOT}))
    find_package(Swage 0.1 CONFIG REQUIRED COMPONENTS ${_missing})
  elseif(_missing)
    swage_python_build(_tree ${_missing})
    find_package(Swage 0.1 CONFIG REQUIRED COMPONENTS ${_missing}
      PATHS "${_tree}" NO_DEFAULT_PATH)
  endif()
endmacro()

# swage_python_extension(NAME PACKAGE SOURCES...)
#   An extension of a package, with its stub.
function(swage_python_extension name package)
  nanobind_add_module(${name} NB_STATIC ${ARGN})
  # Only the function that Python looks for is seen from outside.
  target_link_options(${name} PRIVATE
    "LINKER:--version-script=${SWAGE_PYTHON_DIR}/exports.map")
  set_target_properties(${name} PROPERTIES LINK_DEPENDS "${SWAGE_PYTHON_DIR}/exports.map")
  install(TARGETS ${name} LIBRARY DESTINATION ${package} COMPONENT python)
  nanobind_add_stub(${name}_stub
    MODULE ${name} OUTPUT ${name}.pyi PYTHON_PATH $<TARGET_FILE_DIR:${name}>
    DEPENDS ${name})
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${name}.pyi"
    DESTINATION ${package} COMPONENT python)
endfunction()
