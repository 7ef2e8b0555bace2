//===- CheckOptions.h - What a compilation may be asked for -----*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_CHECKOPTIONS_H
#define SWAGE_COMPILER_PIPELINE_CHECKOPTIONS_H

#include "compiler/pipeline/Compile.h"
#include "targets/cpu/Capabilities.h"

namespace swage {

/// The targets, each once, best first: the loader takes the first that it can
/// run.
llvm::Expected<std::vector<cpu::Capabilities>>
resolveTargets(const std::vector<std::string> &targets);

/// What weights are multiplied with: what the call asks for or, with `auto`,
/// its recipe. An error if the two contradict or there is no such recipe.
llvm::Expected<std::string> resolveActivations(const CompileOptions &options);

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_CHECKOPTIONS_H
