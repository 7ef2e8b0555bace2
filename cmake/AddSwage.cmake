# Thin wrappers over LLVM's and MLIR's own CMake functions.

find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
set(LLVM_ENABLE_PROJECTS "")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
separate_arguments(LLVM_DEFINITIONS_LIST NATIVE_COMMAND ${LLVM_DEFINITIONS})
add_definitions(${LLVM_DEFINITIONS_LIST})
# Debian builds LLVM without assertions, and some of its classes, such as
# Statistic, are laid out by NDEBUG: their users must agree in every preset.
add_compile_definitions(NDEBUG)

# One precompiled header for every compiler library that uses MLIR.
# Compiled once in this target and reused by each library below.
file(WRITE "${CMAKE_BINARY_DIR}/pch/pch.cpp" "// Anchor of the shared precompiled header.\n")
add_library(swage_pch OBJECT "${CMAKE_BINARY_DIR}/pch/pch.cpp")
target_compile_features(swage_pch PRIVATE cxx_std_20)
target_compile_options(swage_pch PRIVATE -fno-exceptions)
target_include_directories(swage_pch SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_precompile_headers(swage_pch PRIVATE
  <string> <vector> <memory> <optional>
  <mlir/IR/Builders.h> <mlir/IR/BuiltinOps.h> <mlir/IR/BuiltinTypes.h> <mlir/IR/BuiltinAttributes.h>
  <mlir/IR/OpImplementation.h> <mlir/IR/PatternMatch.h> <mlir/IR/SymbolTable.h>
  <mlir/Pass/Pass.h> <mlir/Transforms/DialectConversion.h>
  <mlir/Dialect/Arith/IR/Arith.h> <mlir/Dialect/Func/IR/FuncOps.h> <mlir/Dialect/Tensor/IR/Tensor.h>)

# swage_add_library(NAME SOURCES... [DEPENDS TABLEGEN_TARGETS...] [LINK LIBS...])
#   A static library of the compiler, linked to the shared libMLIR and libLLVM.
function(swage_add_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PRIVATE -fno-exceptions)
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  target_include_directories(${name} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(NOT ARG_NO_PCH)
    target_precompile_headers(${name} REUSE_FROM swage_pch)
  endif()
endfunction()

# swage_add_passes(FOLDER PREFIX)
#   Declarations of the passes in FOLDER/Passes.td, as FOLDER/Passes.h.inc; target PREFIXPassIncGen.
function(swage_add_passes prefix)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name Swage${prefix} -I ${PROJECT_SOURCE_DIR})
  add_public_tablegen_target(Swage${prefix}PassIncGen)
  add_mlir_doc(Passes Swage${prefix}Passes passes/ -gen-pass-doc)
endfunction()
