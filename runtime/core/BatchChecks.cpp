//===- BatchChecks.cpp - A batch can be computed as it is -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"

using namespace swage::runtime;

namespace {

/// Checks all of a batch before any of it is computed.
class BatchChecker {
public:
  BatchChecker(const swage_session_t &session, const swage_batch_t &batch,
               swage_status_t *status)
      : s(session), batch(batch), status(status) {}

  Code check();

private:
  Code checkSequences();
  Code checkTokens();
  Code checkPositions();
  Code checkTypes();
  Code checkLogitRows();

  const swage_session_t &s;
  const swage_batch_t &batch;
  swage_status_t *status;
};

} // namespace

Code BatchChecker::check() {
  if (batch.row_count == 0 || !batch.tokens || !batch.sequences)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have a batch without %s, require at least one row",
                batch.row_count == 0 ? "rows"
                : !batch.tokens      ? "tokens"
                                     : "sequences");
  if (Code code = checkSequences())
    return code;
  if (Code code = checkTokens())
    return code;
  if (Code code = checkPositions())
    return code;
  if (Code code = checkTypes())
    return code;
  return checkLogitRows();
}

Code BatchChecker::checkSequences() {
  size_t rowCount = 0;
  for (size_t i = 0; i < batch.sequence_count; ++i) {
    const swage_sequence_rows_t &part = batch.sequences[i];
    if (Code code = checkSequence(&s, part.sequence, status))
      return code;
    for (size_t j = 0; j < i; ++j)
      if (batch.sequences[j].sequence == part.sequence)
        return fail(status, SWAGE_INVALID_ARGUMENT,
                    "have sequence %d twice in a batch, require it once",
                    part.sequence);
    if (part.row_count == 0)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "have 0 rows for sequence %d, require at least 1",
                  part.sequence);
    const Sequence &sequence = s.sequences[size_t(part.sequence)];
    uint32_t past = sequence.length, limit = s.limit(sequence);
    if (part.row_count > limit - past)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "have %u tokens and %u more for sequence %d, require at most "
                  "%u, the %s",
                  past, part.row_count, part.sequence, limit,
                  sequence.declared ? "length that was declared for it"
                                    : "session's context");
    rowCount += part.row_count;
  }
  if (rowCount != batch.row_count)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu rows in sequences, require %zu, the batch's rows",
                rowCount, batch.row_count);
  return SWAGE_OK;
}

Code BatchChecker::checkTokens() {
  uint32_t vocabulary = s.module->info.vocab_size;
  for (size_t i = 0; i < batch.row_count; ++i)
    if (batch.tokens[i] < 0 || uint32_t(batch.tokens[i]) >= vocabulary)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "row %zu: have token %d, require 0 to %u", i, batch.tokens[i],
                  vocabulary - 1);
  return SWAGE_OK;
}

Code BatchChecker::checkPositions() {
  uint32_t limit = s.module->info.max_positions;
  if (!batch.positions)
    return SWAGE_OK;
  for (size_t i = 0; i < batch.row_count; ++i)
    if (batch.positions[i] < 0 || uint32_t(batch.positions[i]) >= limit)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "row %zu: have position %d, require 0 to %u", i,
                  batch.positions[i], limit - 1);
  return SWAGE_OK;
}

Code BatchChecker::checkTypes() {
  uint32_t limit = s.module->info.token_types;
  if (!batch.token_types)
    return SWAGE_OK;
  if (!s.takesTypes)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have token types, require none: entry point '%.60s' has no "
                "use for them",
                s.info.entry_point);
  for (size_t i = 0; i < batch.row_count; ++i)
    if (batch.token_types[i] < 0 || uint32_t(batch.token_types[i]) >= limit)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "row %zu: have token type %d, require 0 to %u", i,
                  batch.token_types[i], limit - 1);
  return SWAGE_OK;
}

Code BatchChecker::checkLogitRows() {
  if (logitCount(batch) > s.info.max_logit_rows)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu logit rows, require at most %u, the session's "
                "max_logit_rows",
                logitCount(batch), s.info.max_logit_rows);
  if (!batch.logit_rows)
    return SWAGE_OK;
  int32_t previous = -1;
  for (size_t i = 0; i < batch.logit_row_count; ++i) {
    int32_t row = batch.logit_rows[i];
    if (row <= previous || size_t(row) >= batch.row_count)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "logit row %zu: have row %d, require ascending rows below "
                  "%zu",
                  i, row, batch.row_count);
    previous = row;
  }
  return SWAGE_OK;
}

Code swage::runtime::checkBatch(const swage_session_t &session,
                                const swage_batch_t &batch,
                                swage_status_t *status) {
  return BatchChecker(session, batch, status).check();
}
