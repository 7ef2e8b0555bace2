//===- PackedFormats.h - Formats of packed checkpoints --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PACKED_PACKEDFORMATS_H
#define SWAGE_COMPILER_IMPORT_PACKED_PACKEDFORMATS_H

#include "compiler/import/huggingface/ConfigReader.h"
#include "compiler/import/packed/PackedTensors.h"

namespace swage::import {

/// Reads `quantization_config`, an object of the file `file`, and gives the
/// weights that it says are packed in place of the tensors that they are stored
/// in. Null if there were errors.
std::unique_ptr<PackedSource>
openPackedTensors(mlir::MLIRContext &context, llvm::StringRef file,
                  const nlohmann::json &quantization,
                  std::unique_ptr<SafeTensorsSource> source,
                  Problems &problems);

// Each reads the keys of its format, all that it knows, and adds the weights.

void addGptqWeights(ConfigReader &config, PackedTensors &tensors);
void addAwqWeights(ConfigReader &config, PackedTensors &tensors);
void addBitNetWeights(ConfigReader &config, PackedTensors &tensors);
void addBitsAndBytesWeights(ConfigReader &config, PackedTensors &tensors);
void addFp8Weights(ConfigReader &config, PackedTensors &tensors);
void addCompressedTensors(ConfigReader &config, PackedTensors &tensors);

/// Reports modules that are packed although the list `key` leaves them out.
void checkLeftOut(ConfigReader &config, llvm::StringRef key,
                  llvm::ArrayRef<std::string> modules);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PACKED_PACKEDFORMATS_H
