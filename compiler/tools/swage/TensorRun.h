//===- TensorRun.h - Inputs and outputs as files of tensors -----*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_TENSORRUN_H
#define SWAGE_COMPILER_TOOLS_SWAGE_TENSORRUN_H

#include "compiler/tools/swage/Generate.h"

namespace swage::cli {

/// The arguments of an entry point, row-major [batch][length].
struct TensorInputs {
  size_t batch = 1, length = 0;
  /// Whether results have the dimension of the batch.
  bool batched = false;
  std::vector<int32_t> tokens;
  std::vector<int32_t> mask, positions, types; ///< empty if not given

  static TensorInputs fromTokens(std::vector<int32_t> tokens);
};

/// Reads `input_ids`, `attention_mask`, `position_ids` and, where the model has
/// them, `token_type_ids`, and checks them.
TensorInputs readTensorInputs(const Model &model, const std::string &path);

/// Computes every result of the entry point, of `forward` the logits of every
/// position, and writes them by name.
void writeResults(const Model &model, const GenerateOptions &options,
                  const TensorInputs &inputs, const std::string &path);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_TENSORRUN_H
