# What is installed, part by part.
#
# A part is runtime, text or compiler. Each has two components: PART, with what
# a program needs to run, and PART-dev, with what it needs to be built. Headers
# of text and compiler include those of the runtime, so their -dev components
# need runtime-dev beside them.
include(CMakePackageConfigHelpers)

set(SWAGE_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/Swage")
set(SWAGE_PKGCONFIG_DIR "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
# From a .pc file to the prefix, so that an installed tree may be moved.
file(RELATIVE_PATH SWAGE_PREFIX_FROM_PKGCONFIG
  "/prefix/${SWAGE_PKGCONFIG_DIR}" "/prefix")
string(REGEX REPLACE "/$" "" SWAGE_PREFIX_FROM_PKGCONFIG "${SWAGE_PREFIX_FROM_PKGCONFIG}")
# Debian's libMLIR lies in a folder of its own, which the loader has to know.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
# The version in sonames. Before version 1, a minor version may break programs.
set(SWAGE_SOVERSION ${PROJECT_VERSION_MAJOR})
if(SWAGE_SOVERSION EQUAL 0)
  string(APPEND SWAGE_SOVERSION .${PROJECT_VERSION_MINOR})
endif()

# swage_install_libraries(PART TARGETS...)
#   Installs libraries, and exports each target as Swage:: and its name without
#   "swage_", also from the build tree. The part's pkg-config file is made of
#   cmake/swage-PART.pc.in; licences lie in a folder for each component.
function(swage_install_libraries part)
  foreach(_target IN LISTS ARGN)
    string(REGEX REPLACE "^swage_" "" _name "${_target}")
    set_target_properties(${_target} PROPERTIES EXPORT_NAME ${_name}
      VERSION ${PROJECT_VERSION} SOVERSION ${SWAGE_SOVERSION})
    # The same name for projects that have Swage as a folder of theirs.
    add_library(Swage::${_name} ALIAS ${_target})
  endforeach()
  install(TARGETS ${ARGN} EXPORT Swage-${part}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
      COMPONENT ${part} NAMELINK_COMPONENT ${part}-dev
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${part}-dev
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT Swage-${part} FILE Swage-${part}.cmake NAMESPACE Swage::
    DESTINATION ${SWAGE_CMAKE_DIR} COMPONENT ${part}-dev)
  export(TARGETS ${ARGN} NAMESPACE Swage:: FILE "${PROJECT_BINARY_DIR}/Swage-${part}.cmake")
  foreach(_component ${part} ${part}-dev)
    set(_folder "${CMAKE_INSTALL_DATADIR}/doc/swage-${_component}")
    install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" RENAME copyright
      DESTINATION "${_folder}" COMPONENT ${_component})
    install(FILES "${PROJECT_SOURCE_DIR}/THIRD_PARTY_NOTICES"
      DESTINATION "${_folder}" COMPONENT ${_component})
  endforeach()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/swage-${part}.pc.in"
    "${PROJECT_BINARY_DIR}/swage-${part}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/swage-${part}.pc"
    DESTINATION ${SWAGE_PKGCONFIG_DIR} COMPONENT ${part}-dev)
endfunction()

# swage_install_tools(TARGETS...)
#   Installs programs with the compiler; Swage:: and their names in CMake.
function(swage_install_tools)
  install(TARGETS ${ARGN} EXPORT Swage-compiler
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT compiler)
endfunction()

# What find_package(Swage) reads; it includes the parts that are there.
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/SwageConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/SwageConfig.cmake"
  INSTALL_DESTINATION ${SWAGE_CMAKE_DIR}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before version 1, a minor version may break what was.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/SwageConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/SwageConfig.cmake"
  "${PROJECT_BINARY_DIR}/SwageConfigVersion.cmake"
  DESTINATION ${SWAGE_CMAKE_DIR} COMPONENT runtime-dev)
