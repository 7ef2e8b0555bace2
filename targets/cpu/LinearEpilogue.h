//===- LinearEpilogue.h - From sums to stored results -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a linear kernel does with the sums of a block of row tiles times rows,
// whichever way they were computed.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_LINEAREPILOGUE_H
#define SWAGE_TARGETS_CPU_LINEAREPILOGUE_H

#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/LinearTiles.h"

namespace swage::cpu {

class LinearEpilogue {
public:
  using Value = mlir::Value;

  /// `bias`: none where the spec has none.
  LinearEpilogue(KernelBuilder &k, const LinearSpec &spec, Value bias,
                 Value out)
      : k(k), spec(spec), bias(bias), out(out),
        outStride(paddedRowLength(linearColumns(spec), spec.output)) {}

  /// Stores the results of `sums` [tile][row] of the block at `tile` and `row`;
  /// only rows below `end` where there is one, the first row in any case.
  void store(mlir::ArrayRef<Value> sums, Value tile, Block block, Value row,
             Value end = {});

private:
  /// Where a tile's results go: its first column and how many there are.
  struct Destination {
    Value column;
    Value mask; ///< none where every tile is whole
  };

  llvm::SmallVector<llvm::SmallVector<Value>> finish(mlir::ArrayRef<Value> sums,
                                                     Value tile, Block block);
  Value transform(Value sum);
  Value biasOf(Value tile, int64_t t);
  Destination destination(Value tile, int64_t t);
  void storeVector(Value sum, Value at, Value mask);

  KernelBuilder &k;
  const LinearSpec &spec;
  Value bias, out;
  int64_t outStride;
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_LINEAREPILOGUE_H
