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

/// Whether the text just before was unknown, while a piece is encoded.
struct UnknownRun {
  bool open = false;
};

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
  bool has(size_t id, schema::text::TokenFlag wanted) const {
    return static_cast<uint8_t>(flags->Get(id)) & static_cast<uint8_t>(wanted);
  }
  bool fromModel(size_t id) const {
    return has(id, schema::text::TokenFlag::Model);
  }
  bool isSpecial(size_t id) const {
    return has(id, schema::text::TokenFlag::Special);
  }
  /// The size of the longest of the model's tokens.
  size_t longestToken() const { return longest; }
  /// Whether `whole` is `left` followed by `right`.
  bool concatenates(size_t left, size_t right, size_t whole) const;
  /// The id of the model's token with these bytes, or -1.
  int32_t find(Span bytes) const;

  /// Append the ids of text that is, or is not, a token of the model. What is
  /// unknown becomes the tokens of its bytes, the unknown token (one for
  /// several in a row if the table wants that), or nothing.
  [[nodiscard]] bool appendKnown(int32_t id, UnknownRun &run,
                                 Array<int32_t> &out) const;
  [[nodiscard]] bool appendUnknown(Span bytes, UnknownRun &run,
                                   Array<int32_t> &out) const;

private:
  swage_status_code_t index(swage_status_t *status);
  void findByteTokens();

  const uint8_t *data = nullptr;
  const flatbuffers::Vector<uint32_t> *offsets = nullptr;
  const flatbuffers::Vector<schema::text::TokenFlag> *flags = nullptr;
  size_t count = 0;
  size_t longest = 0;
  bool byteFallback = false;
  bool fuseUnknown = false;
  int32_t unknown = -1;
  /// The tokens <0x00> to <0xFF>, -1: there is none.
  int32_t byteTokens[256];
  /// Open addressing; -1 is empty.
  Array<int32_t> slots;
};

/// The byte that a token of the form <0xNN> stands for, or -1.
int byteOfToken(Span token);

} // namespace swage::text

#endif // SWAGE_TEXT_VOCABULARY_H
