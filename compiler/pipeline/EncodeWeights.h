//===- EncodeWeights.h - Weights as the IR encodes them -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_ENCODEWEIGHTS_H
#define SWAGE_COMPILER_PIPELINE_ENCODEWEIGHTS_H

#include "compiler/compress/QuantizedSource.h"
#include "mlir/IR/BuiltinOps.h"

namespace swage {

/// The weights of `module` as its types say: those that the source stores as
/// floats and a recipe gave an encoding are rounded to it as they are read. An
/// error names a weight whose encoding floats cannot become.
llvm::Expected<std::unique_ptr<compress::QuantizedSource>>
encodeWeights(mlir::ModuleOp module,
              std::unique_ptr<weights::TensorSource> source, bool measure);

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_ENCODEWEIGHTS_H
