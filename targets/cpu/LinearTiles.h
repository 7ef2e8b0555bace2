//===- LinearTiles.h - Sums over packed weight tiles ------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The inner loop that all matrix products share: a block of `tiles x rows`
// accumulators in registers over all of k. One accumulator for each output
// element, k ascending, whatever the block: a row's sums are the same bits in
// every block and every kernel.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_LINEARTILES_H
#define SWAGE_TARGETS_CPU_LINEARTILES_H

#include "targets/cpu/Capabilities.h"
#include "targets/cpu/KernelBuilder.h"
#include <memory>

namespace swage::cpu {

/// A block of accumulators.
struct Block {
  int64_t tiles, rows;
};

/// What is multiplied.
struct LinearOperands {
  int64_t k;
  WeightFormat weight;
  Element activation;
  /// Weights are read once, front to back.
  bool streams;
};

/// Where the rows of a block start in x, in elements: `stride` apart from
/// `base` on, or, where there are any, at `each`.
struct RowPlaces {
  mlir::Value base;
  int64_t stride = 0;
  llvm::SmallVector<mlir::Value> each;
};

/// How the weights of a format are multiplied.
class TileSums {
public:
  using Value = mlir::Value;

  virtual ~TileSums() = default;

  /// Accumulators [tile][row] over all of k, in one flat list: the row tiles
  /// from number `tile` on times the rows of x.
  virtual llvm::SmallVector<Value> accumulate(Value tile, Block block,
                                              const RowPlaces &rows) = 0;

  /// Whether a loaded vector of weights becomes two factors.
  virtual bool splitsPairs() const { return false; }

  static std::unique_ptr<TileSums> make(KernelBuilder &k,
                                        const LinearOperands &spec,
                                        const Capabilities &target, Value x,
                                        Value weights);
};

/// Weights that are stored as floats.
class LinearTiles : public TileSums {
public:
  LinearTiles(KernelBuilder &k, const LinearOperands &spec,
              const Capabilities &target, Value x, Value weights);

  llvm::SmallVector<Value> accumulate(Value tile, Block block,
                                      const RowPlaces &rows) override;
  bool splitsPairs() const override { return interleave == 2 && !dot; }

private:
  using Operands = llvm::SmallVector<Value, 2>;

  void emitStep(llvm::SmallVector<Value> &sums, Block block, Value weightBase,
                const RowPlaces &rows, Value step, bool single);
  Value multiplyAdd(Value weight, Value value, Value sum);
  int64_t weightLaneBytes() const;
  Operands weightOperands(Value at);
  Operands xOperands(Value at, bool single);
  Value loadPair(Value at);
  Value loadSingle(Value at);
  Value asBf16(Value lanes);

  KernelBuilder &k;
  LinearOperands spec;
  const Capabilities &target;
  Value x, weights;
  int64_t interleave; ///< k values of one row side by side in a weight vector
  bool dot;           ///< by bf16 dot products; else widened multiply-adds
  int64_t steps;      ///< weight vectors of one tile
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_LINEARTILES_H
