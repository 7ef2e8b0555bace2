//===- MatrixTiles.h - Sums in tile registers -------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The inner loop of matrix products on AMX. A tile register holds 16 rows of 64
// bytes, and one instruction multiplies 16 rows of x by 32 k of a weight tile,
// whose 16 x 2 vectors are already what it takes:
//
//        weights   k 0, 1    | row 0 | row 1 | ... | row 15 |   64 bytes
//                  k 2, 3    |  ...
//   x              ...                                          16 vectors
//   row 0  | k 0 .. 31 |     | sums of row 0                |
//   ...    |           |     | ...                          |
//   row 15 |           |     |                              |
//
// An output element is one accumulator: the instruction adds its 32 products
// to each other and the result to the accumulator, k ascending, whatever the
// number of rows. So the variants compute the same bits here too.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_MATRIXTILES_H
#define SWAGE_TARGETS_CPU_MATRIXTILES_H

#include "targets/cpu/LinearTiles.h"

namespace swage::cpu {

/// Rows of x in a tile register.
inline constexpr int64_t kMatrixRows = 16;
/// k in one.
inline constexpr int64_t kMatrixDepth = 32;
/// Tile registers.
inline constexpr int64_t kMatrixRegisters = 8;
/// The i32 of so many k of a weight tile: 16 vectors.
inline constexpr int64_t kMatrixStep = kMatrixDepth / 2 * kVector;

class MatrixTiles {
public:
  using Value = mlir::Value;

  /// Whether tile registers compute this product. It depends on nothing in
  /// which row-count variants differ.
  static bool compute(const LinearOperands &spec, const Capabilities &target);

  /// `sumsSize`: f32 elements of scratch for sums, see `multiply`.
  MatrixTiles(KernelBuilder &k, const LinearOperands &spec, Value x,
              Value weights, int64_t sumsSize);

  /// Part of k, in units of `kMatrixDepth`.
  struct Depth {
    Value first, end;
    bool resume; ///< the sums of k below `first` are in scratch
  };
  /// Weights to fetch meanwhile: with every 32 k, for each tile of the block,
  /// the next `vectors` from `at` on, tiles as far apart as they are.
  struct Ahead {
    Value at;
    int64_t vectors;
  };

  /// Leaves the sums of a block of 1, 16 or 32 rows in scratch, from `sumsAt`
  /// on: [tile][row][16]. The rows stand `stride` elements apart in x, `at` the
  /// first. At most eight tile registers hold the sums and their factors.
  void multiply(Value tile, Block block, Value at, int64_t stride,
                const Depth &depth, const Ahead &ahead, Value sumsAt);
  /// The 16 sums of row `row` and tile number `tile` of such a block.
  Value sums(int64_t tile, Value row, Block block, Value sumsAt);

  /// Where the weights of `tile` start.
  Value weightsOf(Value tile) { return k.mul(tile, tileLength); }

private:
  KernelBuilder &k;
  Value x, weights, scratch;
  int64_t tileLength; ///< i32 elements of a tile
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_MATRIXTILES_H
