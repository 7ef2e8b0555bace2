# What the packages share: Swage itself, nanobind, and how extensions are made.
set(SWAGE_PYTHON_DIR "${CMAKE_CURRENT_LIST_DIR}")
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
find_package(nanobind CONFIG REQUIRED)

# swage_python_need(PARTS...)
#   Finds parts of Swage. An installed one is taken where CMake finds it (set
#   Swage_ROOT), so that a wheel takes seconds; else this repository is built.
macro(swage_python_need)
  set(_missing ${ARGN})
  foreach(_part ${ARGN})
    if(TARGET Swage::${_part})
      list(REMOVE_ITEM _missing ${_part})
    endif()
  endforeach()
  if(_missing)
    find_package(Swage 0.1 CONFIG QUIET COMPONENTS ${_missing})
    if(Swage_FOUND)
      message(STATUS "Swage ${Swage_VERSION} of ${Swage_DIR}")
    else()
      message(STATUS "No Swage with ${_missing} is installed; building it")
      set(SWAGE_BUILD_TESTS OFF)
      set(SWAGE_BUILD_COMPILER OFF)
      if(compiler IN_LIST _missing)
        set(SWAGE_BUILD_COMPILER ON)
      endif()
      add_subdirectory("${SWAGE_PYTHON_DIR}/.." swage EXCLUDE_FROM_ALL)
    endif()
  endif()
endmacro()

# swage_python_extension(NAME PACKAGE SOURCES...)
#   An extension of a package, with its stub.
function(swage_python_extension name package)
  nanobind_add_module(${name} NB_STATIC ${ARGN})
  install(TARGETS ${name} LIBRARY DESTINATION ${package} COMPONENT python)
  nanobind_add_stub(${name}_stub
    MODULE ${name} OUTPUT ${name}.pyi PYTHON_PATH $<TARGET_FILE_DIR:${name}>
    DEPENDS ${name})
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${name}.pyi"
    DESTINATION ${package} COMPONENT python)
endfunction()
