//===- Decoder.cpp - Ids to text, as they come ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tokenizer.h"
#include <string_view>

using namespace swage::text;

struct swage_decoder_t {
  swage_decoder_t(const swage_allocator_t &allocator,
                  const swage_tokenizer_t *tokenizer, uint32_t flags)
      : allocator(allocator), tokenizer(tokenizer), flags(flags),
        pending(allocator), text(allocator) {}

  swage_status_code_t give(const char **outText, size_t *outLength,
                           swage_status_t *status);
  [[nodiscard]] bool pushSpelled(Span token);
  [[nodiscard]] bool pushByte(char byte);
  [[nodiscard]] bool endBytes();
  void strip();

  swage_allocator_t allocator;
  const swage_tokenizer_t *tokenizer;
  uint32_t flags;
  /// Bytes that have not been given yet: at most three between calls.
  Array<char> pending;
  /// What the last call gave.
  Array<char> text;
  /// Whether a token has come since this was new, and how many spaces its text
  /// has lost in front; none are lost behind the first other character.
  bool begun = false;
  bool stripped = false;
  uint32_t lost = 0;
};

//===----------------------------------------------------------------------===//
// Models whose tokens are spelled out
//===----------------------------------------------------------------------===//

/// Replaces each `from` in text[begin, end) by `to`, which is not longer.
static void replaceAll(Array<char> &text, size_t begin, std::string_view from,
                       std::string_view to) {
  size_t kept = begin;
  for (size_t at = begin; at < text.size();) {
    bool found = text.size() - at >= from.size() &&
                 std::memcmp(text.data() + at, from.data(), from.size()) == 0;
    if (found) {
      std::memcpy(text.data() + kept, to.data(), to.size());
      kept += to.size();
      at += from.size();
    } else {
      text[kept++] = text[at++];
    }
  }
  while (text.size() > kept)
    text.pop();
}

/// What Hugging Face's decoder WordPiece makes of English, in its order.
static void cleanUp(Array<char> &text, size_t begin) {
  static constexpr std::string_view kRules[][2] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (auto [from, to] : kRules)
    replaceAll(text, begin, from, to);
}

/// Ends a run of byte tokens: what is unfinished cannot be a character.
bool swage_decoder_t::endBytes() {
  bool done = true;
  for (size_t i = 0; done && i < pending.size(); ++i)
    done = text.append(kReplacement.data, kReplacement.size);
  pending.clear();
  return done;
}

/// Takes a byte token. Each byte that cannot be part of a character is U+FFFD.
bool swage_decoder_t::pushByte(char byte) {
  if (!pending.append(byte))
    return false;
  while (!pending.empty()) {
    Utf8Unit unit = nextUnit({pending.data(), pending.size()});
    if (unit.kind == Utf8Unit::Incomplete)
      return true;
    bool good = unit.kind == Utf8Unit::Character;
    for (uint32_t i = 0; i < unit.length; ++i)
      if (good ? !text.append(pending[i])
               : !text.append(kReplacement.data, kReplacement.size))
        return false;
    size_t rest = pending.size() - unit.length;
    std::memmove(pending.data(), pending.data() + unit.length, rest);
    while (pending.size() > rest)
      pending.pop();
  }
  return true;
}

/// Drops spaces from the front of all text, as many as the table says.
void swage_decoder_t::strip() {
  uint32_t limit = tokenizer->table->decoder()->strip_start();
  size_t begin = 0;
  while (!stripped && begin < text.size()) {
    stripped = lost == limit || text[begin] != ' ';
    if (!stripped)
      ++begin, ++lost;
  }
  size_t rest = text.size() - begin;
  if (begin)
    std::memmove(text.data(), text.data() + begin, rest);
  while (text.size() > rest)
    text.pop();
}

/// Appends the text of a token that is not one of bytes alone.
bool swage_decoder_t::pushSpelled(Span token) {
  const auto &decoder = *tokenizer->table->decoder();
  bool first = !begun;
  begun = true;
  int byte = decoder.byte_fallback() ? byteOfToken(token) : -1;
  if (byte >= 0)
    return pushByte(char(byte));
  if (!endBytes())
    return false;
  size_t begin = text.size();
  if (auto *prefix = decoder.continuing_prefix(); prefix && !first) {
    if (token.size >= prefix->size() &&
        std::memcmp(token.data, prefix->c_str(), prefix->size()) == 0)
      token = {token.data + prefix->size(), token.size - prefix->size()};
    else if (!text.append(' '))
      return false;
  }
  // An artifact may be damaged where only its checksum would tell.
  if (!appendReplacing(token, text))
    return false;
  if (auto *space = decoder.space())
    replaceAll(text, begin, {space->c_str(), space->size()},
               first && decoder.drops_first_spaces() ? "" : " ");
  if (decoder.cleans_up())
    cleanUp(text, begin);
  return true;
}

//===----------------------------------------------------------------------===//
// C API
//===----------------------------------------------------------------------===//

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

  if (decoder->tokenizer->table->decoder()) {
    decoder->text.clear();
    // Hugging Face writes added tokens as they were looked for.
    if (token.size)
      token = decoder->tokenizer->normalizedTokens.spelling(id, token);
    if (token.size && !decoder->pushSpelled(token))
      return outOfMemory(status);
    decoder->strip();
    return decoder->give(out_text, out_length, status);
  }

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
  if (decoder->tokenizer->table->decoder()) {
    if (!decoder->endBytes())
      return outOfMemory(status);
    decoder->strip();
    decoder->begun = decoder->stripped = false;
    decoder->lost = 0;
    return decoder->give(out_text, out_length, status);
  }
  if (!decoder->text.reserve(kReplacement.size + 1))
    return outOfMemory(status);
  if (!decoder->pending.empty() &&
      !decoder->text.append(kReplacement.data, kReplacement.size))
    return outOfMemory(status);
  decoder->pending.clear();
  return decoder->give(out_text, out_length, status);
}
