# Builds the runtime for AArch64 Linux with clang and Debian's cross libraries
# (libstdc++-12-dev-arm64-cross). What it builds runs under qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

set(SWAGE_CROSS_ROOT /usr/aarch64-linux-gnu)
set(CMAKE_C_COMPILER clang-22)
set(CMAKE_CXX_COMPILER clang++-22)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)
# CMake tries the compiler before the project names its linker.
set(CMAKE_EXE_LINKER_FLAGS_INIT --ld-path=ld.lld-22)
set(CMAKE_SHARED_LINKER_FLAGS_INIT --ld-path=ld.lld-22)

# Header-only libraries are the host's; nothing else is.
set(CMAKE_FIND_ROOT_PATH "${SWAGE_CROSS_ROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# Of its processors, `max` has every extension that QEMU knows.
find_program(SWAGE_QEMU qemu-aarch64)
if(SWAGE_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${SWAGE_QEMU};-cpu;max;-L;${SWAGE_CROSS_ROOT}")
endif()
