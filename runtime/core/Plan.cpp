//===- Plan.cpp - One variant of an entry point, ready to run in a session ===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Plan.h"
#include "runtime/core/ArenaPlanner.h"
#include "runtime/core/Module.h"

using namespace swage::schema;
using ull = unsigned long long;

namespace swage::runtime {

static const char *nameOf(const Buffer &buffer) {
  return buffer.name() ? buffer.name()->c_str() : "unnamed";
}

Code evaluateSize(const Expression &expression, const Symbols &symbols,
                  const char *what, uint64_t &result, swage_status_t *status) {
  constexpr int64_t kMaxSize = int64_t(1) << 46;
  int64_t value;
  if (!evaluate(expression, symbols, value))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "the %.100s overflows for %lld rows and %lld pages", what,
                (long long)symbols[Symbol::Rows],
                (long long)symbols[Symbol::Pages]);
  if (value < 0 || value > kMaxSize)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %lld for the %.100s, require 0 to 2^46", (long long)value,
                what);
  result = uint64_t(value);
  return SWAGE_OK;
}

static Code outOfMemory(const Host &host, swage_status_t *status) {
  return host.outOfMemory("a session's plan", status);
}

//===----------------------------------------------------------------------===//
// Sizes and places
//===----------------------------------------------------------------------===//

Code Plan::measure(const Host &host, const Variant &variant,
                   const Symbols &maxima, swage_status_t *status) {
  schedule = &variant;
  const auto &buffers = *variant.buffers();
  if (!sizes.allocate(host, buffers.size()) ||
      !offsets.allocate(host, buffers.size()) ||
      !allSteps.allocate(host, variant.commands()->size()) ||
      !logitsBindings.allocate(host, countLogitsBindings()))
    return outOfMemory(host, status);
  uint64_t states = 0;
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    const Buffer &buffer = *buffers.Get(i);
    if (buffer.kind() == BufferKind::State)
      offsets[i] = states++;
    if (buffer.kind() == BufferKind::State ||
        buffer.kind() == BufferKind::Weight)
      continue;
    if (Code code = evaluateSize(*buffer.size(), maxima, nameOf(buffer),
                                 sizes[i], status))
      return code;
  }
  return planTransients(host, status);
}

/// Plans the arena. Time is counted in barriers, because between two barriers
/// workers may be in different commands.
Code Plan::planTransients(const Host &host, swage_status_t *status) {
  const auto &types = *schedule->commands_type();
  const auto &buffers = *schedule->buffers();
  Array<uint32_t> phases;
  Array<ArenaItem> items;
  if (!phases.allocate(host, types.size()) ||
      !items.allocate(host, buffers.size()))
    return outOfMemory(host, status);
  uint32_t phase = 0;
  for (uint32_t i = 0; i < types.size(); ++i) {
    phase += types.Get(i) == Command::Barrier;
    phases[i] = phase;
  }
  size_t count = 0;
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    const Buffer &buffer = *buffers.Get(i);
    if (buffer.kind() == BufferKind::Arena)
      items[count++] = {sizes[i], phases[buffer.first_command()],
                        phases[buffer.last_command()], 0};
  }
  if (!planArena(host, items.data(), count, arenaSize))
    return outOfMemory(host, status);
  size_t next = 0;
  for (uint32_t i = 0; i < buffers.size(); ++i)
    if (buffers.Get(i)->kind() == BufferKind::Arena)
      offsets[i] = items[next++].offset;
  return SWAGE_OK;
}

const Buffer *Plan::buffer(Role role) const {
  for (const Buffer *buffer : *schedule->buffers())
    if (buffer->role() == role)
      return buffer;
  return nullptr;
}

uint64_t Plan::roleBytes(Role role) const {
  for (uint32_t i = 0; i < sizes.size(); ++i)
    if (schedule->buffers()->Get(i) == buffer(role))
      return sizes[i];
  return 0;
}

bool Plan::accepts(uint32_t rows) const {
  return rows >= schedule->min_rows() && rows <= schedule->max_rows();
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

uint8_t *Plan::base(const swage_module_t &module, const SessionMemory &memory,
                    uint32_t index) const {
  const Buffer &buffer = *schedule->buffers()->Get(index);
  switch (buffer.kind()) {
  case BufferKind::Weight:
    // Kernels do not write bindings of weights; the pages are read-only.
    return const_cast<uint8_t *>(module.artifact.weightData(
        *module.program->weights()->Get(buffer.weight())));
  case BufferKind::Arena:
    return memory.arena + offsets[index];
  case BufferKind::State:
    return memory.state[offsets[index]];
  case BufferKind::Argument:
  case BufferKind::Result:
    break;
  }
  return memory.roles[size_t(buffer.role())];
}

size_t Plan::countLogitsBindings() const {
  const auto &commands = *schedule->commands();
  size_t count = 0;
  for (uint32_t i = 0; i < commands.size(); ++i)
    if (schedule->commands_type()->Get(i) == Command::Dispatch)
      for (const Binding *b : *commands.GetAs<Dispatch>(i)->bindings())
        count += schedule->buffers()->Get(b->buffer())->role() == Role::Logits;
  return count;
}

Code Plan::bind(const swage_module_t &module, const SessionMemory &memory,
                swage_status_t *status) {
  const auto &commands = *schedule->commands();
  const auto &types = *schedule->commands_type();
  const auto &buffers = *schedule->buffers();
  size_t nextLogits = 0;
  for (uint32_t i = 0; i < types.size(); ++i) {
    if (types.Get(i) == Command::Barrier)
      continue;
    const Dispatch &dispatch = *commands.GetAs<Dispatch>(i);
    Step &step = allSteps[i];
    step.kernel = module.executable->kernel(dispatch.kernel());
    for (uint32_t j = 0; j < dispatch.bindings()->size(); ++j) {
      const Binding &binding = *dispatch.bindings()->Get(j);
      const Buffer &buffer = *buffers.Get(binding.buffer());
      if (buffer.kind() == BufferKind::Arena &&
          binding.offset() > sizes[binding.buffer()])
        return fail(status, SWAGE_DATA_LOSS,
                    "command %u, binding %u: have offset %llu, require at most "
                    "%llu, the size of '%.60s'",
                    i, j, ull(binding.offset()), ull(sizes[binding.buffer()]),
                    nameOf(buffer));
      step.bindings[j] =
          base(module, memory, binding.buffer()) + binding.offset();
      if (buffer.role() == Role::Logits)
        logitsBindings[nextLogits++] = {i, j, binding.offset()};
    }
  }
  return SWAGE_OK;
}

Code Plan::evaluateSteps(const Symbols &symbols, swage_status_t *status) {
  for (uint32_t i = 0; i < allSteps.size(); ++i) {
    Step &step = allSteps[i];
    if (!step.kernel)
      continue;
    const Dispatch &dispatch = *schedule->commands()->GetAs<Dispatch>(i);
    if (Code code =
            evaluateSize(*dispatch.grid(), symbols, "grid", step.grid, status))
      return code;
    uint32_t scalars = dispatch.scalars() ? dispatch.scalars()->size() : 0;
    for (uint32_t j = 0; j < scalars; ++j)
      if (!evaluate(*dispatch.scalars()->Get(j), symbols, step.scalars[j]))
        return fail(status, SWAGE_INVALID_ARGUMENT,
                    "command %u: scalar %u overflows for %lld rows", i, j,
                    (long long)symbols[Symbol::Rows]);
  }
  return SWAGE_OK;
}

/// A size that shrinks while a symbol grows is not planned for, so what a call
/// needs is compared with what the session has. The room for logits is found
/// for every row count, see SessionMemory.cpp.
Code Plan::prepare(const Symbols &symbols, uint8_t *logits,
                   swage_status_t *status) {
  for (const LogitsBinding &b : logitsBindings)
    allSteps[b.step].bindings[b.binding] = logits + b.offset;
  if (isEvaluated && symbols == evaluated)
    return SWAGE_OK;
  isEvaluated = false;
  const auto &buffers = *schedule->buffers();
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    const Buffer &buffer = *buffers.Get(i);
    if (buffer.kind() == BufferKind::Weight ||
        buffer.kind() == BufferKind::State || buffer.role() == Role::Logits)
      continue;
    uint64_t size = 0;
    if (Code code =
            evaluateSize(*buffer.size(), symbols, nameOf(buffer), size, status))
      return code;
    if (size > sizes[i])
      return fail(status, SWAGE_INTERNAL,
                  "have %llu bytes for '%.60s', require %llu for %lld rows",
                  ull(sizes[i]), nameOf(buffer), ull(size),
                  (long long)symbols[Symbol::Rows]);
  }
  if (Code code = evaluateSteps(symbols, status))
    return code;
  evaluated = symbols;
  isEvaluated = true;
  return SWAGE_OK;
}

} // namespace swage::runtime
