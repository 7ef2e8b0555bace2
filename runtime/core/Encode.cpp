//===- Encode.cpp - Whole texts through an encoder ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows of an encoder see their whole text, so texts are never cut: as many as
// fit are computed at once, and their results are copied to where they belong.
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"
#include <algorithm>

using namespace swage::runtime;
using swage::schema::Role;

namespace {

/// A run of tokens in the caller's arrays.
struct Text {
  size_t begin, length;
};

/// Texts of either form. All arrays have `cells` elements.
struct Texts {
  const int32_t *tokens, *types, *positions;
  size_t cells, count;
  /// One of the two says where texts are.
  const uint32_t *lengths;
  const swage_padded_batch_t *padded;

  /// The text at `index`, when all before it have been asked for, and where
  /// the one behind it begins.
  Text next(size_t index, size_t &begin) const {
    Text text = {begin, 0};
    if (lengths) {
      text.length = lengths[index];
      begin += text.length;
      return text;
    }
    size_t first, end;
    tokenRange(*padded, index, first, end);
    return {index * padded->length + first, end - first};
  }
};

/// One call of swage_session_encode or its padded form.
class EncodeCall {
public:
  EncodeCall(swage_session_t &session, const Texts &texts,
             const swage_output_t *outputs, size_t outputCount,
             swage_status_t *status)
      : s(session), texts(texts), outputs(outputs), outputCount(outputCount),
        status(status) {}

  Code check();
  Code run();

private:
  Code checkText(size_t index, const Text &text);
  Code checkOutputs();
  const Result *findResult(const char *name) const;
  Code addText(size_t index, const Text &text);
  Code flush();
  void copyResult(const Result &result, float *data);
  void drop();

  swage_session_t &s;
  const Texts &texts;
  const swage_output_t *outputs;
  size_t outputCount;
  swage_status_t *status;
  bool wantsLogits = false;

  // The piece being filled.
  size_t rows = 0, sequences = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

Code EncodeCall::checkText(size_t index, const Text &text) {
  const swage_module_info_t &model = s.module->info;
  uint32_t room = std::min(s.info.context, s.info.max_rows);
  if (text.length > room)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "text %zu: have %zu tokens, require at most %u, the session's "
                "%s, as a text is encoded at once",
                index, text.length, room,
                s.info.context < s.info.max_rows ? "context" : "max_rows");
  for (size_t i = 0; i < text.length; ++i) {
    struct {
      const char *what;
      const int32_t *values;
      uint32_t limit;
    } inputs[] = {{"token", texts.tokens, model.vocab_size},
                  {"token type", texts.types, model.token_types},
                  {"position", texts.positions, model.max_positions}};
    for (const auto &input : inputs) {
      if (!input.values)
        continue;
      int32_t value = input.values[text.begin + i];
      if (value < 0 || uint32_t(value) >= input.limit)
        return fail(status, SWAGE_INVALID_ARGUMENT,
                    "text %zu, token %zu: have %s %d, require 0 to %u", index,
                    i, input.what, value, input.limit - 1);
    }
  }
  return SWAGE_OK;
}

const Result *EncodeCall::findResult(const char *name) const {
  for (size_t i = 0; name && i < s.info.result_count; ++i)
    if (strcmp(s.results[i].info.name, name) == 0)
      return &s.results[i];
  return nullptr;
}

Code EncodeCall::checkOutputs() {
  if (outputCount && !outputs)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have %zu outputs nowhere",
                outputCount);
  for (size_t i = 0; i < outputCount; ++i) {
    const swage_output_t &output = outputs[i];
    const Result *result = findResult(output.name);
    if (!result)
      return fail(status, SWAGE_NOT_FOUND,
                  "entry point '%.60s' has no result '%.60s', require one of "
                  "%u, such as '%.60s'",
                  s.info.entry_point, output.name ? output.name : "",
                  s.info.result_count,
                  s.info.result_count ? s.results[0].info.name : "none");
    size_t resultRows = result->info.per_sequence ? texts.count : texts.cells;
    size_t values;
    if (__builtin_mul_overflow(resultRows, size_t(result->info.columns),
                               &values) ||
        !output.data || output.count != values)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "%s: have room for %zu values, require %zu x %u",
                  result->info.name, output.data ? output.count : 0, resultRows,
                  result->info.columns);
    wantsLogits |= result->role == Role::Logits;
  }
  return SWAGE_OK;
}

Code EncodeCall::check() {
  if (!s.info.whole_sequences)
    return fail(status, SWAGE_UNSUPPORTED,
                "entry point '%.60s' appends to sequences, require a call of "
                "swage_session_forward",
                s.info.entry_point);
  if (texts.types && !s.takesTypes)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have token types, require none: entry point '%.60s' has no "
                "use for them",
                s.info.entry_point);
  if (Code code = checkOutputs())
    return code;
  size_t begin = 0;
  for (size_t i = 0; i < texts.count; ++i)
    if (Code code = checkText(i, texts.next(i, begin)))
      return code;
  return SWAGE_OK;
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

Code EncodeCall::addText(size_t index, const Text &text) {
  PaddedScratch &piece = s.padded;
  swage_sequence_t id;
  if (Code code = swage_sequence_create(&s, &id, status))
    return code;
  piece.texts[sequences] = index;
  piece.sequences[sequences++] = {id, uint32_t(text.length)};
  for (size_t i = 0; i < text.length; ++i, ++rows) {
    size_t place = text.begin + i;
    piece.tokens[rows] = texts.tokens[place];
    if (texts.positions)
      piece.positions[rows] = texts.positions[place];
    if (texts.types)
      piece.types[rows] = texts.types[place];
    piece.places[rows] = place;
  }
  return SWAGE_OK;
}

void EncodeCall::copyResult(const Result &result, float *data) {
  const auto *from =
      reinterpret_cast<const float *>(s.memory.roles[size_t(result.role)]);
  size_t columns = result.info.columns;
  bool perSequence = result.info.per_sequence;
  const Array<uint64_t> &places =
      perSequence ? s.padded.texts : s.padded.places;
  size_t count = perSequence ? sequences : rows;
  for (size_t i = 0; i < count; ++i)
    memcpy(data + places[i] * columns, from + i * result.rowLength,
           columns * sizeof(float));
}

/// Computes the piece and ends its sequences.
Code EncodeCall::flush() {
  if (rows == 0)
    return SWAGE_OK;
  PaddedScratch &piece = s.padded;
  swage_batch_t batch = {};
  batch.size = sizeof(batch);
  batch.tokens = piece.tokens.data();
  batch.row_count = rows;
  batch.sequences = piece.sequences.data();
  batch.sequence_count = sequences;
  batch.positions = texts.positions ? piece.positions.data() : nullptr;
  batch.token_types = texts.types ? piece.types.data() : nullptr;
  batch.logit_rows = piece.logitRows.data();
  batch.logit_row_count = wantsLogits ? rows : 0;
  if (Code code = forwardBatch(s, batch, status))
    return code;
  for (size_t i = 0; i < outputCount; ++i)
    copyResult(*findResult(outputs[i].name), outputs[i].data);
  drop();
  return SWAGE_OK;
}

void EncodeCall::drop() {
  while (sequences)
    swage_sequence_destroy(&s, s.padded.sequences[--sequences].sequence,
                           nullptr);
  rows = 0;
}

Code EncodeCall::run() {
  size_t room = 0;
  for (const Sequence &sequence : s.sequences)
    room += !sequence.live;
  if (room == 0)
    return fail(status, SWAGE_OUT_OF_MEMORY,
                "have %u sequences, require a free one; raise max_sequences",
                s.info.max_sequences);
  for (size_t i = 0; i < outputCount; ++i)
    memset(outputs[i].data, 0, outputs[i].count * sizeof(float));
  Code code = SWAGE_OK;
  size_t begin = 0;
  for (size_t i = 0; i < texts.count && !code; ++i) {
    Text text = texts.next(i, begin);
    if (text.length == 0)
      continue;
    if (sequences == room || rows + text.length > s.info.max_rows)
      code = flush();
    if (!code)
      code = addText(i, text);
  }
  if (!code)
    code = flush();
  drop();
  return code;
}

//===----------------------------------------------------------------------===//
// API
//===----------------------------------------------------------------------===//

static Code encode(swage_session_t &session, const Texts &texts,
                   const swage_output_t *outputs, size_t outputCount,
                   swage_status_t *status) {
  EncodeCall call(session, texts, outputs, outputCount, status);
  if (Code code = call.check())
    return code;
  if (Code code = call.run())
    return code;
  return succeed(status);
}

swage_status_code_t swage_session_encode(swage_session_t *session,
                                         const swage_texts_t *texts,
                                         const swage_output_t *outputs,
                                         size_t output_count,
                                         swage_status_t *status) {
  if (!session || !texts)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                session ? "texts" : "session");
  swage_texts_t given;
  if (Code code = readOptions(texts, "texts", given, status))
    return code;
  if (!given.tokens || !given.lengths || given.text_count == 0)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have texts without %s, require at least one text",
                given.text_count == 0 ? "number"
                : !given.tokens       ? "tokens"
                                      : "lengths");
  size_t rows = 0;
  for (size_t i = 0; i < given.text_count; ++i) {
    if (given.lengths[i] == 0)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "text %zu: have 0 tokens, require at least 1", i);
    rows += given.lengths[i];
  }
  if (rows != given.row_count)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu tokens in texts, require %zu, the number of rows",
                rows, given.row_count);
  Texts form = {given.tokens,    given.token_types, given.positions,
                given.row_count, given.text_count,  given.lengths,
                nullptr};
  return encode(*session, form, outputs, output_count, status);
}

swage_status_code_t
swage_session_encode_padded(swage_session_t *session,
                            const swage_padded_batch_t *batch,
                            const swage_output_t *outputs, size_t output_count,
                            swage_status_t *status) {
  if (!session || !batch)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                session ? "batch" : "session");
  swage_padded_batch_t given;
  if (Code code = readOptions(batch, "batch", given, status))
    return code;
  size_t cells;
  if (!given.tokens || given.batch_count == 0 || given.length == 0 ||
      __builtin_mul_overflow(given.batch_count, given.length, &cells))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu texts of %zu tokens%s, require at least 1 of each",
                given.batch_count, given.length,
                given.tokens ? "" : " at no address");
  for (size_t i = 0; i < given.batch_count; ++i)
    if (Code code = checkMask(given, i, status))
      return code;
  Texts form = {given.tokens,      given.token_types, given.positions, cells,
                given.batch_count, nullptr,           &given};
  return encode(*session, form, outputs, output_count, status);
}
