//===- Vocabulary.h - What each id stands for -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_VOCABULARY_H
#define SWAGE_TEXT_VOCABULARY_H

#include "Status.h"
#include "Utf8.h"
#include "tokenizer_generated.h"

namespace swage::text {

/// A view of the table's tokens, checked.
class Vocabulary {
public:
  explicit Vocabulary(const swage_allocator_t &allocator) : slots(allocator) {}

  /// Checks the tokens of `model`, which outlives this. Only `find` needs the
  /// index, so it is built for models that look up whole pieces.
  swage_status_code_t create(const schema::text::Tokenizer &model,
                             swage_status_t *status);

  size_t size() const { return count; }
  Span bytes(size_t id) const {
    return {reinterpret_cast<const char *>(data) + offsets->Get(id),
            offsets->Get(id + 1) - offsets->Get(id)};
  }
  bool fromModel(size_t id) const {
    return flag(id, schema::text::TokenFlag::Model);
  }
  bool isSpecial(size_t id) const {
    return flag(id, schema::text::TokenFlag::Special);
  }
  /// Whether `whole` is `left` followed by `right`.
  bool concatenates(size_t left, size_t right, size_t whole) const;
  /// The id of the model's token with these bytes, or -1.
  int32_t find(Span bytes) const;

private:
  bool flag(size_t id, schema::text::TokenFlag wanted) const {
    return static_cast<uint8_t>(flags->Get(id)) & static_cast<uint8_t>(wanted);
  }
  swage_status_code_t index(swage_status_t *status);

  const uint8_t *data = nullptr;
  const flatbuffers::Vector<uint32_t> *offsets = nullptr;
  const flatbuffers::Vector<schema::text::TokenFlag> *flags = nullptr;
  size_t count = 0;
  /// Open addressing; -1 is empty.
  Array<int32_t> slots;
};

} // namespace swage::text

#endif // SWAGE_TEXT_VOCABULARY_H
