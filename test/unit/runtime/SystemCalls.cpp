//===- SystemCalls.cpp - Watching what the runtime asks of the system -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SystemCalls.h"
#include <cerrno>
#include <cstddef>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>

using namespace swage::test;

static thread_local SystemCalls *watched = nullptr;

void swage::test::watch(SystemCalls *calls) { watched = calls; }

Unwatched::Unwatched() : watched(::watched) { ::watched = nullptr; }
Unwatched::~Unwatched() { ::watched = watched; }

/// True if this call is to fail.
static bool fails() { return watched && watched->calls++ == watched->failAt; }

static void countHeap() {
  if (watched)
    ++watched->heap;
}

extern "C" {

void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file,
                  off_t offset) {
  if (fails()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  void *result = __real_mmap(at, size, protection, flags, file, offset);
  // A mapping at a fixed place is one over another.
  if (watched && result != MAP_FAILED && !(flags & MAP_FIXED))
    ++watched->mapped;
  return result;
}

int __real_munmap(void *, size_t);
int __wrap_munmap(void *at, size_t size) {
  if (watched)
    --watched->mapped;
  return __real_munmap(at, size);
}

int __real_mprotect(void *, size_t, int);
int __wrap_mprotect(void *at, size_t size, int protection) {
  if (fails()) {
    errno = EACCES;
    return -1;
  }
  return __real_mprotect(at, size, protection);
}

int __real_open(const char *, int, ...);
int __wrap_open(const char *path, int flags, ...) {
  if (fails()) {
    errno = EMFILE;
    return -1;
  }
  // The libraries under test create no file, so there is no mode.
  int file = __real_open(path, flags);
  if (watched && file >= 0)
    ++watched->opened;
  return file;
}

int __real_close(int);
int __wrap_close(int file) {
  if (watched)
    --watched->opened;
  return __real_close(file);
}

int __real_fstat(int, struct stat *);
int __wrap_fstat(int file, struct stat *info) {
  if (fails()) {
    errno = EIO;
    return -1;
  }
  return __real_fstat(file, info);
}

int __real_pthread_create(pthread_t *, const pthread_attr_t *,
                          void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
  if (fails())
    return EAGAIN;
  return __real_pthread_create(thread, attributes, start, argument);
}

// The heap. What it gives is the same; a use of it is only counted.
void *__real_malloc(size_t);
void *__wrap_malloc(size_t size) {
  countHeap();
  return __real_malloc(size);
}
void *__real_calloc(size_t, size_t);
void *__wrap_calloc(size_t count, size_t size) {
  countHeap();
  return __real_calloc(count, size);
}
void *__real_realloc(void *, size_t);
void *__wrap_realloc(void *memory, size_t size) {
  countHeap();
  return __real_realloc(memory, size);
}
void *__real_aligned_alloc(size_t, size_t);
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  countHeap();
  return __real_aligned_alloc(alignment, size);
}
int __real_posix_memalign(void **, size_t, size_t);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size) {
  countHeap();
  return __real_posix_memalign(memory, alignment, size);
}
void *__real__Znwm(size_t); // operator new(size_t)
void *__wrap__Znwm(size_t size) {
  countHeap();
  return __real__Znwm(size);
}
void *__real__Znam(size_t); // operator new[](size_t)
void *__wrap__Znam(size_t size) {
  countHeap();
  return __real__Znam(size);
}
}
