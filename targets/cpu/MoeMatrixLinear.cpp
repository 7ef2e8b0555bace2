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
//     for chunk of its rows            enough to hide memory behind
//       for set of the worker's panels   their sums fit in scratch
//         for slice of k                 chunk times slice fits in scratch
//           copy the slice of the rows to scratch
//           for panel of the set         rows and weights from L2
//             for block of 32 rows       2 x 2 tiles
//
// With one slice, all panels are one set, and each block is stored when it is
// done.
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
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {
namespace {

/// Rows of the blocks of many rows; the last block may have half of them.
constexpr int64_t kBlockRows = 2 * kMatrixRows;
/// Rows of a chunk at which reading the weights again is cheap enough.
constexpr int64_t kEnoughRows = 160;
/// f32 of scratch for the sums of a block: 2 tiles of 32 rows or 4 of 16.
constexpr int64_t kBlockSums = kBlockRows * 2 * kTileRows;

/// How the rows of an expert are cut.
struct Cut {
  int64_t rows;       ///< of a chunk
  int64_t steps;      ///< of k in a slice, in units of kMatrixDepth
  int64_t slices = 1; ///< of k
  int64_t sums = kBlockSums, panels = 1; ///< f32 in scratch, panels of a set

  explicit Cut(const GroupedLinearSpec &spec) : steps(spec.k / kMatrixDepth) {
    bool many = spec.variant == RowVariant::Many;
    int64_t scratch = SWAGE_CPU_SCRATCH_BYTES;
    int64_t enough = many ? kEnoughRows : kMatrixRows;
    int64_t rowBytes = spec.k * elementBytes(Element::BF16);
    rows = (scratch - kBlockSums * 4) / rowBytes / kBlockRows * kBlockRows;
    if (rows >= enough) {
      rows = many ? rows : kMatrixRows;
      return;
    }
    // Half of scratch for a slice of the rows, half for sums.
    rows = enough;
    while (rows * steps * kMatrixDepth * elementBytes(Element::BF16) >
           scratch / 2)
      steps = llvm::divideCeil(spec.k / kMatrixDepth, ++slices);
    int64_t panelSums = rows * groupedPanelTiles(spec.variant) * kTileRows;
    panels = scratch / 2 / (panelSums * 4);
    sums = panels * panelSums;
  }
};

class MatrixGroupsEmitter {
public:
  MatrixGroupsEmitter(const GroupedArguments &arguments,
                      const Capabilities &target)
      : k(arguments.k), spec(arguments.spec), arguments(arguments),
        target(target), perPanel(groupedPanelTiles(spec.variant)),
        alone(spec.variant == RowVariant::One), cut(spec),
        rowLength(alone ? arguments.xStride : cut.steps * kMatrixDepth),
        rows(alone ? arguments.x
                   : k.scratch(Element::BF16, cut.rows * rowLength)),
        tiles(k, arguments.operands, rows, arguments.weights,
              alone ? kBlockSums : cut.sums) {}

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
        k.loop(group.first, group.end, cut.rows, [&](Value first) {
          emitChunk(group, panels,
                    {first, k.min(k.add(first, cut.rows), group.end)});
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

  using Depth = MatrixTiles::Depth;

  void emitChunk(const Group &group, const Panels &panels, const Chunk &chunk) {
    Value all = k.index(spec.k / kMatrixDepth);
    if (alone || cut.slices == 1) {
      Depth whole = {k.index(0), all, /*resume=*/false};
      if (!alone)
        gather(chunk, whole);
      return eachBlock(group, panels, chunk, [&](const Place &place) {
        multiply(place, whole);
        storeBlock(place);
      });
    }
    k.loop(panels.first, panels.end, cut.panels, [&](Value first) {
      Panels set = {first, k.min(k.add(first, cut.panels), panels.end)};
      auto emitSlice = [&](const Depth &depth) {
        gather(chunk, depth);
        eachBlock(group, set, chunk,
                  [&](const Place &place) { multiply(place, depth); });
      };
      emitSlice({k.index(0), k.index(cut.steps), /*resume=*/false});
      k.loop(k.index(cut.steps), all, cut.steps, [&](Value at) {
        emitSlice({at, k.min(k.add(at, cut.steps), all), /*resume=*/true});
      });
      eachBlock(group, set, chunk,
                [&](const Place &place) { storeBlock(place); });
    });
  }

  /// Copies a slice of the chunk's rows to scratch, side by side.
  void gather(const Chunk &chunk, const Depth &depth) {
    auto type = VectorType::get(kMatrixDepth, k.b.getBF16Type());
    Value begin = k.mul(depth.first, kMatrixDepth);
    Value count =
        arith::SubIOp::create(k.b, k.mul(depth.end, kMatrixDepth), begin);
    k.loop(chunk.first, chunk.end, 1, [&](Value place) {
      Value from = k.add(arguments.xOf(place), begin);
      Value to =
          k.mul(arith::SubIOp::create(k.b, place, chunk.first), rowLength);
      k.loop(k.index(0), count, kMatrixDepth, [&](Value i) {
        Value v = vector::LoadOp::create(k.b, type, arguments.x,
                                         ValueRange{k.add(from, i)});
        vector::StoreOp::create(k.b, v, rows, ValueRange{k.add(to, i)});
      });
    });
  }

  /// A block of rows times tiles.
  struct Place {
    Block block;
    Value tile, stored; ///< of the expert, of all
    Value first, end;   ///< places; the block may reach farther than `end`
    Value inChunk;      ///< of the first row
    Value sumsAt;
  };

  /// Calls body for all blocks of the chunk's rows times the panels' tiles.
  void eachBlock(const Group &group, const Panels &panels, const Chunk &chunk,
                 llvm::function_ref<void(const Place &)> body) {
    int64_t count = groupedTiles(spec), rest = count % perPanel;
    Value whole = k.index(count / perPanel);
    auto eachRow = [&](Value panel, int64_t width) {
      Value tile = k.mul(panel, perPanel), sumsAt = k.index(0);
      if (cut.slices > 1 && !alone)
        sumsAt = k.mul(arith::SubIOp::create(k.b, panel, panels.first),
                       cut.rows * perPanel * kTileRows);
      auto emit = [&](int64_t height, Value first) {
        Value inChunk = arith::SubIOp::create(k.b, first, chunk.first);
        Value at = sumsAt;
        if (cut.slices > 1 && !alone)
          at = k.add(at, k.mul(inChunk, perPanel * kTileRows));
        body({{width, height},
              tile,
              k.add(group.firstTile, tile),
              first,
              chunk.end,
              inChunk,
              at});
      };
      if (spec.variant != RowVariant::Many)
        return emit(alone ? 1 : kMatrixRows, chunk.first);
      // Blocks of 32 as long as their second half has a row.
      Value next = k.loop(chunk.first, k.sub(chunk.end, kMatrixRows),
                          kBlockRows, ValueRange{chunk.first},
                          [&](Value at, ValueRange) -> SmallVector<Value> {
                            emit(kBlockRows, at);
                            return {k.add(at, kBlockRows)};
                          })[0];
      k.when(k.less(next, chunk.end), [&] { emit(kMatrixRows, next); });
    };
    k.loop(panels.first, k.min(panels.end, whole), 1,
           [&](Value panel) { eachRow(panel, perPanel); });
    // The last panel has fewer tiles where they do not divide.
    if (rest)
      k.when(k.less(whole, panels.end), [&] { eachRow(whole, rest); });
  }

  /// The weights to fetch under a block's arithmetic. Few rows read them at the
  /// speed of memory. Many fetch the next panel, a quarter of it under each of
  /// the first four blocks: that many rows are enough to hide memory behind.
  MatrixTiles::Ahead aheadOf(const Place &place, const Depth &depth) {
    constexpr int64_t all = kMatrixDepth / 2, blocks = 4;
    if (spec.variant != RowVariant::Many)
      return {k.add(tiles.weightsOf(place.stored), kMatrixStep),
              target.prefetchBytes ? all : 0};
    Value block =
        arith::DivUIOp::create(k.b, place.inChunk, k.index(kBlockRows));
    Value steps = arith::SubIOp::create(k.b, depth.end, depth.first);
    Value share = k.mul(
        arith::MulIOp::create(k.b, k.min(block, k.index(blocks - 1)), steps),
        all / blocks * kVector);
    Value next = k.add(tiles.weightsOf(k.add(place.stored, perPanel)),
                       k.mul(depth.first, kMatrixStep));
    return {k.add(next, share), all / blocks};
  }

  void multiply(const Place &place, const Depth &depth) {
    Value at =
        alone ? arguments.xOf(place.first) : k.mul(place.inChunk, rowLength);
    // Scratch holds the slice alone, from its first k on.
    if (depth.resume)
      at = arith::SubIOp::create(k.b, at, k.mul(depth.first, kMatrixDepth));
    tiles.multiply(place.stored, place.block, at, rowLength, depth,
                   aheadOf(place, depth), place.sumsAt);
  }

  /// Stores the results of those rows of a block that exist.
  void storeBlock(const Place &place) {
    auto storeRow = [&](Value inBlock) {
      SmallVector<Value> sums;
      for (int64_t t = 0; t < place.block.tiles; ++t)
        sums.push_back(tiles.sums(t, inBlock, place.block, place.sumsAt));
      arguments.store(sums, place.tile, k.add(place.first, inBlock));
    };
    if (place.block.rows == 1)
      return storeRow(k.index(0));
    Value left = arith::SubIOp::create(k.b, place.end, place.first);
    k.loop(k.index(0), k.min(left, k.index(place.block.rows)), 1, storeRow);
  }

  KernelBuilder &k;
  const GroupedLinearSpec &spec;
  const GroupedArguments &arguments;
  const Capabilities &target;
  int64_t perPanel;
  bool alone; ///< each group is one row, which stands in x
  Cut cut;
  int64_t rowLength; ///< of `rows`
  Value rows;        ///< what tile registers load: scratch, or x
  MatrixTiles tiles;
};

} // namespace

bool takesMatrixTiles(const GroupedLinearSpec &spec,
                      const LinearOperands &operands,
                      const Capabilities &target) {
  return MatrixTiles::compute(operands, target);
}

void emitMatrixGroups(const GroupedArguments &arguments,
                      const Capabilities &target) {
  MatrixGroupsEmitter(arguments, target).emit();
}

} // namespace swage::cpu
