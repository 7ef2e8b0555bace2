//===- GroupTiles.h - Sums over group tiles ---------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How matrix products walk over quantized weights, see
// `#compression.group_tiles`:
//
//   for span                     factors of its groups, decoded once
//     for chunk of 64 columns    codes from memory, once
//       what rows of a format do with them
//
// One accumulator for each output element, k ascending, in every block.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_GROUPTILES_H
#define SWAGE_TARGETS_CPU_GROUPTILES_H

#include "targets/cpu/GroupDecoder.h"
#include "targets/cpu/LinearTiles.h"

namespace swage::cpu {

class GroupTiles : public TileSums {
public:
  /// `columns`: those that are multiplied, `spec.k` or, where what x has behind
  /// them is known, more.
  GroupTiles(KernelBuilder &k, const LinearOperands &spec,
             const Capabilities &target, Value x, Value weights,
             int64_t columns);

  llvm::SmallVector<Value> accumulate(Value tile, Block block,
                                      const RowPlaces &rows) final;

protected:
  using Sums = llvm::SmallVector<Value>;

  /// A chunk of a block.
  struct Chunk {
    Block block;
    const RowPlaces &rows;
    Value column;                   ///< its first one
    int64_t columns;                ///< how many of it there are
    llvm::SmallVector<Value> codes; ///< where those of each tile start
    Value unit;                     ///< its first one, there
    Value ahead; ///< how far behind them stands what to fetch meanwhile
    /// The factors of a tile's group, counted from the chunk's first.
    llvm::function_ref<GroupDecoder::Factors(int64_t tile, int64_t group)>
        factors;
  };

  /// Adds the products of a chunk to `sums` [tile][row].
  virtual void emitChunk(Sums &sums, Chunk &chunk) = 0;

  /// Asks for what is read some time after unit number `index` of a tile's
  /// chunk: with the units of a chunk, for as many lines as its codes have.
  void prefetchUnit(const Chunk &chunk, int64_t tile, Value index);

  /// Where row `r` of the block stands in x, `along` behind its start.
  Value placeOf(const RowPlaces &rows, int64_t r, Value along);

  KernelBuilder &k;
  LinearOperands spec;
  const Capabilities &target;
  const compression::GroupLayout &layout;
  GroupDecoder decoder;
  Value x;
  int64_t columns;

private:
  /// A span of a block.
  struct Span {
    Block block;
    const RowPlaces &rows;
    llvm::SmallVector<Value> at; ///< of each tile
    Value inTile;                ///< i32 elements from a tile's start
    Value column;                ///< its first one
    int64_t columns;             ///< how many of it there are
  };

  Sums emitSpan(Sums sums, const Span &span);
  void emitChunkOf(
      const Span &span, Sums &sums, Value index, int64_t columns,
      llvm::function_ref<GroupDecoder::Factors(int64_t, int64_t)> factors);
  void keep(const GroupDecoder::Factors &factors, int64_t tile, int64_t group);
  GroupDecoder::Factors kept(int64_t tile, Value group);
  Value aheadOf(const Span &span, Value inSpan);
  void prefetch(Value at, int64_t words);

  Value weights;
  Value scales, minima, zeros; ///< scratch [tile][group][16]
};

/// Rows of floats: every weight is decoded exactly as its encoding says and
/// then multiplied as an f32 weight is, so the sums are those of the decoded
/// matrix, to the bit. Quantized rows become floats, where weights have no
/// integers: a code times the scale of its group.
class DecodedTiles : public GroupTiles {
public:
  DecodedTiles(KernelBuilder &k, const LinearOperands &spec,
               const Capabilities &target, Value x, Value weights)
      : GroupTiles(k, spec, target, x, weights, spec.k) {}

private:
  void emitChunk(Sums &sums, Chunk &chunk) override;
  Value loadRow(const RowPlaces &rows, int64_t r, Value column);
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_GROUPTILES_H
