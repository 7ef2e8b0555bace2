//===- Tokenizer.h - The object behind swage_tokenizer_t ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_TOKENIZER_H
#define SWAGE_TEXT_TOKENIZER_H

#include "AddedTokens.h"
#include "Normalizer.h"
#include "PreTokenizer.h"
#include "Vocabulary.h"
#include "swage/text.h"
#include <new>

/// Unchanging once created, so that threads can share it.
struct swage_tokenizer_t {
  explicit swage_tokenizer_t(const swage_allocator_t &allocator)
      : allocator(allocator), vocabulary(allocator), model(allocator),
        normalizer(allocator), plainTokens(allocator),
        normalizedTokens(allocator) {}

  /// Checks all of the table and builds what encoding needs.
  swage_status_code_t create(const void *bytes, size_t size,
                             swage_status_t *status);
  swage_status_code_t encode(swage::text::Span text, uint32_t flags,
                             swage::text::Array<int32_t> &out,
                             swage_status_t *status) const;

  swage_allocator_t allocator;
  swage::text::RegexMemory memory;
  const swage::schema::text::Tokenizer *table = nullptr;
  swage::text::Vocabulary vocabulary;
  swage::text::PieceModel model;
  swage::text::Normalizer normalizer;
  swage::text::AddedTokens plainTokens;
  swage::text::AddedTokens normalizedTokens;
  swage::text::PreTokenizer preTokenizer;

private:
  swage_status_code_t checkIds(swage_status_t *status) const;
  swage_status_code_t checkDecoder(swage_status_t *status) const;
  swage_status_code_t encodePart(swage::text::Span text, bool isStart,
                                 bool parseSpecial,
                                 swage::text::EncodeScratch &scratch,
                                 swage::text::Array<int32_t> &out,
                                 swage_status_t *status) const;
};

namespace swage::text {

/// An object in memory of `allocator`, or null. It holds a copy of the
/// allocator.
template <typename T, typename... Args>
T *newObject(const swage_allocator_t &allocator, const Args &...arguments) {
  void *memory = allocator.allocate(allocator.self, sizeof(T), alignof(T));
  return memory ? new (memory) T(arguments...) : nullptr;
}

/// Ends an object of newObject, whose allocator is its member `allocator`.
template <typename T> void deleteObject(T *object) {
  if (!object)
    return;
  swage_allocator_t allocator = object->allocator;
  object->~T();
  allocator.free(allocator.self, object, sizeof(T));
}

} // namespace swage::text

#endif // SWAGE_TEXT_TOKENIZER_H
