//===- ProgramChecker.h - Every index of a schedule leads somewhere -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_PROGRAMCHECKER_H
#define SWAGE_RUNTIME_CORE_PROGRAMCHECKER_H

#include "runtime/core/Artifact.h"
#include <cstdio>

namespace swage::runtime {

/// Walks one program and remembers where it is, for messages. Buffers are in
/// BufferChecks.cpp, the rest in ProgramChecks.cpp.
class ProgramChecker {
public:
  ProgramChecker(const schema::Artifact &table, const schema::Program &program,
                 size_t index, swage_status_t *status)
      : table(table), program(program), status(status) {
    snprintf(where, sizeof(where), "program %zu", index);
  }

  Code check();

private:
  Code checkLengths();
  Code checkWeight(uint32_t index);
  Code checkExecutable(uint32_t index);
  Code checkEntryPoint(const schema::EntryPoint &entry);
  Code checkVariant(const schema::EntryPoint &entry, uint32_t index);
  Code checkState(const schema::EntryPoint &entry, uint32_t index);
  Code checkBuffer(const schema::Variant &variant, uint32_t index);
  Code checkRole(const schema::Variant &variant, uint32_t index);
  Code checkRows(const schema::Buffer &buffer, uint32_t index);
  Code checkDispatch(const schema::Variant &variant, uint32_t index);
  Code checkBinding(const schema::Variant &variant, uint32_t command,
                    uint32_t index, const schema::Binding &binding);
  Code checkSize(const schema::Expression *expression, const char *kind,
                 uint32_t index, const char *what, bool required);

  [[gnu::format(printf, 2, 3)]] Code damaged(const char *format, ...);

  const schema::Artifact &table;
  const schema::Program &program;
  swage_status_t *status;
  char where[96];
};

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_PROGRAMCHECKER_H
