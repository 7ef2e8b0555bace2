//===- Import.h - Models as users have them, as IR -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_IMPORT_H
#define SWAGE_COMPILER_IMPORT_IMPORT_H

#include "compiler/weights/TensorSource.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swage::import {

struct ImportOptions {
  /// With a seed, weights are made and only the config is read.
  std::optional<uint64_t> randomSeed;
};

struct ImportedModel {
  /// Operations of the transformer dialect; weights are symbols.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The weights that the symbols name.
  std::unique_ptr<weights::TensorSource> source;
  /// The table of its tokenizer, where that was read; empty if it has none.
  std::vector<uint8_t> tokenizer;
  /// What is odd but no error.
  std::vector<std::string> warnings;
};

/// Imports the Hugging Face model in the folder `path`, the one in the GGUF
/// file `path`, or, with random weights, the one that the file `path`
/// configures. A failure lists every problem that was found, a line each.
llvm::Expected<ImportedModel> importModel(mlir::MLIRContext &context,
                                          llvm::StringRef path,
                                          const ImportOptions &options = {});

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_IMPORT_H
