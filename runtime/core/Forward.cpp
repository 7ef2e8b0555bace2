//===- Forward.cpp - Running a batch, cut into chunks ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A batch is checked as a whole, then computed in chunks of at most max_rows
// rows. A chunk is a run of the batch's rows, so it may end inside a sequence;
// the next one finds the first rows in the cache. Lengths change at the end.
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Profile.h"
#include "runtime/core/Session.h"
#include <algorithm>

using namespace swage;
using namespace swage::runtime;
using schema::Role;
using schema::Symbol;

namespace {

/// One call of swage_session_forward.
class ForwardCall {
public:
  ForwardCall(swage_session_t &session, const swage_batch_t &batch,
              swage_status_t *status)
      : s(session), batch(batch), status(status) {}

  Code run();

private:
  Code reserve();
  void commit();
  void release();
  void cutChunk();
  int32_t firstPosition(size_t part);
  void fillBatch();
  void fillTypes();
  int64_t fillLogitRows();
  Code runChunk();
  Code execute(const Plan &plan, const Symbols &symbols);
  void reportTime(const Plan &plan, uint32_t index, const Symbols &symbols,
                  uint64_t time);

  template <typename T> T *argument(Role role) {
    return reinterpret_cast<T *>(s.memory.roles[size_t(role)]);
  }

  swage_session_t &s;
  const swage_batch_t &batch;
  swage_status_t *status;

  // The chunk: rows [firstRow, firstRow + rows) of the batch.
  size_t firstRow = 0, rows = 0;
  size_t partCount = 0;
  // Where the next chunk starts: row `rowInSequence` of sequence `sequence`.
  size_t sequence = 0;
  uint32_t rowInSequence = 0;
  size_t logitsDone = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// The cache
//===----------------------------------------------------------------------===//

Code ForwardCall::reserve() {
  for (size_t i = 0; i < batch.sequence_count; ++i) {
    const swage_sequence_rows_t &part = batch.sequences[i];
    Sequence &target = s.sequences[size_t(part.sequence)];
    if (Code code =
            reservePages(s, target, target.length + part.row_count, status))
      return code;
  }
  return SWAGE_OK;
}

void ForwardCall::commit() {
  for (size_t i = 0; i < batch.sequence_count; ++i)
    s.sequences[size_t(batch.sequences[i].sequence)].length +=
        batch.sequences[i].row_count;
}

void ForwardCall::release() {
  for (size_t i = 0; i < batch.sequence_count; ++i) {
    Sequence &target = s.sequences[size_t(batch.sequences[i].sequence)];
    trimPages(s, target, target.length);
  }
}

//===----------------------------------------------------------------------===//
// Chunks
//===----------------------------------------------------------------------===//

/// Takes the next rows of the batch, up to max_rows.
void ForwardCall::cutChunk() {
  firstRow += rows;
  rows = 0;
  partCount = 0;
  while (rows < s.info.max_rows && sequence < batch.sequence_count) {
    const swage_sequence_rows_t &whole = batch.sequences[sequence];
    uint32_t left = whole.row_count - rowInSequence;
    uint32_t room = uint32_t(s.info.max_rows - rows);
    uint32_t count = std::min(left, room);
    uint32_t past = s.sequences[size_t(whole.sequence)].length + rowInSequence;
    s.parts[partCount++] = {whole.sequence, past, count, count == left};
    rows += count;
    rowInSequence += count;
    if (count == left) {
      ++sequence;
      rowInSequence = 0;
    }
  }
}

/// What is added to the positions of a sequence: rotary phases may depend on
/// how long it gets, which must not depend on how it is cut.
int32_t ForwardCall::firstPosition(size_t part) {
  const auto *lengths = s.module->program->position_lengths();
  if (!lengths)
    return 0;
  const Sequence &owner = s.sequences[size_t(s.parts[part].sequence)];
  uint32_t length =
      s.info.whole_sequences ? s.parts[part].rows : s.limit(owner);
  uint32_t rank = 0;
  while (rank + 1 < lengths->size() && lengths->Get(rank) < length)
    ++rank;
  return int32_t(rank * s.module->program->position_span());
}

/// Writes the argument with role Batch; artifact.fbs states its layout.
void ForwardCall::fillBatch() {
  int32_t *starts = argument<int32_t>(Role::Batch);
  int32_t *pasts = starts + partCount + 1;
  int32_t *positions = pasts + partCount;
  int32_t *table = positions + rows;
  int32_t row = 0;
  for (size_t i = 0; i < partCount; ++i) {
    const ChunkPart &part = s.parts[i];
    starts[i] = row;
    pasts[i] = int32_t(part.past);
    int32_t first = firstPosition(i);
    for (uint32_t j = 0; j < part.rows; ++j, ++row)
      positions[row] =
          first + (batch.positions ? batch.positions[firstRow + size_t(row)]
                                   : int32_t(part.past + j));
    const Sequence &owner = s.sequences[size_t(part.sequence)];
    if (owner.pageCount)
      memcpy(table + i * s.tableStride, owner.pages,
             owner.pageCount * sizeof(int32_t));
  }
  starts[partCount] = row;
}

void ForwardCall::fillTypes() {
  int32_t *types = argument<int32_t>(Role::TokenTypes);
  if (batch.token_types)
    memcpy(types, batch.token_types + firstRow, rows * sizeof(int32_t));
  else
    memset(types, 0, rows * sizeof(int32_t));
}

/// Writes the chunk's wanted rows and returns how many they are.
int64_t ForwardCall::fillLogitRows() {
  int32_t *wanted = argument<int32_t>(Role::LogitRows);
  int64_t count = 0;
  if (!batch.logit_rows) {
    int32_t end = 0;
    for (size_t i = 0; i < partCount; ++i) {
      end += int32_t(s.parts[i].rows);
      if (s.parts[i].isLast)
        wanted[count++] = end - 1;
    }
    return count;
  }
  for (size_t i = logitsDone; i < batch.logit_row_count &&
                              size_t(batch.logit_rows[i]) < firstRow + rows;
       ++i)
    wanted[count++] = int32_t(size_t(batch.logit_rows[i]) - firstRow);
  return count;
}

void ForwardCall::reportTime(const Plan &plan, uint32_t index,
                             const Symbols &symbols, uint64_t time) {
  swage_profile_event_t event = profileEvent(
      s, *plan.variant().commands()->GetAs<schema::Dispatch>(index), symbols,
      s.parts.data(), partCount);
  event.nanoseconds = time;
  event.grid = plan.steps()[index].grid;
  s.profile(s.profileSelf, &event);
}

Code ForwardCall::execute(const Plan &plan, const Symbols &symbols) {
  Driver &driver = *s.module->device->driver;
  const Array<Step> &steps = plan.steps();
  if (!s.profile && !s.observer) {
    if (Code reason = driver.run(steps.data(), steps.size(), s.interrupt))
      return s.interrupt.end(reason, status);
    return SWAGE_OK;
  }
  for (uint32_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].kernel)
      continue;
    uint64_t start = monotonicTime();
    if (Code reason = driver.run(&steps[i], 1, s.interrupt))
      return s.interrupt.end(reason, status);
    if (s.profile)
      reportTime(plan, i, symbols, monotonicTime() - start);
    if (s.observer)
      if (Code code = observe(s, plan, i, symbols, uint32_t(rows), status))
        return code;
  }
  return SWAGE_OK;
}

Code ForwardCall::runChunk() {
  memcpy(argument<int32_t>(Role::Tokens), batch.tokens + firstRow,
         rows * sizeof(int32_t));
  fillBatch();
  if (s.takesTypes)
    fillTypes();
  Symbols symbols;
  symbols[Symbol::Rows] = int64_t(rows);
  symbols[Symbol::Sequences] = int64_t(partCount);
  symbols[Symbol::LogitRows] = s.rowLength ? fillLogitRows() : 0;
  symbols[Symbol::Pages] = s.pageCount;
  symbols[Symbol::TableStride] = s.tableStride;

  // The session was created only because every row count has a plan.
  Plan *plan = std::find_if(s.plans.begin(), s.plans.end(), [&](const Plan &p) {
    return p.accepts(uint32_t(rows));
  });
  float *result = argument<float>(Role::Logits) + logitsDone * s.rowLength;
  if (Code code =
          plan->prepare(symbols, reinterpret_cast<uint8_t *>(result), status))
    return code;
  if (Code code = execute(*plan, symbols))
    return code;
  logitsDone += size_t(symbols[Symbol::LogitRows]);
  return SWAGE_OK;
}

Code ForwardCall::run() {
  Code code = reserve();
  for (cutChunk(); !code && rows; cutChunk())
    code = runChunk();
  code ? release() : commit();
  return code;
}

Code swage::runtime::forwardBatch(swage_session_t &session,
                                  const swage_batch_t &batch,
                                  swage_status_t *status) {
  if (Code code = checkBatch(session, batch, status))
    return code;
  return ForwardCall(session, batch, status).run();
}

swage_status_code_t swage_session_forward(swage_session_t *session,
                                          const swage_batch_t *batch,
                                          swage_matrix_t *out_logits,
                                          swage_status_t *status) {
  swage_batch_t given = {};
  if (Code code = readCall(session, batch, "batch", given, status))
    return code;
  if (session->info.whole_sequences)
    return fail(status, SWAGE_UNSUPPORTED,
                "entry point '%.60s' encodes whole texts, require a call of "
                "swage_session_encode",
                session->info.entry_point);
  if (Code code = forwardBatch(*session, given, status))
    return code;
  if (out_logits) {
    const uint8_t *logits = session->memory.roles[size_t(Role::Logits)];
    *out_logits = {reinterpret_cast<const float *>(logits),
                   session->rowLength ? logitCount(given) : 0,
                   session->info.columns, session->rowLength};
  }
  return succeed(status);
}

swage_status_code_t swage_session_append(swage_session_t *session,
                                         swage_sequence_t sequence,
                                         const int32_t *tokens, size_t count,
                                         swage_matrix_t *out_logits,
                                         swage_status_t *status) {
  if (count > UINT32_MAX)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu tokens, require less than 2^32", count);
  swage_sequence_rows_t rows = {sequence, uint32_t(count)};
  swage_batch_t batch = {};
  batch.size = sizeof(batch);
  batch.tokens = tokens;
  batch.row_count = count;
  batch.sequences = &rows;
  batch.sequence_count = 1;
  return swage_session_forward(session, &batch, out_logits, status);
}
