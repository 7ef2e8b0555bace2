//===- SessionMemory.cpp - Measuring and reserving a session's memory -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/SessionBuilder.h"
#include <algorithm>

using namespace swage;
using namespace swage::runtime;
using schema::BufferKind;
using schema::Role;
using schema::Symbol;
using ull = unsigned long long;

/// Where arguments and results begin.
static constexpr uint64_t kRoleAlignment = 64;

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

Code SessionBuilder::measureState() {
  for (const schema::Buffer *buffer : *s.plans[0].variant().buffers()) {
    uint64_t bytes;
    if (buffer->kind() == BufferKind::State &&
        (__builtin_mul_overflow(buffer->page_bytes(), s.pageCount, &bytes) ||
         __builtin_add_overflow(stateBytes, bytes, &stateBytes)))
      return fail(status, SWAGE_OUT_OF_MEMORY,
                  "the cache of %u pages is larger than memory", s.pageCount);
  }
  s.info.state_bytes = stateBytes;
  return SWAGE_OK;
}

/// The arena and the arguments, each as large as the most demanding plan.
Code SessionBuilder::measureTransients() {
  uint64_t rows = s.info.max_rows, sequences = s.info.max_sequences;
  argumentBytes[size_t(Role::Tokens)] = 4 * rows;
  argumentBytes[size_t(Role::Batch)] =
      4 * (sequences + 1 + sequences + rows + sequences * s.tableStride);
  argumentBytes[size_t(Role::LogitRows)] =
      4 * std::min<uint64_t>(s.info.max_logit_rows, rows);
  for (const Plan &plan : s.plans)
    s.takesTypes |= plan.buffer(Role::TokenTypes) != nullptr;
  if (s.takesTypes)
    argumentBytes[size_t(Role::TokenTypes)] = 4 * rows;
  for (const Plan &plan : s.plans) {
    arenaBytes = std::max(arenaBytes, plan.arenaBytes());
    for (Role role :
         {Role::Tokens, Role::Batch, Role::LogitRows, Role::TokenTypes})
      argumentBytes[size_t(role)] =
          std::max(argumentBytes[size_t(role)], plan.roleBytes(role));
  }
  for (uint64_t &bytes : argumentBytes) {
    bytes = alignUp(bytes, kRoleAlignment);
    argumentTotal += bytes;
  }
  return SWAGE_OK;
}

/// Logits of all parts of a batch stand in one matrix; each part's kernels see
/// the matrix from their first row on, with the room behind it that the size
/// expression asks for.
Code SessionBuilder::measureLogits(uint64_t &most) {
  most = s.info.max_logit_rows * s.rowLength * 4;
  for (const Plan &plan : s.plans) {
    const schema::Buffer &logits = *plan.buffer(Role::Logits);
    Symbols symbols = maxima(plan.variant());
    int64_t inOnePart = symbols[Symbol::LogitRows];
    for (int64_t rows = 1; rows <= inOnePart; ++rows) {
      symbols[Symbol::LogitRows] = rows;
      uint64_t bytes;
      if (Code code =
              evaluateSize(*logits.size(), symbols, "logits", bytes, status))
        return code;
      uint64_t before =
          uint64_t(s.info.max_logit_rows - rows) * s.rowLength * 4;
      most = std::max(most, before + bytes);
    }
  }
  return SWAGE_OK;
}

/// Other results are those of one part.
uint64_t SessionBuilder::measureResult(const Result &result) const {
  uint64_t rows =
      result.info.per_sequence ? s.info.max_sequences : s.info.max_rows;
  uint64_t most = rows * result.rowLength * 4;
  for (const Plan &plan : s.plans)
    most = std::max(most, plan.roleBytes(result.role));
  return most;
}

Code SessionBuilder::measureResults() {
  for (size_t i = 0; i < s.info.result_count; ++i) {
    const Result &result = s.results[i];
    if (result.role != Role::Logits)
      resultBytes[i] = measureResult(result);
    else if (Code code = measureLogits(resultBytes[i]))
      return code;
    resultBytes[i] = alignUp(resultBytes[i], kRoleAlignment);
    resultTotal += resultBytes[i];
  }
  s.info.arena_bytes = arenaBytes + argumentTotal + resultTotal;
  return SWAGE_OK;
}

/// Calls `visit` with each array that is still to be allocated and its size, as
/// long as it returns true: what is measured is what is taken.
template <typename Visit> bool SessionBuilder::visitArrays(Visit visit) {
  size_t sequences = s.info.max_sequences, rows = s.info.max_logit_rows;
  const auto &buffers = *s.plans[0].variant().buffers();
  auto states = size_t(std::count_if(
      buffers.begin(), buffers.end(), [](const schema::Buffer *buffer) {
        return buffer->kind() == BufferKind::State;
      }));
  PaddedScratch &padded = s.padded;
  return visit(s.stateBuffers, states) && visit(s.stateBases, states) &&
         visit(s.pageMap, s.pageCount) && visit(s.sequences, sequences) &&
         visit(s.tables, sequences * s.tableStride) &&
         visit(s.parts, sequences) && visit(padded.tokens, rows) &&
         visit(padded.positions, rows) && visit(padded.types, rows) &&
         visit(padded.logitRows, rows) && visit(padded.places, rows) &&
         visit(padded.sequences, sequences) && visit(padded.texts, sequences);
}

/// What the session has by now: itself and its plans.
uint64_t SessionBuilder::takenBytes() const {
  uint64_t bytes = sizeof(s) + s.plans.bytes();
  for (const Plan &plan : s.plans)
    bytes += plan.ownBytes();
  return bytes;
}

/// Fails before any more is taken if all of it together is too much.
Code SessionBuilder::checkLimits() {
  uint64_t taken = takenBytes();
  uint64_t needed = taken + PagePool::bytesFor(s.pageCount);
  visitArrays([&](const auto &array, size_t count) {
    needed += count * sizeof(*array.data());
    return true;
  });
  if (__builtin_add_overflow(needed, s.info.arena_bytes, &needed) ||
      __builtin_add_overflow(needed, s.info.state_bytes, &needed))
    needed = UINT64_MAX;
  uint64_t left = s.host().bytesLeft();
  left = left > UINT64_MAX - taken ? UINT64_MAX : left + taken;
  uint64_t own = given.memory_limit ? given.memory_limit : UINT64_MAX;
  if (needed <= std::min(left, own))
    return SWAGE_OK;
  return fail(status, SWAGE_OUT_OF_MEMORY,
              "have %llu bytes %s, require %llu for a session: %llu of cache "
              "and %llu beside it; lower context, max_sequences, max_rows or "
              "max_logit_rows",
              ull(std::min(left, own)),
              own <= left ? "as the session's memory limit"
                          : "left of the device's memory limit",
              ull(needed), ull(stateBytes), ull(needed - stateBytes));
}

//===----------------------------------------------------------------------===//
// Reserving
//===----------------------------------------------------------------------===//

Code SessionBuilder::reserve() {
  const Host &host = s.host();
  if (Code code = s.state.allocate(host, stateBytes, "cache", status))
    return code;
  if (Code code = s.arena.allocate(host, arenaBytes, "arena", status))
    return code;
  if (Code code =
          s.arguments.allocate(host, argumentTotal, "arguments", status))
    return code;
  if (Code code = s.resultPages.allocate(host, resultTotal, "results", status))
    return code;
  if (!s.pool.allocate(host, s.pageCount) ||
      !visitArrays([&](auto &array, size_t count) {
        return array.allocate(host, count);
      }))
    return outOfMemory();
  placeState();
  placeTransients();
  placeSequences();
  return SWAGE_OK;
}

void SessionBuilder::placeState() {
  uint8_t *at = s.state.data();
  size_t next = 0;
  for (const schema::Buffer *buffer : *s.plans[0].variant().buffers())
    if (buffer->kind() == BufferKind::State) {
      s.stateBuffers[next] = {at, buffer->page_bytes()};
      s.stateBases[next++] = at;
      at += buffer->page_bytes() * s.pageCount;
    }
  s.memory.state = s.stateBases.data();
}

void SessionBuilder::placeTransients() {
  s.memory.arena = s.arena.data();
  uint8_t *at = s.arguments.data();
  for (size_t role = 0; role < SessionMemory::kRoles; ++role) {
    s.memory.roles[role] = at;
    at += argumentBytes[role];
  }
  at = s.resultPages.data();
  for (size_t i = 0; i < s.info.result_count; ++i) {
    s.memory.roles[size_t(s.results[i].role)] = at;
    at += resultBytes[i];
  }
}

void SessionBuilder::placeSequences() {
  for (size_t i = 0; i < s.padded.logitRows.size(); ++i)
    s.padded.logitRows[i] = int32_t(i);
  for (size_t i = 0; i < s.sequences.size(); ++i)
    s.sequences[i].pages = s.tables.data() + i * s.tableStride;
}
