//===- SessionCalls.h - Sessions and sequences as Python sees them --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PYTHON_SESSIONCALLS_H
#define SWAGE_PYTHON_SESSIONCALLS_H

#include "Bindings.h"
#include <utility>

namespace swage::python {

using Matrix = nb::ndarray<nb::numpy, const float, nb::ndim<2>>;
using Results = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

/// A session and what makes it safe to share between threads: they take turns.
struct LockedSession {
  Session session;
  std::mutex mutex;
};

/// A sequence of a session, destroyed with this object.
struct OwnedSequence {
  std::shared_ptr<LockedSession> owner;
  swage_sequence_t id = -1;

  OwnedSequence(std::shared_ptr<LockedSession> owner, swage_sequence_t id)
      : owner(std::move(owner)), id(id) {}
  OwnedSequence(OwnedSequence &&other) noexcept
      : owner(std::move(other.owner)), id(std::exchange(other.id, -1)) {}
  ~OwnedSequence() { close(); }

  void close() {
    if (id < 0)
      return;
    std::lock_guard<std::mutex> lock(owner->mutex);
    swage_sequence_destroy(owner->session.get(), id, nullptr);
    id = -1;
  }

  void checkOpen() const {
    if (id < 0)
      throw nb::value_error("the sequence is closed");
  }
};

struct ResultInfo {
  std::string name;
  uint32_t columns;
  bool perSequence;
};

std::shared_ptr<LockedSession>
createSession(const Module &module,
              const std::optional<std::string> &entryPoint,
              const std::optional<std::string> &kvCache, uint32_t context,
              uint32_t maxSequences, uint32_t maxRows, uint32_t maxLogitRows);
std::vector<ResultInfo> results(const LockedSession &self);
OwnedSequence createSequence(const std::shared_ptr<LockedSession> &self,
                             std::optional<uint32_t> length);
Matrix forward(const std::shared_ptr<LockedSession> &self, nb::iterable batch,
               nb::object logitRows, nb::object positions,
               nb::object tokenTypes);
nb::typed<nb::dict, std::string, Results>
encode(const std::shared_ptr<LockedSession> &self, nb::iterable texts,
       std::optional<std::vector<std::string>> names, nb::object tokenTypes);
void setDeadline(LockedSession &self, std::optional<double> seconds);
nb::bytes save(const std::shared_ptr<LockedSession> &self,
               nb::iterable sequences);
std::vector<OwnedSequence> load(const std::shared_ptr<LockedSession> &self,
                                nb::bytes saved);
Matrix append(OwnedSequence &self, nb::object tokens);
OwnedSequence fork(const OwnedSequence &self);
void truncate(OwnedSequence &self, uint32_t length);
uint32_t length(const OwnedSequence &self);

} // namespace swage::python

#endif // SWAGE_PYTHON_SESSIONCALLS_H
