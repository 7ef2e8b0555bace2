//===- Decoder.cpp - Ids to text, as they come ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tokenizer.h"

using namespace swage::text;

struct swage_decoder_t {
  swage_decoder_t(const swage_allocator_t &allocator,
                  const swage_tokenizer_t *tokenizer, uint32_t flags)
      : allocator(allocator), tokenizer(tokenizer), flags(flags),
        pending(allocator), text(allocator) {}

  swage_status_code_t give(const char **outText, size_t *outLength,
                           swage_status_t *status);

  swage_allocator_t allocator;
  const swage_tokenizer_t *tokenizer;
  uint32_t flags;
  /// Bytes that have not been given yet: at most three between calls.
  Array<char> pending;
  /// What the last call gave.
  Array<char> text;
};

/// Hands `text` out, zero-terminated.
swage_status_code_t swage_decoder_t::give(const char **outText,
                                          size_t *outLength,
                                          swage_status_t *status) {
  if (!text.append('\0'))
    return outOfMemory(status);
  *outText = text.data();
  *outLength = text.size() - 1;
  return succeed(status);
}

swage_status_code_t swage_decoder_create(const swage_tokenizer_t *tokenizer,
                                         uint32_t flags,
                                         swage_decoder_t **out_decoder,
                                         swage_status_t *status) {
  if (!tokenizer || !out_decoder)
    return fail(status, SWAGE_INVALID_ARGUMENT, "%s is null",
                tokenizer ? "out_decoder" : "tokenizer");
  if (flags & ~uint32_t(SWAGE_DECODE_SKIP_SPECIAL))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "decode flags are 0x%x, known are 0x%x", flags,
                SWAGE_DECODE_SKIP_SPECIAL);
  auto *decoder = newObject<swage_decoder_t>(
      tokenizer->allocator, tokenizer->allocator, tokenizer, flags);
  if (!decoder)
    return outOfMemory(status);
  *out_decoder = decoder;
  return succeed(status);
}

void swage_decoder_destroy(swage_decoder_t *decoder) { deleteObject(decoder); }

swage_status_code_t swage_decoder_push(swage_decoder_t *decoder, int32_t id,
                                       const char **out_text,
                                       size_t *out_length,
                                       swage_status_t *status) {
  if (!decoder || !out_text || !out_length)
    return fail(status, SWAGE_INVALID_ARGUMENT, "%s is null",
                !decoder    ? "decoder"
                : !out_text ? "out_text"
                            : "out_length");
  const Vocabulary &vocabulary = decoder->tokenizer->vocabulary;
  bool known = id >= 0 && size_t(id) < vocabulary.size();
  bool skipped = known && (decoder->flags & SWAGE_DECODE_SKIP_SPECIAL) &&
                 vocabulary.isSpecial(id);
  Span token = known && !skipped ? vocabulary.bytes(id) : Span{nullptr, 0};

  // Room for everything first, so that a failure changes nothing: a malformed
  // byte takes three, and the last one is the zero.
  size_t whole = decoder->pending.size() + token.size;
  decoder->text.clear();
  if (!decoder->pending.reserve(whole) || !decoder->text.reserve(3 * whole + 1))
    return outOfMemory(status);
  if (!decoder->pending.append(token.data, token.size))
    return outOfMemory(status);

  Span bytes = {decoder->pending.data(), decoder->pending.size()};
  size_t complete = 0;
  while (complete < bytes.size) {
    Utf8Unit unit = nextUnit({bytes.data + complete, bytes.size - complete});
    if (unit.kind == Utf8Unit::Incomplete)
      break;
    complete += unit.length;
  }
  if (!appendReplacing({bytes.data, complete}, decoder->text))
    return outOfMemory(status);
  size_t rest = bytes.size - complete;
  if (rest)
    std::memmove(decoder->pending.data(), bytes.data + complete, rest);
  while (decoder->pending.size() > rest)
    decoder->pending.pop();
  return decoder->give(out_text, out_length, status);
}

swage_status_code_t swage_decoder_flush(swage_decoder_t *decoder,
                                        const char **out_text,
                                        size_t *out_length,
                                        swage_status_t *status) {
  if (!decoder || !out_text || !out_length)
    return fail(status, SWAGE_INVALID_ARGUMENT, "%s is null",
                !decoder    ? "decoder"
                : !out_text ? "out_text"
                            : "out_length");
  decoder->text.clear();
  if (!decoder->text.reserve(kReplacement.size + 1))
    return outOfMemory(status);
  if (!decoder->pending.empty() &&
      !decoder->text.append(kReplacement.data, kReplacement.size))
    return outOfMemory(status);
  decoder->pending.clear();
  return decoder->give(out_text, out_length, status);
}
