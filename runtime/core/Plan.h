//===- Plan.h - One variant of an entry point, ready to run in a session --===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_PLAN_H
#define SWAGE_RUNTIME_CORE_PLAN_H

#include "runtime/core/Driver.h"
#include "runtime/core/Expression.h"

struct swage_module_t;

namespace swage::runtime {

/// Where a session keeps what schedules refer to.
struct SessionMemory {
  static constexpr size_t kRoles = size_t(schema::Role::MAX) + 1;

  uint8_t *arena = nullptr;
  /// In the order of a variant's state buffers.
  uint8_t *const *state = nullptr;
  /// Of arguments and results, by schema::Role.
  uint8_t *roles[kRoles] = {};
};

/// A variant with its arena planned for a session's maxima. Addresses are fixed
/// when the session is created; grids and scalars are evaluated when the
/// symbols of a call differ from those of the call before.
class Plan {
public:
  /// Evaluates all sizes at `maxima`, lays out the arena, and takes all memory
  /// that the plan needs.
  Code measure(const Host &host, const schema::Variant &variant,
               const Symbols &maxima, swage_status_t *status);

  /// Fills in everything that stays the same from call to call.
  Code bind(const swage_module_t &module, const SessionMemory &memory,
            swage_status_t *status);

  /// Makes the steps ready for a call whose logits start at `logits`.
  Code prepare(const Symbols &symbols, uint8_t *logits, swage_status_t *status);

  const schema::Variant &variant() const { return *schedule; }
  const Array<Step> &steps() const { return allSteps; }
  uint64_t arenaBytes() const { return arenaSize; }
  /// Bytes that the plan itself has taken.
  uint64_t ownBytes() const {
    return sizes.bytes() + offsets.bytes() + allSteps.bytes() +
           logitsBindings.bytes();
  }
  /// The buffer with that role, or null.
  const schema::Buffer *buffer(schema::Role role) const;
  /// The size of that buffer at the maxima, or 0.
  uint64_t roleBytes(schema::Role role) const;
  bool accepts(uint32_t rows) const;

private:
  Code planTransients(const Host &host, swage_status_t *status);
  size_t countLogitsBindings() const;
  uint8_t *base(const swage_module_t &module, const SessionMemory &memory,
                uint32_t buffer) const;
  Code evaluateSteps(const Symbols &symbols, swage_status_t *status);

  /// A binding that moves from call to call, with the logits.
  struct LogitsBinding {
    uint32_t step, binding;
    uint64_t offset;
  };

  const schema::Variant *schedule = nullptr;
  Array<uint64_t> sizes;   ///< of each buffer at the maxima
  Array<uint64_t> offsets; ///< in the arena; for others, the n-th of its kind
  uint64_t arenaSize = 0;
  Array<Step> allSteps;
  Array<LogitsBinding> logitsBindings;
  Symbols evaluated;
  bool isEvaluated = false;
};

/// Evaluates a size; fails when it is negative or absurdly large.
Code evaluateSize(const schema::Expression &expression, const Symbols &symbols,
                  const char *what, uint64_t &result, swage_status_t *status);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_PLAN_H
