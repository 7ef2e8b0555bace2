//===- CompressedConfig.h - How compressed-tensors names schemes ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PACKED_COMPRESSEDCONFIG_H
#define SWAGE_COMPILER_IMPORT_PACKED_COMPRESSEDCONFIG_H

#include "compiler/import/huggingface/ConfigReader.h"

namespace swage::import {

/// What the columns of a row share.
enum class ScaleStrategy { Tensor, Channel, Group, Block };

/// The weights of a group of modules.
struct CompressedScheme {
  std::string name;                 ///< in the config
  std::vector<std::string> targets; ///< modules, classes, or "re:" expressions
  std::string format;
  bool isFloat = false; ///< 8-bit floats, not integers
  int64_t bits = 8;
  ScaleStrategy strategy = ScaleStrategy::Channel;
  int64_t groupSize = 0;                   ///< of `Group`
  int64_t blockRows = 0, blockColumns = 0; ///< of `Block`
  bool symmetric = true;
  bool ordered = false; ///< `weight_g_idx` says the groups of columns
  /// Whether rows are quantized to 8 bits as they come, each with one scale.
  bool quantizesRows = false;
};

struct CompressedConfig {
  std::vector<CompressedScheme> schemes;
  std::string sparsity; ///< the format of sparse weights, "dense" if none

  /// The scheme of a module: the only one, the first that names it, or that of
  /// all linears.
  const CompressedScheme *findScheme(llvm::StringRef module) const;
};

/// Reads all that the config says, and reports what is not supported.
CompressedConfig readCompressedConfig(ConfigReader &config);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PACKED_COMPRESSEDCONFIG_H
