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

namespace swage::runtime {

/// A sequence's tokens are in the cache pages that its table lists.
struct Sequence {
  bool live = false;
  uint32_t length = 0;
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

/// What forward_padded needs to turn padded rows into a batch.
struct PaddedScratch {
  Array<int32_t> tokens, positions, logitRows;
  Array<uint64_t> places; ///< of each row in the caller's matrix
  Array<swage_sequence_rows_t> sequences;
};

} // namespace swage::runtime

struct swage_session_t {
  swage_module_t *module = nullptr;
  swage_session_info_t info = {};
  uint32_t pageCount = 0, tableStride = 0;
  uint64_t rowLength = 0; ///< of the results

  // Memory.
  swage::runtime::Pages arena, state, arguments, results;
  swage::runtime::Array<uint8_t *> stateBases;
  swage::runtime::Array<swage::runtime::StateBuffer> stateBuffers;
  swage::runtime::SessionMemory memory;
  swage::runtime::Array<swage::runtime::Plan> plans;

  // Sequences.
  swage::runtime::PagePool pool;
  swage::runtime::Array<swage::runtime::Sequence> sequences;
  swage::runtime::Array<int32_t> tables;
  swage::runtime::Array<swage::runtime::ChunkPart> parts;
  swage::runtime::PaddedScratch padded;

  swage_profile_callback_t profile = nullptr;
  void *profileSelf = nullptr;

  const swage::runtime::Host &host() const { return module->host(); }
};

namespace swage::runtime {

/// Fails unless `id` names a live sequence.
Code checkSequence(const swage_session_t &session, swage_sequence_t id,
                   swage_status_t *status);

/// Gives back the pages that a sequence of `length` does not need.
void trimPages(swage_session_t &session, Sequence &sequence, uint32_t length);

/// Makes sure that positions up to `length` can be written: takes pages, and
/// copies a shared one.
Code reservePages(swage_session_t &session, Sequence &sequence, uint32_t length,
                  swage_status_t *status);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_SESSION_H
