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
/// Llama.cpp and name it in Architectures.cpp; see
/// docs/adding-an-architecture.md.
struct Architecture {
  /// `model_type` of its config.
  llvm::StringLiteral modelType;
  /// The class in `architectures` of its config.
  llvm::StringLiteral className;
  /// Reads the keys that not all decoders have.
  void (*readConfig)(ConfigReader &reader, DecoderConfig &config);
  /// Builds the body of `forward` and returns the logits.
  mlir::Value (*buildForward)(ModelBuilder &builder);
};

/// All of them.
llvm::ArrayRef<const Architecture *> getArchitectures();

extern const Architecture kLlama;

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_ARCHITECTURES_ARCHITECTURE_H
