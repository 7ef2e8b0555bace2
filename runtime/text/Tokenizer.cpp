//===- Tokenizer.cpp - Text to ids ----------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tokenizer.h"

using namespace swage::text;

/// What this reader understands; see `reader_version` in tokenizer.fbs.
static constexpr uint32_t kReaderVersion = 3;
/// Positions in a text are 32 bits, with room for replacement characters.
static constexpr size_t kMaximumText = size_t(1) << 30;
static constexpr uint32_t kEncodeFlags =
    SWAGE_ENCODE_ADD_SPECIAL | SWAGE_ENCODE_PARSE_SPECIAL;

/// Checks all that the schema says about the shape of the bytes.
static swage_status_code_t verify(const void *bytes, size_t size,
                                  swage_status_t *status) {
  if (!bytes || reinterpret_cast<uintptr_t>(bytes) % 8)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "tokenizer: bytes are %s, want 8-byte alignment",
                bytes ? "not aligned" : "null");
  if (size < 8 || size >= FLATBUFFERS_MAX_BUFFER_SIZE)
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: table has %zu bytes, want 8 to %zu", size,
                size_t(FLATBUFFERS_MAX_BUFFER_SIZE) - 1);
  if (!swage::schema::text::TokenizerBufferHasIdentifier(bytes)) {
    char found[9];
    const auto *raw = static_cast<const unsigned char *>(bytes) + 4;
    snprintf(found, sizeof(found), "%02x%02x%02x%02x", raw[0], raw[1], raw[2],
             raw[3]);
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: not a tokenizer table: identifier is %s, want "
                "5357544b (SWTK)",
                found);
  }
  flatbuffers::Verifier verifier(static_cast<const uint8_t *>(bytes), size);
  if (!swage::schema::text::VerifyTokenizerBuffer(verifier))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: table of %zu bytes is damaged or cut short", size);
  return SWAGE_OK;
}

swage_status_code_t swage_tokenizer_t::checkIds(swage_status_t *status) const {
  auto check = [&](const char *what, const flatbuffers::Vector<uint32_t> *ids) {
    for (uint32_t i = 0; ids && i < ids->size(); ++i)
      if (ids->Get(i) >= vocabulary.size())
        return fail(status, SWAGE_DATA_LOSS,
                    "tokenizer: %s token %u has id %u, outside the vocabulary "
                    "of %zu",
                    what, i, ids->Get(i), vocabulary.size());
    return SWAGE_OK;
  };
  if (swage_status_code_t code = check("prefix", table->prefix_tokens()))
    return code;
  if (swage_status_code_t code = check("suffix", table->suffix_tokens()))
    return code;
  if (swage_status_code_t code = check("eos", table->eos_tokens()))
    return code;
  int32_t bos = table->bos_token();
  if (bos < -1 || (bos >= 0 && size_t(bos) >= vocabulary.size()))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: bos token has id %d, outside the vocabulary of %zu",
                bos, vocabulary.size());
  return SWAGE_OK;
}

swage_status_code_t
swage_tokenizer_t::checkDecoder(swage_status_t *status) const {
  const auto *decoder = table->decoder();
  if (!decoder)
    return SWAGE_OK;
  for (const flatbuffers::String *text :
       {decoder->space(), decoder->continuing_prefix()})
    if (text &&
        (text->size() == 0 || !isWellFormed({text->c_str(), text->size()})))
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: the decoder has a text that is %s",
                  text->size() ? "not UTF-8" : "empty");
  return SWAGE_OK;
}

swage_status_code_t swage_tokenizer_t::create(const void *bytes, size_t size,
                                              swage_status_t *status) {
  if (swage_status_code_t code = verify(bytes, size, status))
    return code;
  table = swage::schema::text::GetTokenizer(bytes);
  if (table->reader_version() > kReaderVersion)
    return fail(status, SWAGE_UNSUPPORTED,
                "tokenizer: table requires reader version %u, have %u",
                table->reader_version(), kReaderVersion);
  if (!memory.create(&allocator))
    return outOfMemory(status);
  if (swage_status_code_t code = vocabulary.create(*table, status))
    return code;
  if (swage_status_code_t code = checkIds(status))
    return code;
  if (swage_status_code_t code = checkDecoder(status))
    return code;
  if (swage_status_code_t code = model.create(*table, vocabulary, status))
    return code;
  if (swage_status_code_t code =
          normalizer.create(*table, vocabulary, memory, status))
    return code;
  if (swage_status_code_t code =
          plainTokens.create(*table, /*normalized=*/false, vocabulary.size(),
                             normalizer, memory, status))
    return code;
  if (swage_status_code_t code = normalizedTokens.create(
          *table, /*normalized=*/true, vocabulary.size(), normalizer, memory,
          status))
    return code;
  return preTokenizer.create(*table, memory, status);
}

static bool appendIds(const flatbuffers::Vector<uint32_t> *ids,
                      Array<int32_t> &out) {
  for (uint32_t i = 0; ids && i < ids->size(); ++i)
    if (!out.append(int32_t(ids->Get(i))))
      return false;
  return true;
}

swage_status_code_t swage_tokenizer_t::encode(Span text, uint32_t flags,
                                              Array<int32_t> &out,
                                              swage_status_t *status) const {
  Array<char> repaired(allocator);
  if (!isWellFormed(text)) {
    if (!appendReplacing(text, repaired))
      return outOfMemory(status);
    text = {repaired.data(), repaired.size()};
  }
  bool addSpecial = flags & SWAGE_ENCODE_ADD_SPECIAL;
  bool parseSpecial = flags & SWAGE_ENCODE_PARSE_SPECIAL;
  Array<Part> parts(allocator);
  if (swage_status_code_t code = plainTokens.split(
          text, 0, uint32_t(text.size), parseSpecial, memory, parts, status))
    return code;
  if (addSpecial && !appendIds(table->prefix_tokens(), out))
    return outOfMemory(status);
  EncodeScratch scratch(allocator);
  for (const Part &part : parts) {
    if (part.id >= 0) {
      if (!out.append(part.id))
        return outOfMemory(status);
    } else if (swage_status_code_t code = encodePart(
                   {text.data + part.begin, part.end - part.begin},
                   part.begin == 0, parseSpecial, scratch, out, status)) {
      return code;
    }
  }
  if (addSpecial && !appendIds(table->suffix_tokens(), out))
    return outOfMemory(status);
  return SWAGE_OK;
}

/// Encodes what stands between added tokens that are not normalized: those that
/// are count only here, in the normalized text.
swage_status_code_t
swage_tokenizer_t::encodePart(Span text, bool isStart, bool parseSpecial,
                              EncodeScratch &scratch, Array<int32_t> &out,
                              swage_status_t *status) const {
  Array<char> normalized(allocator);
  if (!normalizer.empty()) {
    if (!normalized.append(text.data, text.size))
      return outOfMemory(status);
    if (swage_status_code_t code =
            normalizer.apply(normalized, isStart, memory, status))
      return code;
    text = {normalized.data(), normalized.size()};
  }
  Array<Part> parts(allocator);
  if (swage_status_code_t code = normalizedTokens.split(
          text, 0, uint32_t(text.size), parseSpecial, memory, parts, status))
    return code;
  for (const Part &part : parts) {
    if (part.id >= 0) {
      if (!out.append(part.id))
        return outOfMemory(status);
    } else if (swage_status_code_t code = preTokenizer.encode(
                   {text.data + part.begin, part.end - part.begin},
                   isStart && part.begin == 0, model, memory, scratch, out,
                   status)) {
      return code;
    }
  }
  return SWAGE_OK;
}

//===----------------------------------------------------------------------===//
// C API
//===----------------------------------------------------------------------===//

swage_status_code_t swage_tokenizer_create(const void *bytes, size_t size,
                                           const swage_allocator_t *allocator,
                                           swage_tokenizer_t **out_tokenizer,
                                           swage_status_t *status) {
  if (!out_tokenizer)
    return fail(status, SWAGE_INVALID_ARGUMENT, "out_tokenizer is null");
  swage_allocator_t memory = allocatorOrDefault(allocator);
  auto *tokenizer = newObject<swage_tokenizer_t>(memory, memory);
  if (!tokenizer)
    return outOfMemory(status);
  if (swage_status_code_t code = tokenizer->create(bytes, size, status)) {
    deleteObject(tokenizer);
    return code;
  }
  *out_tokenizer = tokenizer;
  return succeed(status);
}

void swage_tokenizer_destroy(swage_tokenizer_t *tokenizer) {
  deleteObject(tokenizer);
}

swage_status_code_t swage_tokenizer_encode(const swage_tokenizer_t *tokenizer,
                                           const char *text, size_t length,
                                           uint32_t flags, int32_t *out_ids,
                                           size_t capacity, size_t *out_count,
                                           swage_status_t *status) {
  if (!tokenizer || !out_count || (!text && length) || (!out_ids && capacity))
    return fail(status, SWAGE_INVALID_ARGUMENT, "%s is null",
                !tokenizer             ? "tokenizer"
                : !out_count           ? "out_count"
                : !out_ids && capacity ? "out_ids"
                                       : "text");
  if (flags & ~kEncodeFlags)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "encode flags are 0x%x, known are 0x%x", flags, kEncodeFlags);
  if (length >= kMaximumText)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "text has %zu bytes, want less than %zu", length, kMaximumText);
  Array<int32_t> ids(tokenizer->allocator);
  if (swage_status_code_t code =
          tokenizer->encode({text ? text : "", length}, flags, ids, status))
    return code;
  size_t copied = ids.size() < capacity ? ids.size() : capacity;
  if (copied)
    std::memcpy(out_ids, ids.data(), copied * sizeof(int32_t));
  *out_count = ids.size();
  return succeed(status);
}

size_t swage_tokenizer_vocabulary_size(const swage_tokenizer_t *tokenizer) {
  return tokenizer ? tokenizer->vocabulary.size() : 0;
}

static bool isId(const swage_tokenizer_t *tokenizer, int32_t id) {
  return id >= 0 && size_t(id) < swage_tokenizer_vocabulary_size(tokenizer);
}

swage_status_code_t swage_tokenizer_token(const swage_tokenizer_t *tokenizer,
                                          int32_t id, const char **out_bytes,
                                          size_t *out_length,
                                          swage_status_t *status) {
  if (!tokenizer || !out_bytes || !out_length)
    return fail(status, SWAGE_INVALID_ARGUMENT, "%s is null",
                !tokenizer   ? "tokenizer"
                : !out_bytes ? "out_bytes"
                             : "out_length");
  if (!isId(tokenizer, id))
    return fail(status, SWAGE_NOT_FOUND,
                "id %d is outside the vocabulary of %zu", id,
                tokenizer->vocabulary.size());
  Span bytes = tokenizer->vocabulary.bytes(id);
  *out_bytes = bytes.data;
  *out_length = bytes.size;
  return succeed(status);
}

int swage_tokenizer_is_special(const swage_tokenizer_t *tokenizer, int32_t id) {
  return isId(tokenizer, id) && tokenizer->vocabulary.isSpecial(id);
}

int32_t swage_tokenizer_bos(const swage_tokenizer_t *tokenizer) {
  return tokenizer ? tokenizer->table->bos_token() : -1;
}

int swage_tokenizer_is_eos(const swage_tokenizer_t *tokenizer, int32_t id) {
  for (size_t i = 0; i < swage_tokenizer_eos_count(tokenizer); ++i)
    if (swage_tokenizer_eos(tokenizer, i) == id)
      return 1;
  return 0;
}

size_t swage_tokenizer_eos_count(const swage_tokenizer_t *tokenizer) {
  auto *ids = tokenizer ? tokenizer->table->eos_tokens() : nullptr;
  return ids ? ids->size() : 0;
}

int32_t swage_tokenizer_eos(const swage_tokenizer_t *tokenizer, size_t index) {
  return index < swage_tokenizer_eos_count(tokenizer)
             ? int32_t(tokenizer->table->eos_tokens()->Get(uint32_t(index)))
             : -1;
}

const char *swage_tokenizer_chat_template(const swage_tokenizer_t *tokenizer) {
  auto *source = tokenizer ? tokenizer->table->chat_template() : nullptr;
  return source ? source->c_str() : nullptr;
}
