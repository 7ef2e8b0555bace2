//===- SparseWeight.h - Matrices without their zeros ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PACKED_SPARSEWEIGHT_H
#define SWAGE_COMPILER_IMPORT_PACKED_SPARSEWEIGHT_H

#include "compiler/import/packed/PackedTensors.h"

namespace swage::import {

/// Adds a matrix of floats that is stored as `compressed` [out, in / 2], what
/// is kept of each row, `bitmask` [out, in / 8], a bit for each column that is
/// kept, low ones first, and `shape` [2]. Two of four neighbours are kept.
void addSparseWeight(PackedTensors &tensors, const std::string &module);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PACKED_SPARSEWEIGHT_H
