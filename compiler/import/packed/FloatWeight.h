//===- FloatWeight.h - Matrices of 8-bit floats ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PACKED_FLOATWEIGHT_H
#define SWAGE_COMPILER_IMPORT_PACKED_FLOATWEIGHT_H

#include "compiler/import/packed/PackedTensors.h"

namespace swage::import {

/// What shares a scale: a whole tensor, or so many rows and columns, where 0
/// stands for all columns.
struct FloatScales {
  bool wholeTensor = false;
  int64_t rows = 1, columns = 0;

  static FloatScales tensor() { return {true}; }
  static FloatScales channels() { return {}; }
  static FloatScales blocks(int64_t rows, int64_t columns) {
    return {false, rows, columns};
  }
};

/// Adds the matrix `weight` of F8_E4M3 or F8_E5M2, times the scales in the
/// tensor MODULE.SCALE.
void addFloatWeight(PackedTensors &tensors, const std::string &module,
                    llvm::StringRef scale, const FloatScales &scales);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PACKED_FLOATWEIGHT_H
