//===- CodeDots.h - Arithmetic of codes times codes -------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quantized weights times quantized rows (Element::Q8). A lane of the weights
// has the codes of 4 columns, which an integer dot product multiplies with the
// 4 codes of x in all lanes:
//
//   for chunk of 64 columns             one scale of x
//     part[t][r] = 0
//     for step of 32 columns (16 where groups are that small)
//       dot[t][r] = -zero * sum of x's codes
//       for 4 columns
//         dot[t][r] += w[t] . x[r]      exact, whatever the order
//       part[t][r] += scale[t] * dot[t][r]
//       part[t][r] += min[t] * sum of x's codes
//     acc[t][r] += scale of x * part[t][r]
//
// The codes of weights are unsigned, as they are stored; what was added to them
// is in the zero, so that it costs nothing: the sums of x's codes are stored
// with x. Chunks are whole: behind the last column x's codes are zero. All
// kernels on all levels compute the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_CODEDOTS_H
#define SWAGE_TARGETS_CPU_CODEDOTS_H

#include "targets/cpu/GroupDecoder.h"

namespace swage::cpu {

class CodeDots {
public:
  using Value = mlir::Value;

  /// `x`: rows of `columns` columns.
  CodeDots(KernelBuilder &k, const compression::GroupLayout &layout,
           const Capabilities &target, int64_t columns, Value x);

  /// Columns of a step.
  int64_t stepColumns() const { return step; }

  /// What a block of rows and tiles multiplies in a chunk.
  struct Chunk {
    int64_t tiles;
    llvm::ArrayRef<Value> rows; ///< where each starts in x
    Value index;
    /// The codes of unit number `unit` of a tile's chunk, as stored.
    llvm::function_ref<Value(int64_t tile, Value unit)> codes;
    /// The factors of the group that has column `column` of the chunk.
    llvm::function_ref<GroupDecoder::Factors(int64_t tile, int64_t column)>
        factors;
  };
  /// Adds the products of a chunk to `sums` [tile][row].
  void addChunk(llvm::MutableArrayRef<Value> sums, const Chunk &chunk);

  //===--- The same in parts, for what does not multiply by `dot` ---------===//

  /// The scale of chunk number `chunk` in all lanes; `at` is where a row
  /// starts.
  Value rowScale(Value at, Value chunk);
  /// The sum of the codes of step number `index`, i32 in all lanes; none where
  /// weights need none.
  Value rowSum(Value at, Value index);
  /// Adds what a step has to `part`.
  Value addStep(Value part, const GroupDecoder::Factors &factors, Value dot,
                Value rowSum);

private:
  void addStep(llvm::MutableArrayRef<Value> parts, const Chunk &chunk,
               int64_t column);
  Value start(const GroupDecoder::Factors &factors, Value rowSum);
  Value dot(Value sum, Value weights, Value row);
  Value word(Value at, int64_t part, Value index);
  Value addPairs(Value a, Value b);

  KernelBuilder &k;
  const compression::GroupLayout &layout;
  const Capabilities &target;
  Value x;
  QuantizedRow row;
  int64_t step;
  bool flips;   ///< weights become signed: the dot product takes no others
  int64_t bias; ///< the code that means 0 then
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_CODEDOTS_H
