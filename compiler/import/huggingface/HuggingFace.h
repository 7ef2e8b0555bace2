//===- HuggingFace.h - Models in Hugging Face folders --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_HUGGINGFACE_HUGGINGFACE_H
#define SWAGE_COMPILER_IMPORT_HUGGINGFACE_HUGGINGFACE_H

#include "compiler/import/Import.h"
#include "compiler/import/huggingface/DecoderConfig.h"

namespace swage::import {

struct Architecture;

/// A model's configuration, of use only if there were no problems.
struct ModelConfig {
  /// Null if it is not known.
  const Architecture *architecture = nullptr;
  DecoderConfig decoder;
  /// Whether it says enough to look for the model's tensors, problems or not.
  bool hasShapes = false;
  /// `quantization_config`, null if there is none.
  nlohmann::json quantization;
};

/// Reads the contents of a config.json and, if there is one, of the
/// generation_config.json beside it, whose end-of-text tokens go first.
ModelConfig readModelConfig(llvm::StringRef file, const nlohmann::json &root,
                            Problems &problems);
void readGenerationConfig(llvm::StringRef file, const nlohmann::json &root,
                          DecoderConfig &config, Problems &problems);

/// Imports the model that the file `config` describes, with the weights in
/// `folder` or, with a seed, random ones. `folder` is empty for a bare config.
llvm::Expected<ImportedModel> importHuggingFace(mlir::MLIRContext &context,
                                                llvm::StringRef folder,
                                                llvm::StringRef config,
                                                const ImportOptions &options);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_HUGGINGFACE_HUGGINGFACE_H
