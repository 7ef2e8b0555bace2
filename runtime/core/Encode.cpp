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

#include "runtime/core/Texts.h"
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
        status(status),
        piece(session, {texts.tokens, texts.positions, texts.types}) {}

  Code check();
  Code run();

private:
  Code checkText(size_t index, const Text &text);
  Code checkOutputs();
  const Result *findResult(const char *name) const;
  Code flush();
  void copyResult(const Result &result, float *data);

  swage_session_t &s;
  const Texts &texts;
  const swage_output_t *outputs;
  size_t outputCount;
  swage_status_t *status;
  bool wantsLogits = false;
  /// The piece being filled.
  TextPiece piece;
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

void EncodeCall::copyResult(const Result &result, float *data) {
  const auto *from =
      reinterpret_cast<const float *>(s.memory.roles[size_t(result.role)]);
  size_t columns = result.info.columns;
  bool perText = result.info.per_sequence;
  size_t count = perText ? piece.sequenceCount() : piece.rowCount();
  for (size_t i = 0; i < count; ++i) {
    size_t to = perText ? piece.textOfSequence(i) : piece.placeOfRow(i);
    memcpy(data + to * columns, from + i * result.rowLength,
           columns * sizeof(float));
  }
}

/// Computes the piece and ends its sequences.
Code EncodeCall::flush() {
  if (piece.rowCount() == 0)
    return SWAGE_OK;
  swage_batch_t batch = piece.batch();
  if (!wantsLogits)
    batch.logit_row_count = 0;
  if (Code code = forwardBatch(s, batch, status))
    return code;
  for (size_t i = 0; i < outputCount; ++i)
    copyResult(*findResult(outputs[i].name), outputs[i].data);
  piece.end();
  return SWAGE_OK;
}

Code EncodeCall::run() {
  if (Code code = piece.findRoom(status))
    return code;
  for (size_t i = 0; i < outputCount; ++i)
    memset(outputs[i].data, 0, outputs[i].count * sizeof(float));
  size_t begin = 0;
  for (size_t i = 0; i < texts.count; ++i) {
    Text text = texts.next(i, begin);
    if (text.length == 0)
      continue;
    bool full = !piece.hasRoomForText() ||
                piece.rowCount() + text.length > s.info.max_rows;
    if (full)
      if (Code code = flush())
        return code;
    if (Code code = piece.begin(i, uint32_t(text.length), status))
      return code;
    piece.add(text.begin, text.length);
  }
  return flush();
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
  swage_texts_t given = {};
  if (Code code = readCall(session, texts, "texts", given, status))
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
  swage_padded_batch_t given = {};
  if (Code code = readCall(session, batch, "batch", given, status))
    return code;
  size_t cells;
  if (Code code = countCells(given, cells, status))
    return code;
  for (size_t i = 0; i < given.batch_count; ++i)
    if (Code code = checkMask(given, i, status))
      return code;
  Texts form = {given.tokens,      given.token_types, given.positions, cells,
                given.batch_count, nullptr,           &given};
  return encode(*session, form, outputs, output_count, status);
}
