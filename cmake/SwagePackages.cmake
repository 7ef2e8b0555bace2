# Debian packages: `cpack -G DEB` in the build folder writes
#
#   swage-runtime       libswage_runtime, libswage_text
#   swage-runtime-dev   their headers, archives, CMake and pkg-config files
#   swage-compiler      swage and the other tools, libswage_compiler
#   swage-compiler-dev  its header, those of the dialects, CMake and pkg-config files
#
# Runtime and compiler do not need each other.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME swage)
set(CPACK_PACKAGE_VENDOR "Swage")
set(CPACK_PACKAGE_CONTACT "The Swage developers <developers@swage.invalid>")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
# Dependencies and shlibs come from the libraries themselves (dpkg-shlibdeps).
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# swage_package(GROUP SUMMARY COMPONENTS...)
#   The components that make up the package swage-GROUP.
set(CPACK_COMPONENTS_ALL "")
macro(swage_package group summary)
  set(_components ${ARGN})
  string(REPLACE "-" "_" _group "${group}")
  string(TOUPPER "${_group}" _GROUP)
  set(CPACK_DEBIAN_${_GROUP}_PACKAGE_NAME swage-${group})
  set(CPACK_DEBIAN_${_GROUP}_DESCRIPTION "${summary}")
  foreach(_component IN LISTS _components)
    string(TOUPPER "${_component}" _COMPONENT)
    set(CPACK_COMPONENT_${_COMPONENT}_GROUP ${_group})
    list(APPEND CPACK_COMPONENTS_ALL ${_component})
  endforeach()
endmacro()

set(_same "(= ${PROJECT_VERSION})")
swage_package(runtime "Runs transformer models that swage compiled" runtime text)
swage_package(runtime-dev "Headers and archives of the runtime of Swage" runtime-dev text-dev)
set(CPACK_DEBIAN_RUNTIME_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_RUNTIME_DEV_PACKAGE_DEPENDS
  "swage-runtime ${_same}, libpcre2-dev, libutf8proc-dev")
if(SWAGE_BUILD_COMPILER)
  swage_package(compiler "Compiles transformer models ahead of time" compiler)
  set(CPACK_DEBIAN_COMPILER_PACKAGE_SECTION devel)
  # dpkg-shlibdeps follows the programs to /usr/lib/llvm-22/lib, where libLLVM is
  # a link of llvm-22-dev; the library itself is of this package.
  set(CPACK_DEBIAN_COMPILER_PACKAGE_DEPENDS libllvm22)
  swage_package(compiler-dev "The compiler of Swage as a library" compiler-dev)
  set(CPACK_DEBIAN_COMPILER_DEV_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_COMPILER_DEV_PACKAGE_DEPENDS
    "swage-compiler ${_same}, swage-runtime-dev ${_same}")
  # The headers of the dialects, for plugins, include those of MLIR.
  set(CPACK_DEBIAN_COMPILER_DEV_PACKAGE_SUGGESTS "libmlir-22-dev, llvm-22-dev")
endif()
include(CPack)
