//===- Architecture.h - The model architectures that can be imported -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_ARCHITECTURES_ARCHITECTURE_H
#define SWAGE_COMPILER_IMPORT_ARCHITECTURES_ARCHITECTURE_H

#include "compiler/import/ModelBuilder.h"
#include "compiler/import/huggingface/DecoderConfig.h"

namespace swage::import {

/// What is particular about a family of models. To add one, write a file like
/// Qwen3.cpp and name it in the list in CMakeLists.txt; see
/// docs/adding-an-architecture.md.
struct Architecture {
  /// `model_type` of its config.
  llvm::StringLiteral modelType;
  /// The class in `architectures` of its config.
  llvm::StringLiteral className;
  /// Reads its config.
  DecoderConfig (*readConfig)(ConfigReader &reader);
  /// Builds the body of `forward` and returns the logits. Encoders build that
  /// of `encode`, name its results by `addResult` and return null.
  mlir::Value (*buildForward)(ModelBuilder &builder);
  /// Further classes that are read.
  llvm::ArrayRef<llvm::StringLiteral> otherClasses = {};
};

/// All of them.
llvm::ArrayRef<const Architecture *> getArchitectures();

#define SWAGE_ARCHITECTURE(NAME) extern const Architecture k##NAME;
#include "compiler/import/Architectures.inc"
#undef SWAGE_ARCHITECTURE

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_ARCHITECTURES_ARCHITECTURE_H
