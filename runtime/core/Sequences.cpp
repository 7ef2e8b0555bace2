//===- Sequences.cpp - Sequences and their cache pages --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"
#include <algorithm>

using namespace swage::runtime;

namespace swage::runtime {

Code checkSequence(const swage_session_t *session, swage_sequence_t id,
                   swage_status_t *status) {
  if (!session)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no session");
  if (id >= 0 && size_t(id) < session->sequences.size() &&
      session->sequences[size_t(id)].live)
    return SWAGE_OK;
  return fail(status, SWAGE_INVALID_ARGUMENT,
              "have sequence %d, require one that exists", id);
}

size_t freeSequences(const swage_session_t &session) {
  return size_t(
      std::count_if(session.sequences.begin(), session.sequences.end(),
                    [](const Sequence &sequence) { return !sequence.live; }));
}

void trimPages(swage_session_t &session, Sequence &sequence, uint32_t length) {
  uint32_t perPage = session.module->info.page_positions;
  uint32_t needed = perPage ? (length + perPage - 1) / perPage : 0;
  while (sequence.pageCount > needed)
    session.pool.release(sequence.pages[--sequence.pageCount]);
}

/// Gives the sequence a copy of its last page.
static Code ownLastPage(swage_session_t &session, Sequence &sequence,
                        swage_status_t *status) {
  int32_t &page = sequence.pages[sequence.pageCount - 1];
  int32_t copy = session.pool.take();
  if (copy < 0)
    return fail(status, SWAGE_INTERNAL, "have no cache page left to copy to");
  for (const StateBuffer &buffer : session.stateBuffers)
    memcpy(buffer.data + uint64_t(copy) * buffer.pageBytes,
           buffer.data + uint64_t(page) * buffer.pageBytes, buffer.pageBytes);
  session.pool.release(page);
  page = copy;
  return SWAGE_OK;
}

/// There is a page for each position of each sequence, and sharing only saves
/// some, so running out is a bug.
Code reservePages(swage_session_t &session, Sequence &sequence, uint32_t length,
                  swage_status_t *status) {
  uint32_t perPage = session.module->info.page_positions;
  if (perPage == 0)
    return SWAGE_OK;
  if (sequence.length % perPage &&
      session.pool.isShared(sequence.pages[sequence.pageCount - 1]))
    if (Code code = ownLastPage(session, sequence, status))
      return code;
  while (uint64_t(sequence.pageCount) * perPage < length) {
    int32_t page = session.pool.take();
    if (page < 0)
      return fail(status, SWAGE_INTERNAL, "have no cache page left");
    sequence.pages[sequence.pageCount++] = page;
  }
  return SWAGE_OK;
}

} // namespace swage::runtime

/// Fails unless there are a session and a place for an id.
static Code checkNew(const swage_session_t *session,
                     const swage_sequence_t *out_id, swage_status_t *status) {
  if (session && out_id)
    return SWAGE_OK;
  return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
              session ? "out_id" : "session");
}

/// A new sequence of length 0; null if there are as many as there may be.
static Sequence *takeSlot(swage_session_t &session, swage_sequence_t *out_id,
                          swage_status_t *status) {
  for (Sequence &sequence : session.sequences) {
    if (sequence.live)
      continue;
    int32_t *pages = sequence.pages;
    sequence = {};
    sequence.live = true;
    sequence.pages = pages;
    *out_id = swage_sequence_t(&sequence - session.sequences.data());
    succeed(status);
    return &sequence;
  }
  fail(status, SWAGE_OUT_OF_MEMORY,
       "have %u sequences, require fewer to make another; raise "
       "max_sequences",
       session.info.max_sequences);
  return nullptr;
}

swage_status_code_t swage_sequence_create(swage_session_t *session,
                                          swage_sequence_t *out_id,
                                          swage_status_t *status) {
  if (Code code = checkNew(session, out_id, status))
    return code;
  return takeSlot(*session, out_id, status) ? SWAGE_OK : SWAGE_OUT_OF_MEMORY;
}

swage_status_code_t swage_sequence_declare(swage_session_t *session,
                                           swage_sequence_t id, uint32_t length,
                                           swage_status_t *status) {
  if (Code code = checkSequence(session, id, status))
    return code;
  Sequence &sequence = session->sequences[size_t(id)];
  if (sequence.length)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have a sequence of %u tokens, require an empty one: its "
                "tokens are in the cache as its length asked for",
                sequence.length);
  if (length == 0 || length > session->info.context)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have length %u, require 1 to %u, the session's context",
                length, session->info.context);
  sequence.declared = length;
  return succeed(status);
}

swage_status_code_t swage_sequence_destroy(swage_session_t *session,
                                           swage_sequence_t id,
                                           swage_status_t *status) {
  if (Code code = checkSequence(session, id, status))
    return code;
  Sequence &sequence = session->sequences[size_t(id)];
  trimPages(*session, sequence, 0);
  sequence.live = false;
  return succeed(status);
}

swage_status_code_t swage_sequence_fork(swage_session_t *session,
                                        swage_sequence_t id,
                                        swage_sequence_t *out_id,
                                        swage_status_t *status) {
  if (Code code = checkSequence(session, id, status))
    return code;
  if (Code code = checkNew(session, out_id, status))
    return code;
  Sequence *copy = takeSlot(*session, out_id, status);
  if (!copy)
    return SWAGE_OUT_OF_MEMORY;
  const Sequence &original = session->sequences[size_t(id)];
  for (uint32_t i = 0; i < original.pageCount; ++i) {
    session->pool.share(original.pages[i]);
    copy->pages[i] = original.pages[i];
  }
  copy->pageCount = original.pageCount;
  copy->length = original.length;
  copy->declared = original.declared;
  return SWAGE_OK;
}

swage_status_code_t swage_sequence_truncate(swage_session_t *session,
                                            swage_sequence_t id,
                                            uint32_t length,
                                            swage_status_t *status) {
  if (Code code = checkSequence(session, id, status))
    return code;
  Sequence &sequence = session->sequences[size_t(id)];
  if (length > sequence.length)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have length %u, require at most %u, the sequence's", length,
                sequence.length);
  trimPages(*session, sequence, length);
  sequence.length = length;
  return succeed(status);
}

swage_status_code_t swage_sequence_length(const swage_session_t *session,
                                          swage_sequence_t id,
                                          uint32_t *out_length,
                                          swage_status_t *status) {
  if (Code code = checkSequence(session, id, status))
    return code;
  if (!out_length)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no out_length");
  *out_length = session->sequences[size_t(id)].length;
  return succeed(status);
}

void swage_session_reset(swage_session_t *session) {
  if (!session)
    return;
  for (Sequence &sequence : session->sequences) {
    if (sequence.live)
      trimPages(*session, sequence, 0);
    sequence.live = false;
  }
}
