# Settings that every target of Swage is compiled with.

set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(SWAGE_CCACHE ccache)
if(SWAGE_CCACHE)
  # Precompiled headers are only cacheable with these sloppiness settings.
  set(CMAKE_C_COMPILER_LAUNCHER "${SWAGE_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${SWAGE_CCACHE}")
endif()

# A linker that is faster than the system's, when there is one.
find_program(SWAGE_FAST_LINKER NAMES ld.lld-22 ld.lld mold)
if(SWAGE_FAST_LINKER MATCHES "lld-22$" AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options("--ld-path=${SWAGE_FAST_LINKER}")
elseif(SWAGE_FAST_LINKER MATCHES "mold$" AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options("-fuse-ld=mold")
endif()

add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # A header's time stamp in the precompiled header would defeat ccache.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
if(SWAGE_SANITIZE)
  add_compile_options(-fsanitize=${SWAGE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SWAGE_SANITIZE})
  # Debian's LLVM and MLIR are not instrumented: they neither poison what their
  # allocators keep nor have the type information that these checks look for.
  add_compile_options(-fno-sanitize=vptr,function)
  set(SWAGE_TEST_ENVIRONMENT "ASAN_OPTIONS=allow_user_poisoning=0:detect_stack_use_after_return=0")
endif()
