//===- Session.h - The object behind swage_session_t ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_SESSION_H
#define SWAGE_RUNTIME_CORE_SESSION_H

#include "runtime/core/Module.h"
#include "runtime/core/PagePool.h"
#include "runtime/core/Plan.h"
#include "swage/session.h"

namespace swage::schema {
struct SavedHeader;
} // namespace swage::schema

namespace swage::runtime {

/// A sequence's tokens are in the cache pages that its table lists.
struct Sequence {
  bool live = false;
  uint32_t length = 0;
  uint32_t declared = 0; ///< the most it will hold; 0: the session's context
  uint32_t pageCount = 0;
  int32_t *pages = nullptr; ///< room for `tableStride` of them
};

/// One layer's keys or values.
struct StateBuffer {
  uint8_t *data;
  uint64_t pageBytes;
};

/// Rows of one sequence that are computed at once.
struct ChunkPart {
  swage_sequence_t sequence;
  uint32_t past; ///< length of the sequence before these rows
  uint32_t rows;
  bool isLast; ///< no rows of the sequence follow in the batch
};

/// A result of the entry point.
struct Result {
  static constexpr size_t kMax = 4;

  schema::Role role = schema::Role::None;
  swage_result_info_t info = {};
  uint64_t rowLength = 0;
};

/// What calls with texts side by side need to make a batch of them.
struct PaddedScratch {
  Array<int32_t> tokens, positions, types, logitRows;
  Array<uint64_t> places; ///< of each row in the caller's matrix
  Array<uint64_t> texts;  ///< that each sequence is, in encode
  Array<swage_sequence_rows_t> sequences;
};

} // namespace swage::runtime

struct swage_session_t {
  swage_module_t *module = nullptr;
  swage_session_info_t info = {};
  uint32_t pageCount = 0, tableStride = 0;
  uint64_t rowLength = 0; ///< of the logits
  bool takesTypes = false;
  swage::runtime::Result results[swage::runtime::Result::kMax];

  // Memory.
  swage::runtime::Pages arena, state, arguments, resultPages;
  swage::runtime::Array<uint8_t *> stateBases;
  swage::runtime::Array<swage::runtime::StateBuffer> stateBuffers;
  swage::runtime::SessionMemory memory;
  swage::runtime::Array<swage::runtime::Plan> plans;

  // Sequences.
  swage::runtime::PagePool pool;
  swage::runtime::Array<swage::runtime::Sequence> sequences;
  swage::runtime::Array<int32_t> tables;
  swage::runtime::Array<int32_t> pageMap; ///< scratch, an entry a page
  swage::runtime::Array<swage::runtime::ChunkPart> parts;
  swage::runtime::PaddedScratch padded;

  swage::runtime::Interrupt interrupt;
  swage_profile_callback_t profile = nullptr;
  void *profileSelf = nullptr;
  swage_observer_callback_t observer = nullptr;
  void *observerSelf = nullptr;

  const swage::runtime::Host &host() const { return module->host(); }
  /// The most tokens that a sequence may hold.
  uint32_t limit(const swage::runtime::Sequence &sequence) const {
    return sequence.declared ? sequence.declared : info.context;
  }
};

namespace swage::runtime {

/// Fails unless `id` names a live sequence.
Code checkSequence(const swage_session_t *session, swage_sequence_t id,
                   swage_status_t *status);

/// Sequences that can still be made.
size_t freeSequences(const swage_session_t &session);

/// Lists the results of the session's plans; all of them must have the same.
Code listResults(swage_session_t &session, swage_status_t *status);

/// What each call does first that computes with a session: fails without one,
/// and copies `given`, which is called `what`.
template <typename T>
Code readCall(const swage_session_t *session, const T *given, const char *what,
              T &copy, swage_status_t *status) {
  if (!session || !given)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                session ? what : "session");
  return readOptions(given, what, copy, status);
}

/// Fails unless the batch fits to the session and its sequences.
Code checkBatch(const swage_session_t &session, const swage_batch_t &batch,
                swage_status_t *status);

/// Checks a batch and runs it. Where sequences are whole, it must fit into one
/// chunk; results are then at `memory.roles`.
Code forwardBatch(swage_session_t &session, const swage_batch_t &batch,
                  swage_status_t *status);

/// What callbacks are told of a dispatch: the layer or part that it serves, ""
/// if it is unnamed, and its kernel.
struct DispatchNames {
  const char *layer, *kernel;
};
DispatchNames namesOf(const swage_session_t &session,
                      const schema::Dispatch &dispatch);

/// Shows the session's observer what the command at `index`, a dispatch that
/// ran just now on `rows` rows, has written.
Code observe(const swage_session_t &session, const Plan &plan, uint32_t index,
             const Symbols &symbols, uint32_t rows, swage_status_t *status);

/// Rows of logits that a batch asks for.
inline size_t logitCount(const swage_batch_t &batch) {
  return batch.logit_rows ? batch.logit_row_count : batch.sequence_count;
}

/// Bytes of saved sequences whose header says how large index and pages are.
uint64_t savedSize(const swage_session_t &session,
                   const schema::SavedHeader &header);

/// Gives back the pages that a sequence of `length` does not need.
void trimPages(swage_session_t &session, Sequence &sequence, uint32_t length);

/// Makes sure that positions up to `length` can be written: takes pages, and
/// copies a shared one.
Code reservePages(swage_session_t &session, Sequence &sequence, uint32_t length,
                  swage_status_t *status);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_SESSION_H
