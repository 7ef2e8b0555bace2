//===- InspectProgram.h - A program of an artifact as JSON ------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_INSPECTPROGRAM_H
#define SWAGE_COMPILER_TOOLS_SWAGE_INSPECTPROGRAM_H

#include "runtime/schema/artifact_generated.h"
#include "llvm/Support/JSON.h"

namespace swage::cli {

/// The weights of a program: names, shapes, encodings, layouts, places.
llvm::json::Array weightsToJson(const schema::Program &program);

/// Device, executables, kernels and entry points with all their commands.
llvm::json::Object programToJson(const schema::Program &program,
                                 const schema::Artifact &artifact);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_INSPECTPROGRAM_H
