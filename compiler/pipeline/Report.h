//===- Report.h - What became of each weight --------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_REPORT_H
#define SWAGE_COMPILER_PIPELINE_REPORT_H

#include "compiler/compress/QuantizedSource.h"
#include "compiler/pipeline/Compile.h"
#include "mlir/IR/BuiltinOps.h"

namespace swage {

/// Writes `options.report`: for each weight of `module` its shape, encoding,
/// bytes in the model and in the artifact (padding aside), and how far its
/// codes are from its values, and the sums. NAME.json is one JSON object,
/// NAME.md a model card with front matter; without such an ending both are
/// written. `source` has measured what it encoded.
llvm::Error writeReport(mlir::ModuleOp module,
                        const compress::QuantizedSource &source,
                        const CompileOptions &options,
                        llvm::StringRef activations);

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_REPORT_H
