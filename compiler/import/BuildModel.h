//===- BuildModel.h - A configured model as IR ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_BUILDMODEL_H
#define SWAGE_COMPILER_IMPORT_BUILDMODEL_H

#include "compiler/import/Import.h"
#include "compiler/import/huggingface/HuggingFace.h"

namespace swage::import {

/// Builds the IR of a model of that configuration. Its weights are the tensors
/// of `source` or, with a seed and no source, random ones. `path` is what the
/// model is called in messages and in the IR. Fails with the problems that are
/// there already and those that are found, if there are any.
llvm::Expected<ImportedModel>
buildModel(mlir::MLIRContext &context, const ModelConfig &config,
           std::unique_ptr<weights::TensorSource> source, llvm::StringRef path,
           const ImportOptions &options, Problems &problems);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_BUILDMODEL_H
