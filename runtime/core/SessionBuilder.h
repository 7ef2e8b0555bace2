//===- SessionBuilder.h - The steps of swage_session_create ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_SESSIONBUILDER_H
#define SWAGE_RUNTIME_CORE_SESSIONBUILDER_H

#include "runtime/core/Session.h"

namespace swage::runtime {

/// Fills in a session: what to run (SessionBuilder.cpp), then the memory for it
/// (SessionMemory.cpp). All of it is measured before any of it is taken.
class SessionBuilder {
public:
  SessionBuilder(swage_session_t &session, const swage_session_options_t &given,
                 swage_status_t *status)
      : s(session), given(given), status(status) {}

  Code build();

private:
  // What to run.
  Code chooseEntryPoint();
  Code chooseSizes();
  Code chooseCache();
  Code makePlans();
  Code checkCoverage();
  Code listResults() { return runtime::listResults(s, status); }
  bool isChosen(const schema::Variant &variant) const;
  Symbols maxima(const schema::Variant &variant) const;

  // Memory.
  Code measureState();
  Code measureTransients();
  Code measureResults();
  Code measureLogits(uint64_t &most);
  uint64_t measureResult(const Result &result) const;
  uint64_t takenBytes() const;
  template <typename Visit> bool visitArrays(Visit visit);
  Code checkLimits();
  Code reserve();
  void placeState();
  void placeTransients();
  void placeSequences();
  Code outOfMemory() { return s.host().outOfMemory("a session", status); }

  swage_session_t &s;
  const swage_session_options_t &given;
  swage_status_t *status;
  const schema::EntryPoint *entry = nullptr;

  // Bytes, of arguments and results each rounded up.
  uint64_t stateBytes = 0, arenaBytes = 0, argumentTotal = 0, resultTotal = 0;
  uint64_t argumentBytes[SessionMemory::kRoles] = {};
  uint64_t resultBytes[Result::kMax] = {};
};

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_SESSIONBUILDER_H
