//===- Regex.cpp - Unicode patterns over PCRE2 ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Regex.h"
#include <cstddef>

using namespace swage::text;

namespace {

/// PCRE2 frees without a size, so each block starts with its own.
constexpr size_t kHeader = alignof(std::max_align_t);

void *allocateBlock(PCRE2_SIZE size, void *data) {
  auto *allocator = static_cast<swage_allocator_t *>(data);
  if (size > SIZE_MAX - kHeader)
    return nullptr;
  size_t whole = size + kHeader;
  void *block = allocator->allocate(allocator->self, whole, kHeader);
  if (!block)
    return nullptr;
  std::memcpy(block, &whole, sizeof(whole));
  return static_cast<char *>(block) + kHeader;
}

void freeBlock(void *pointer, void *data) {
  if (!pointer)
    return;
  auto *allocator = static_cast<swage_allocator_t *>(data);
  void *block = static_cast<char *>(pointer) - kHeader;
  size_t whole;
  std::memcpy(&whole, block, sizeof(whole));
  allocator->free(allocator->self, block, whole);
}

swage_status_code_t failWith(int error, const char *what,
                             swage_status_t *status) {
  if (error == PCRE2_ERROR_NOMEMORY)
    return outOfMemory(status);
  PCRE2_UCHAR reason[128] = {0};
  pcre2_get_error_message(error, reason, sizeof(reason));
  return fail(status, SWAGE_INTERNAL, "%s: %s", what, (const char *)reason);
}

} // namespace

RegexScratch::~RegexScratch() {
  pcre2_match_context_free(context);
  pcre2_match_data_free(data);
}

bool RegexScratch::prepare(const pcre2_code *code, const RegexMemory &memory) {
  if (!data)
    data = pcre2_match_data_create_from_pattern(code, memory.get());
  if (!context) {
    context = pcre2_match_context_create(memory.get());
    // The subject's length bounds the work; the limits that PCRE2 was built
    // with would make long runs of spaces fail.
    if (context) {
      pcre2_set_match_limit(context, UINT32_MAX);
      pcre2_set_depth_limit(context, UINT32_MAX);
      pcre2_set_heap_limit(context, UINT32_MAX);
    }
  }
  return data && context;
}

bool RegexMemory::create(swage_allocator_t *allocator) {
  context = pcre2_general_context_create(allocateBlock, freeBlock, allocator);
  return context != nullptr;
}

swage_status_code_t Regex::compile(Span pattern, const RegexMemory &memory,
                                   unsigned index, swage_status_t *status) {
  // PCRE2's own default for what ends a line is a matter of how it was built.
  pcre2_compile_context *context = pcre2_compile_context_create(memory.get());
  if (!context)
    return outOfMemory(status);
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data), pattern.size,
                       PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error,
                       &offset, context);
  pcre2_compile_context_free(context);
  if (code)
    return SWAGE_OK;
  if (error == PCRE2_ERROR_HEAP_FAILED)
    return outOfMemory(status);
  PCRE2_UCHAR reason[128] = {0};
  pcre2_get_error_message(error, reason, sizeof(reason));
  return fail(
      status, SWAGE_UNSUPPORTED,
      "tokenizer: pattern of pre-tokenizer step %u fails at byte %zu: %s",
      index, size_t(offset), (const char *)reason);
}

swage_status_code_t Regex::split(Span text, const RegexMemory &memory,
                                 RegexScratch &scratch, Array<Range> &out,
                                 swage_status_t *status) const {
  out.clear();
  if (!text.size)
    return SWAGE_OK;
  if (!scratch.prepare(code, memory))
    return outOfMemory(status);
  const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(scratch.data);
  size_t covered = 0, from = 0;
  bool any = false;
  while (from <= text.size) {
    // Checking the text again in each match would make this quadratic.
    int found =
        pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data), text.size,
                    from, PCRE2_NO_UTF_CHECK, scratch.data, scratch.context);
    if (found == PCRE2_ERROR_NOMATCH)
      break;
    if (found < 0)
      return failWith(found, "matching a pre-tokenizer's pattern", status);
    size_t begin = bounds[0], end = bounds[1];
    // Only \K does this, which no imported pattern has.
    if (begin < from || end < begin)
      return fail(status, SWAGE_UNSUPPORTED,
                  "a pre-tokenizer's pattern moves the start of its match");
    // An empty match directly after a match does not count.
    if (begin != end || !any || begin != covered) {
      if (covered < begin &&
          !out.append({uint32_t(covered), uint32_t(begin), false}))
        return outOfMemory(status);
      if (!out.append({uint32_t(begin), uint32_t(end), true}))
        return outOfMemory(status);
      covered = end;
      any = true;
    }
    from = end;
    if (begin == end) {
      if (end == text.size)
        break;
      from += nextUnit({text.data + end, text.size - end}).length;
    }
  }
  if (covered < text.size &&
      !out.append({uint32_t(covered), uint32_t(text.size), false}))
    return outOfMemory(status);
  return SWAGE_OK;
}
