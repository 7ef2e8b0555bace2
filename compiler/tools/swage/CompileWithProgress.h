//===- CompileWithProgress.h - The compiler, and what users see of it -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_COMPILEWITHPROGRESS_H
#define SWAGE_COMPILER_TOOLS_SWAGE_COMPILEWITHPROGRESS_H

#include "compiler/pipeline/Compile.h"

namespace swage::cli {

/// Compiles, with progress and warnings on stderr; throws its failure.
CompileResult compileWithProgress(const CompileOptions &options);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_COMPILEWITHPROGRESS_H
