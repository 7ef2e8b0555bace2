//===- MatrixLinear.cpp - Linears in tile registers -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tile registers are so fast that L3, which gives a core hardly more than
// memory does, is too slow for them. So a block of x stays in L2, and the
// weights pass over it:
//
//   for chunk of rows                 x is read once
//     for panel of work items         sums of panel and chunk fit in scratch
//       for slice of k                chunk times slice fills half of L2
//         for work item               weights from memory, once a chunk
//           for block of 32 rows      x and weights from L2
//             for k of the slice      2 x 2 tiles; fetch the next weights
//       epilogue, store
//
// With one slice there are no panels, and each block is stored when it is done.
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/MatrixLinear.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "runtime/include/swage/cpu_kernel.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/MatrixTiles.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {
namespace {

/// Rows of the blocks of many rows; the last block may have half of them.
constexpr int64_t kBlockRows = 2 * kMatrixRows;
/// Rows of a chunk at which reading the weights again is cheap enough.
constexpr int64_t kEnoughRows = 256;

/// How a linear of many rows is cut.
struct Cut {
  int64_t slices = 1; ///< of k
  int64_t steps;      ///< of k in a slice, in units of kMatrixDepth
  int64_t rows;       ///< of a chunk; a power of two
  int64_t items;      ///< of a panel

  Cut(const LinearSpec &spec, int64_t tilesPerItem,
      const Capabilities &target) {
    int64_t all = spec.k / kMatrixDepth, budget = target.l2Bytes / 2;
    auto bytes = [&](int64_t numRows, int64_t numSteps) {
      return numRows * numSteps * kMatrixDepth * elementBytes(spec.activation);
    };
    steps = all;
    while (bytes(kEnoughRows, steps) > budget)
      steps = llvm::divideCeil(all, ++slices);
    rows = kBlockRows;
    while (bytes(2 * rows, steps) <= budget)
      rows *= 2;
    items = SWAGE_CPU_SCRATCH_BYTES / (rows * tilesPerItem * kTileRows * 4);
  }
};

class MatrixLinearEmitter {
public:
  MatrixLinearEmitter(KernelBuilder &k, const LinearSpec &spec,
                      const LinearOperands &operands,
                      const LinearArguments &arguments,
                      const Capabilities &target)
      : k(k), spec(spec), target(target), arguments(arguments),
        tilesPerItem(linearPanelTiles(spec.variant)),
        cut(spec, tilesPerItem, target),
        tiles(k, operands, arguments.x, arguments.weights,
              (cut.slices > 1 ? cut.items * cut.rows : kBlockRows) *
                  tilesPerItem * kTileRows),
        epilogue(k, spec, arguments.bias, arguments.out) {}

  void emit() {
    int64_t count = linearTiles(spec), rest = count % tilesPerItem;
    Value whole = k.index(count / tilesPerItem);
    emitItems({k.begin(), k.min(k.end(), whole), tilesPerItem});
    // The last item has fewer tiles where they do not divide.
    if (rest)
      k.when(k.less(k.max(k.begin(), whole), k.end()),
             [&] { emitItems({whole, k.add(whole, 1), rest}); });
  }

private:
  /// Work items of `width` tiles.
  struct Items {
    Value first, end;
    int64_t width;
  };
  /// Rows of a chunk.
  struct Rows {
    Value first, end;
  };

  void emitItems(const Items &items) {
    if (spec.variant != RowVariant::Many)
      return emitStream(items);
    k.loop(k.index(0), arguments.rows, cut.rows, [&](Value first) {
      Rows rows = {first, k.min(k.add(first, cut.rows), arguments.rows)};
      if (cut.slices == 1)
        return emitChunk(items, rows);
      k.loop(items.first, items.end, cut.items, [&](Value panel) {
        Value end = k.min(k.add(panel, cut.items), items.end);
        emitSlices({panel, end, items.width}, rows);
      });
    });
  }

  /// At most 16 rows: weights are read front to back, once.
  void emitStream(const Items &items) {
    int64_t rows = spec.variant == RowVariant::One ? 1 : kMatrixRows;
    Block block = {items.width, rows};
    int64_t vectors = target.prefetchBytes ? kMatrixDepth / 2 : 0;
    k.loop(items.first, items.end, 1, [&](Value item) {
      Value tile = k.mul(item, tilesPerItem), zero = k.index(0);
      // With every 32 k the next 32; further ahead was slower.
      Value ahead = k.add(tiles.weightsOf(tile), kMatrixStep);
      tiles.multiply(tile, block, xOf(zero), arguments.xStride, wholeDepth(),
                     {ahead, vectors}, zero);
      storeBlock(tile, block, zero, zero);
    });
  }

  /// The items' results of a chunk of rows, all of k at once.
  void emitChunk(const Items &items, const Rows &rows) {
    k.loop(items.first, items.end, 1, [&](Value item) {
      Value tile = k.mul(item, tilesPerItem), zero = k.index(0);
      eachBlock(rows, [&](int64_t height, Value row) {
        Block block = {items.width, height};
        multiply(tile, block, row, rows, wholeDepth(), zero);
        storeBlock(tile, block, row, zero);
      });
    });
  }

  /// The same of a panel, slice by slice.
  void emitSlices(const Items &items, const Rows &rows) {
    auto eachSum = [&](auto body) {
      k.loop(items.first, items.end, 1, [&](Value item) {
        Value tile = k.mul(item, tilesPerItem);
        Value panelRow =
            k.mul(arith::SubIOp::create(k.b, item, items.first), cut.rows);
        eachBlock(rows, [&](int64_t height, Value row) {
          Value inChunk = arith::SubIOp::create(k.b, row, rows.first);
          body(tile, Block{items.width, height}, row,
               k.mul(k.add(panelRow, inChunk), tilesPerItem * kTileRows));
        });
      });
    };
    auto emitSlice = [&](const MatrixTiles::Depth &depth) {
      eachSum([&](Value tile, Block block, Value row, Value sumsAt) {
        multiply(tile, block, row, rows, depth, sumsAt);
      });
    };
    emitSlice({k.index(0), k.index(cut.steps), /*resume=*/false});
    Value all = k.index(spec.k / kMatrixDepth);
    k.loop(k.index(cut.steps), all, cut.steps, [&](Value first) {
      emitSlice({first, k.min(k.add(first, cut.steps), all), /*resume=*/true});
    });
    eachSum([&](Value tile, Block block, Value row, Value sumsAt) {
      storeBlock(tile, block, row, sumsAt);
    });
  }

  /// Calls body(number of rows, first row) for all blocks of `rows`.
  void eachBlock(const Rows &rows,
                 llvm::function_ref<void(int64_t, Value)> body) {
    // As long as the second half of a block has a row.
    Value row = k.loop(rows.first, k.sub(rows.end, kMatrixRows), kBlockRows,
                       ValueRange{rows.first},
                       [&](Value at, ValueRange) -> SmallVector<Value> {
                         body(kBlockRows, at);
                         return {k.add(at, kBlockRows)};
                       })[0];
    k.when(k.less(row, rows.end), [&] { body(kMatrixRows, row); });
  }

  /// Multiplies a block and fetches its share of the next item's weights.
  void multiply(Value tile, Block block, Value row, const Rows &rows,
                const MatrixTiles::Depth &depth, Value sumsAt) {
    int64_t vectors = kMatrixDepth / 2 * kBlockRows / cut.rows;
    Value inChunk = arith::SubIOp::create(k.b, row, rows.first);
    Value blocks = arith::DivUIOp::create(k.b, inChunk, k.index(kBlockRows));
    Value steps = arith::SubIOp::create(k.b, depth.end, depth.first);
    Value share =
        k.mul(arith::MulIOp::create(k.b, blocks, steps), vectors * kVector);
    Value slice = k.add(tiles.weightsOf(k.add(tile, tilesPerItem)),
                        k.mul(depth.first, kMatrixStep));
    tiles.multiply(tile, block, xOf(row), arguments.xStride, depth,
                   {k.add(slice, share), vectors}, sumsAt);
  }

  /// Stores the results of those rows of a block that exist.
  void storeBlock(Value tile, Block block, Value row, Value sumsAt) {
    auto storeRow = [&](Value inBlock) {
      SmallVector<Value> sums;
      for (int64_t t = 0; t < block.tiles; ++t)
        sums.push_back(tiles.sums(t, inBlock, block, sumsAt));
      epilogue.store(sums, tile, {block.tiles, 1}, k.add(row, inBlock));
    };
    if (block.rows == 1)
      return storeRow(k.index(0));
    Value left = arith::SubIOp::create(k.b, arguments.rows, row);
    k.loop(k.index(0), k.min(left, k.index(block.rows)), 1, storeRow);
  }

  MatrixTiles::Depth wholeDepth() {
    return {k.index(0), k.index(spec.k / kMatrixDepth), /*resume=*/false};
  }

  Value xOf(Value row) {
    return k.add(k.mul(row, arguments.xStride), arguments.xColumn);
  }

  KernelBuilder &k;
  const LinearSpec &spec;
  const Capabilities &target;
  const LinearArguments &arguments;
  int64_t tilesPerItem;
  Cut cut;
  MatrixTiles tiles;
  LinearEpilogue epilogue;
};

} // namespace

void emitMatrixLinear(KernelBuilder &k, const LinearSpec &spec,
                      const LinearOperands &operands,
                      const LinearArguments &arguments,
                      const Capabilities &target) {
  MatrixLinearEmitter(k, spec, operands, arguments, target).emit();
}

} // namespace swage::cpu
