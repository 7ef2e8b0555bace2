//===- MoeMatrixLinear.cpp - Grouped linears in tile registers ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile register loads rows that stand at one distance, so an expert's rows
// are put side by side first, once for all panels that a worker computes:
//
//   for group                          weights of an expert from memory, once
//     for chunk of its rows            a chunk fits in scratch
//       copy the rows to scratch
//       for panel of the worker        rows and weights from L2
//         for block of 32 rows         2 x 2 tiles
//
// Workers have the same panels of all groups, so that unequal groups keep them
// equally busy.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "runtime/include/swage/cpu_kernel.h"
#include "targets/cpu/MatrixTiles.h"
#include "targets/cpu/MoeParts.h"

using namespace mlir;

namespace swage::cpu {
namespace {

/// Rows of the blocks of many rows; the last block may have half of them.
constexpr int64_t kBlockRows = 2 * kMatrixRows;
/// f32 of scratch for the sums of a block: 2 tiles of 32 rows or 4 of 16.
constexpr int64_t kSums = kBlockRows * 2 * kTileRows;

/// Rows that fit in scratch, whole blocks if possible.
int64_t chunkRows(int64_t k) {
  int64_t room = SWAGE_CPU_SCRATCH_BYTES - kSums * elementBytes(Element::F32);
  int64_t rows = room / (k * elementBytes(Element::BF16));
  return rows >= kBlockRows ? rows / kBlockRows * kBlockRows
                            : rows / kMatrixRows * kMatrixRows;
}

class MatrixGroupsEmitter {
public:
  MatrixGroupsEmitter(const GroupedArguments &arguments,
                      const Capabilities &target)
      : k(arguments.k), spec(arguments.spec), arguments(arguments),
        target(target), perPanel(groupedPanelTiles(spec.variant)),
        alone(spec.variant == RowVariant::One),
        maxRows(spec.variant == RowVariant::Many ? chunkRows(spec.k)
                                                 : kMatrixRows),
        rows(alone ? arguments.x : k.scratch(Element::BF16, maxRows * spec.k)),
        tiles(k, arguments.operands, rows, arguments.weights, kSums) {}

  void emit() {
    int64_t groups = groupedGroups(spec);
    k.loop(k.index(0), k.index(groups), 1, [&](Value index) {
      // Work item `panel * groups + index` is this group's.
      auto panelFrom = [&](Value item) {
        Value next = arith::SubIOp::create(k.b, k.add(item, groups - 1), index);
        return Value(arith::DivUIOp::create(k.b, next, k.index(groups)));
      };
      Panels panels = {panelFrom(k.begin()), panelFrom(k.end())};
      Group group = arguments.group(index);
      k.when(k.less(panels.first, panels.end), [&] {
        k.loop(group.first, group.end, maxRows, [&](Value first) {
          emitChunk(group, panels,
                    {first, k.min(k.add(first, maxRows), group.end)});
        });
      });
    });
  }

private:
  struct Panels {
    Value first, end;
  };
  /// Places of an expert.
  struct Chunk {
    Value first, end;
  };

  void emitChunk(const Group &group, const Panels &panels, const Chunk &chunk) {
    if (!alone)
      gather(chunk);
    int64_t count = groupedTiles(spec), rest = count % perPanel;
    Value whole = k.index(count / perPanel);
    k.loop(panels.first, k.min(panels.end, whole), 1, [&](Value panel) {
      emitPanel(group, k.mul(panel, perPanel), perPanel, chunk);
    });
    // The last panel has fewer tiles where they do not divide.
    if (rest)
      k.when(k.less(whole, panels.end),
             [&] { emitPanel(group, k.mul(whole, perPanel), rest, chunk); });
  }

  /// Copies the chunk's rows to scratch, side by side.
  void gather(const Chunk &chunk) {
    auto type = VectorType::get(kMatrixDepth, k.b.getBF16Type());
    k.loop(chunk.first, chunk.end, 1, [&](Value place) {
      Value from = arguments.xOf(place);
      Value to = k.mul(arith::SubIOp::create(k.b, place, chunk.first), spec.k);
      k.loop(k.index(0), k.index(spec.k), kMatrixDepth, [&](Value i) {
        Value v = vector::LoadOp::create(k.b, type, arguments.x,
                                         ValueRange{k.add(from, i)});
        vector::StoreOp::create(k.b, v, rows, ValueRange{k.add(to, i)});
      });
    });
  }

  /// `width` tiles of the expert, from its tile number `tile` on.
  void emitPanel(const Group &group, Value tile, int64_t width,
                 const Chunk &chunk) {
    Value stored = k.add(group.firstTile, tile);
    if (alone)
      return emitBlock(stored, tile, {width, 1}, chunk,
                       arguments.xOf(chunk.first), chunk.first);
    auto emitRows = [&](int64_t height, Value place) {
      Value inChunk = arith::SubIOp::create(k.b, place, chunk.first);
      emitBlock(stored, tile, {width, height}, chunk, k.mul(inChunk, spec.k),
                place);
    };
    if (spec.variant == RowVariant::Few)
      return emitRows(kMatrixRows, chunk.first);
    // Blocks of 32 as long as their second half has a row.
    Value place = k.loop(chunk.first, k.sub(chunk.end, kMatrixRows), kBlockRows,
                         ValueRange{chunk.first},
                         [&](Value at, ValueRange) -> SmallVector<Value> {
                           emitRows(kBlockRows, at);
                           return {k.add(at, kBlockRows)};
                         })[0];
    k.when(k.less(place, chunk.end), [&] { emitRows(kMatrixRows, place); });
  }

  /// The weights to fetch under a block's arithmetic. Few rows read them at the
  /// speed of memory. Many fetch the next panel, a quarter of it under each of
  /// the first four blocks: that many rows are enough to hide memory behind.
  MatrixTiles::Ahead aheadOf(Value stored, const Chunk &chunk, Value place) {
    constexpr int64_t all = kMatrixDepth / 2, blocks = 4;
    if (spec.variant != RowVariant::Many)
      return {k.add(tiles.weightsOf(stored), target.prefetchBytes / 4),
              target.prefetchBytes ? all : 0};
    Value inChunk = arith::SubIOp::create(k.b, place, chunk.first);
    Value block = arith::DivUIOp::create(k.b, inChunk, k.index(kBlockRows));
    Value share = k.mul(k.min(block, k.index(blocks - 1)),
                        spec.k / 2 * kTileRows / blocks);
    return {k.add(tiles.weightsOf(k.add(stored, perPanel)), share),
            all / blocks};
  }

  /// The block whose rows start at element `at`, of the places from `place` on.
  void emitBlock(Value stored, Value tile, Block block, const Chunk &chunk,
                 Value at, Value place) {
    Value zero = k.index(0);
    tiles.multiply(stored, block, at, alone ? arguments.xStride : spec.k,
                   {zero, k.index(spec.k / kMatrixDepth), /*resume=*/false},
                   aheadOf(stored, chunk, place), zero);
    auto storeRow = [&](Value inBlock) {
      SmallVector<Value> sums;
      for (int64_t t = 0; t < block.tiles; ++t)
        sums.push_back(tiles.sums(t, inBlock, block, zero));
      arguments.store(sums, tile, k.add(place, inBlock));
    };
    if (block.rows == 1)
      return storeRow(zero);
    Value left = arith::SubIOp::create(k.b, chunk.end, place);
    k.loop(zero, k.min(left, k.index(block.rows)), 1, storeRow);
  }

  KernelBuilder &k;
  const GroupedLinearSpec &spec;
  const GroupedArguments &arguments;
  const Capabilities &target;
  int64_t perPanel;
  bool alone;      ///< each group is one row, which stands in x
  int64_t maxRows; ///< of a chunk
  Value rows;      ///< what tile registers load: scratch, or x
  MatrixTiles tiles;
};

} // namespace

bool takesMatrixTiles(const GroupedLinearSpec &spec,
                      const LinearOperands &operands,
                      const Capabilities &target) {
  return MatrixTiles::compute(operands, target) && chunkRows(spec.k) > 0;
}

void emitMatrixGroups(const GroupedArguments &arguments,
                      const Capabilities &target) {
  MatrixGroupsEmitter(arguments, target).emit();
}

} // namespace swage::cpu
