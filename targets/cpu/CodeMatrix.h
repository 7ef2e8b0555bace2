//===- CodeMatrix.h - Codes times codes in tile registers -------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// AMX multiplies 16 rows of x by a step of a weight tile at once, exactly; the
// units of a panel are already what it takes. The 16 x 16 products go through
// scratch to vector registers, where they get their factors. One works while
// the other does: with the products of a chunk come the factors of the chunk
// before it.
//
//   tile registers     products of chunk c      -> scratch, half c % 2
//   vector registers   sums += factors * products of chunk c - 1
//
// Tile registers are not renamed, and each is busy for long: a product's
// factors are loaded before the product before it, so that they take turns in
// two registers each, and results, in four, are stored three products later.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_CODEMATRIX_H
#define SWAGE_TARGETS_CPU_CODEMATRIX_H

#include "targets/cpu/CodeDots.h"
#include "targets/cpu/CodePanel.h"

namespace swage::cpu {

class CodeMatrix {
public:
  using Value = mlir::Value;

  /// `sums`: f32 scratch [row][2 tiles][16].
  CodeMatrix(KernelBuilder &k, const compression::GroupLayout &layout,
             CodeDots &dots, CodePanel &panel, Value x, int64_t xStride,
             Value sums);

  /// What a panel has of a unit's codes: signed bytes where they fit.
  Value weights(Value codes);

  /// Adds to the sums of 16 rows, from `sumsAt` on, their products with the
  /// first `chunks` chunks of the panel's tiles. The rows start at `at`;
  /// `firstChunk` is the number of the first chunk in them.
  void multiply(int64_t tiles, Value at, Value firstChunk, Value chunks,
                Value sumsAt);

private:
  struct Block {
    int64_t tiles;
    Value at, firstChunk, sumsAt;
  };

  void emitChunk(const Block &block, Value products, Value sums);
  Value productsAt(Value chunk, int64_t step, int64_t tile);
  void emitRow(const Block &block, Value chunk, int64_t row,
               llvm::ArrayRef<GroupDecoder::Factors> factors);
  llvm::SmallVector<GroupDecoder::Factors> factorsOf(const Block &block,
                                                     Value chunk);

  KernelBuilder &k;
  const compression::GroupLayout &layout;
  CodeDots &dots;
  CodePanel &panel;
  Value x, sums;
  int64_t xStride, step, steps;
  bool isSigned;
  Value products; ///< i32 scratch [2][step][tile][16][16]
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_CODEMATRIX_H
