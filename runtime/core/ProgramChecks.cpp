//===- ProgramChecks.cpp - Every index of a schedule leads somewhere ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// After these checks, the planner and the executor index without looking.
//
//===----------------------------------------------------------------------===//

#include "runtime/core/ProgramChecker.h"
#include "runtime/schema/header.h"
#include "runtime/support/Vectors.h"
#include "swage/cpu_kernel.h"
#include <cstdarg>
#include <cstring>

using ull = unsigned long long;
using swage::schema::BufferKind;

namespace swage::runtime {

Code ProgramChecker::damaged(const char *format, ...) {
  char what[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof(what), format, arguments);
  va_end(arguments);
  return fail(status, SWAGE_DATA_LOSS, "%s, %s", where, what);
}

Code ProgramChecker::check() {
  if (Code code = checkLengths())
    return code;
  for (uint32_t i = 0; i < program.weights()->size(); ++i)
    if (Code code = checkWeight(i))
      return code;
  for (uint32_t i = 0; i < program.executables()->size(); ++i)
    if (Code code = checkExecutable(i))
      return code;
  for (const schema::EntryPoint *entry : *program.entry_points())
    if (Code code = checkEntryPoint(*entry))
      return code;
  return SWAGE_OK;
}

Code ProgramChecker::checkLengths() {
  const auto *lengths = program.position_lengths();
  if (!lengths)
    return SWAGE_OK;
  uint32_t count = lengths->size(), span = program.position_span();
  for (uint32_t i = 0; i < count; ++i)
    if (lengths->Get(i) <= (i ? lengths->Get(i - 1) : 0))
      return damaged("position length %u: have %u, require ascending lengths",
                     i, lengths->Get(i));
  if (count == 0 || lengths->Get(count - 1) != table.max_positions())
    return damaged("have position lengths up to %u, require up to %u, the "
                   "model's positions",
                   count ? lengths->Get(count - 1) : 0, table.max_positions());
  if (span < table.max_positions() || uint64_t(span) * count > INT32_MAX)
    return damaged("have %u classes of %u positions, require %u or more in "
                   "each and less than 2^31 in all",
                   count, span, table.max_positions());
  return SWAGE_OK;
}

Code ProgramChecker::checkWeight(uint32_t index) {
  const schema::Weight &weight = *program.weights()->Get(index);
  if (weight.segment() >= table.segments()->size())
    return damaged("weight %u: have segment %u, require less than %u", index,
                   weight.segment(), table.segments()->size());
  if (!isAligned(weight.shape()))
    return damaged("weight %u: have a shape that is not 8-byte aligned, "
                   "require it to be",
                   index);
  uint64_t size = table.segments()->Get(weight.segment())->size();
  if (weight.offset() % schema::kWeightAlignment)
    return damaged("weight %u: have offset %llu, require a multiple of %llu",
                   index, ull(weight.offset()), ull(schema::kWeightAlignment));
  if (weight.offset() > size || weight.size() > size - weight.offset())
    return damaged("weight %u: have %llu bytes at offset %llu, require them in "
                   "a segment of %llu bytes",
                   index, ull(weight.size()), ull(weight.offset()), ull(size));
  return SWAGE_OK;
}

Code ProgramChecker::checkExecutable(uint32_t index) {
  const schema::Executable &executable = *program.executables()->Get(index);
  if (executable.segment() >= table.segments()->size())
    return damaged("executable %u: have segment %u, require less than %u",
                   index, executable.segment(), table.segments()->size());
  if (!isAligned(executable.addresses()))
    return damaged("executable %u: have addresses that are not 8-byte aligned, "
                   "require them to be",
                   index);
  if (executable.addresses()->size() != program.kernels()->size())
    return damaged("executable %u: have %u addresses, require one for each of "
                   "%u kernels",
                   index, executable.addresses()->size(),
                   program.kernels()->size());
  return SWAGE_OK;
}

Code ProgramChecker::checkEntryPoint(const schema::EntryPoint &entry) {
  if (entry.variants()->size() == 0)
    return damaged("entry point '%.40s': have no variants, require one",
                   entry.name()->c_str());
  size_t length = strlen(where);
  for (uint32_t i = 0; i < entry.variants()->size(); ++i) {
    snprintf(where + length, sizeof(where) - length,
             ", entry point '%.40s', variant %u", entry.name()->c_str(), i);
    if (Code code = checkVariant(entry, i))
      return code;
  }
  where[length] = 0;
  return SWAGE_OK;
}

Code ProgramChecker::checkVariant(const schema::EntryPoint &entry,
                                  uint32_t index) {
  const schema::Variant &variant = *entry.variants()->Get(index);
  if (variant.min_rows() == 0 || variant.min_rows() > variant.max_rows())
    return damaged("have row counts %u to %u, require a range from 1 on",
                   variant.min_rows(), variant.max_rows());
  for (uint32_t i = 0; i < variant.buffers()->size(); ++i)
    if (Code code = checkBuffer(variant, i))
      return code;
  if (Code code = checkState(entry, index))
    return code;
  for (uint32_t i = 0; i < variant.commands()->size(); ++i) {
    switch (variant.commands_type()->Get(i)) {
    case schema::Command::Barrier:
      break;
    case schema::Command::Dispatch:
      if (Code code = checkDispatch(variant, i))
        return code;
      break;
    default:
      return damaged("command %u: have type %u, require a dispatch or barrier",
                     i, unsigned(variant.commands_type()->Get(i)));
    }
  }
  return SWAGE_OK;
}

/// The n-th state buffer of a variant, or null.
static const schema::Buffer *stateBuffer(const schema::Variant &variant,
                                         size_t n) {
  for (const schema::Buffer *buffer : *variant.buffers())
    if (buffer->kind() == BufferKind::State && n-- == 0)
      return buffer;
  return nullptr;
}

static bool sameCache(const schema::Variant &a, const schema::Variant &b) {
  if (!a.kv_cache() || !b.kv_cache())
    return !a.kv_cache() && !b.kv_cache();
  return strcmp(a.kv_cache()->c_str(), b.kv_cache()->c_str()) == 0;
}

/// All variants of a cache type must see the same state buffers.
Code ProgramChecker::checkState(const schema::EntryPoint &entry,
                                uint32_t index) {
  const schema::Variant &variant = *entry.variants()->Get(index);
  for (uint32_t i = 0; i < index; ++i) {
    const schema::Variant &other = *entry.variants()->Get(i);
    if (!sameCache(variant, other))
      continue;
    for (size_t n = 0;; ++n) {
      const schema::Buffer *mine = stateBuffer(variant, n);
      const schema::Buffer *its = stateBuffer(other, n);
      if (!mine && !its)
        return SWAGE_OK;
      if (!mine || !its)
        return damaged("have %s state buffers than variant %u, require as many",
                       mine ? "more" : "fewer", i);
      if (mine->page_bytes() != its->page_bytes())
        return damaged("state buffer %zu: have pages of %llu bytes, require "
                       "%llu as in variant %u",
                       n, ull(mine->page_bytes()), ull(its->page_bytes()), i);
    }
  }
  return SWAGE_OK;
}

Code ProgramChecker::checkDispatch(const schema::Variant &variant,
                                   uint32_t index) {
  const auto &dispatch = *variant.commands()->GetAs<schema::Dispatch>(index);
  if (dispatch.kernel() >= program.kernels()->size())
    return damaged("command %u: have kernel %u, require less than %u", index,
                   dispatch.kernel(), program.kernels()->size());
  if (!isAligned(dispatch.bindings()))
    return damaged("command %u: have bindings that are not 8-byte aligned, "
                   "require them to be",
                   index);
  uint32_t scalars = dispatch.scalars() ? dispatch.scalars()->size() : 0;
  if (dispatch.bindings()->size() > SWAGE_MAX_BINDINGS ||
      scalars > SWAGE_MAX_SCALARS)
    return damaged("command %u: have %u bindings and %u scalars, require at "
                   "most %u and %u",
                   index, dispatch.bindings()->size(), scalars,
                   SWAGE_MAX_BINDINGS, SWAGE_MAX_SCALARS);
  for (uint32_t i = 0; i < dispatch.bindings()->size(); ++i)
    if (Code code =
            checkBinding(variant, index, i, *dispatch.bindings()->Get(i)))
      return code;
  for (uint32_t i = 0; i < scalars; ++i)
    if (Code code = checkSize(dispatch.scalars()->Get(i), "command", index,
                              "scalar", /*required=*/true))
      return code;
  if (Code code = checkSize(dispatch.grid(), "command", index, "grid", true))
    return code;
  if (Code code = checkSize(dispatch.bytes(), "command", index, "bytes", false))
    return code;
  return checkSize(dispatch.multiply_adds(), "command", index, "multiply-adds",
                   false);
}

Code ProgramChecker::checkBinding(const schema::Variant &variant,
                                  uint32_t command, uint32_t index,
                                  const schema::Binding &binding) {
  if (binding.buffer() >= variant.buffers()->size())
    return damaged("command %u, binding %u: have buffer %u, require less "
                   "than %u",
                   command, index, binding.buffer(), variant.buffers()->size());
  if (binding.offset() % 64 || binding.offset() > uint64_t(1) << 46)
    return damaged("command %u, binding %u: have offset %llu, require a "
                   "multiple of 64 up to 2^46",
                   command, index, ull(binding.offset()));
  const schema::Buffer &buffer = *variant.buffers()->Get(binding.buffer());
  if (buffer.kind() == BufferKind::Weight) {
    uint64_t size = program.weights()->Get(buffer.weight())->size();
    if (binding.offset() > size)
      return damaged("command %u, binding %u: have offset %llu, require at "
                     "most %llu, the weight's size",
                     command, index, ull(binding.offset()), ull(size));
  }
  if (binding.writes() && (buffer.kind() == BufferKind::Weight ||
                           buffer.kind() == BufferKind::Argument))
    return damaged("command %u, binding %u: have a write to %s, require a read",
                   command, index,
                   buffer.kind() == BufferKind::Weight ? "a weight"
                                                       : "an argument");
  if (buffer.kind() == BufferKind::Arena &&
      (command < buffer.first_command() || command > buffer.last_command()))
    return damaged("command %u, binding %u: have buffer %u that lives from "
                   "command %u to %u, require a life around the command",
                   command, index, binding.buffer(), buffer.first_command(),
                   buffer.last_command());
  return SWAGE_OK;
}

Code checkProgram(const schema::Artifact &table, size_t programIndex,
                  swage_status_t *status) {
  const schema::Program &program =
      *table.programs()->Get(uint32_t(programIndex));
  return ProgramChecker(table, program, programIndex, status).check();
}

} // namespace swage::runtime
