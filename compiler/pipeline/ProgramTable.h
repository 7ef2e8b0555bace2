//===- ProgramTable.h - A program as the artifact's table -------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_PROGRAMTABLE_H
#define SWAGE_COMPILER_PIPELINE_PROGRAMTABLE_H

#include "compiler/artifact/Artifact.h"
#include "dialects/schedule/Schedule.h"

namespace swage {

/// The schedule of `program`: kernels, entry points, variants, buffers and
/// commands. Weights and executables are left to the caller; buffers refer to
/// weights by their order in the program.
llvm::Expected<artifact::Program>
buildProgramTable(schedule::ProgramOp program);

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_PROGRAMTABLE_H
