//===- Gguf.h - Models in GGUF files -------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A GGUF file says the same as a Hugging Face folder in other words. So its
// metadata becomes the config.json that the folder would have, and its tensors
// get the names, shapes and rows of the folder's; what reads a folder does the
// rest. docs/gguf.md has the tables.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_GGUF_GGUF_H
#define SWAGE_COMPILER_IMPORT_GGUF_GGUF_H

#include "compiler/import/Import.h"
#include "compiler/import/Problems.h"
#include "compiler/import/gguf/GgufFile.h"

namespace swage::import {

/// Imports the model in the GGUF file at `path`.
llvm::Expected<ImportedModel> importGguf(mlir::MLIRContext &context,
                                         llvm::StringRef path);

/// The config.json of the model, in the keys of transformers 5; null if the
/// architecture is not known.
nlohmann::json readGgufConfig(const GgufFile &file, Problems &problems);

/// The tensors of the model under the names of Hugging Face, stored as there.
std::unique_ptr<weights::TensorSource>
openGgufTensors(std::unique_ptr<GgufFile> file, Problems &problems);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUF_H
