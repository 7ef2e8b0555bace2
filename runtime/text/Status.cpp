//===- Status.cpp - Filling in the caller's status ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Status.h"
#include "Array.h"
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

using namespace swage::text;

swage_status_code_t swage::text::succeed(swage_status_t *status) {
  if (status) {
    status->code = SWAGE_OK;
    status->message[0] = 0;
  }
  return SWAGE_OK;
}

swage_status_code_t swage::text::fail(swage_status_t *status,
                                      swage_status_code_t code,
                                      const char *format, ...) {
  if (!status)
    return code;
  status->code = code;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(status->message, sizeof(status->message), format, arguments);
  va_end(arguments);
  return code;
}

swage_status_code_t swage::text::outOfMemory(swage_status_t *status) {
  return fail(status, SWAGE_OUT_OF_MEMORY, "out of memory");
}

swage_allocator_t
swage::text::allocatorOrDefault(const swage_allocator_t *allocator) {
  if (allocator)
    return *allocator;
  // No type in this library needs more than malloc's alignment.
  return {nullptr,
          [](void *, size_t size, size_t) -> void * { return malloc(size); },
          [](void *, void *pointer, size_t) { std::free(pointer); }};
}
