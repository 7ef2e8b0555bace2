//===- MoeLinear.cpp - Rows times the matrices of their experts -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A work item is a panel of a few row tiles of one expert's matrix, which all
// rows of that expert pass over, as in LinearKernel.cpp. The rows are found
// through the list of places: each row of a block has its own address. Rows
// behind the expert's last one repeat that one and are not stored.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "targets/cpu/LinearTiles.h"
#include "targets/cpu/MoeKernels.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {
namespace {

/// Row tiles of a panel. Even: gate and up tiles stay together.
int64_t panelTiles(RowVariant variant) {
  return variant == RowVariant::Many ? 2 : 4;
}

/// Row tiles of one expert.
int64_t tilesOf(const GroupedLinearSpec &spec) {
  return llvm::divideCeil(spec.n, kTileRows) * (spec.gated ? 2 : 1);
}

/// Groups that can have rows: of one row the experts that it chooses.
int64_t groupsOf(const GroupedLinearSpec &spec) {
  return spec.variant == RowVariant::One ? spec.topK : spec.experts;
}

/// The blocks of a variant, largest first; the last one takes any rest. A row
/// takes a register for its address, so there are at most eight.
SmallVector<Block> blocksOf(RowVariant variant, const Capabilities &target) {
  if (variant == RowVariant::One)
    return {{4, 1}};
  // Half of the registers where a vector takes several of them.
  if (target.lanes < kVector)
    return {{2, 2}};
  if (variant == RowVariant::Few)
    return {{4, 4}};
  return {{2, 8}, {2, 4}};
}

/// An expert's rows: places `first` to `end`.
struct Group {
  Value firstTile, first, end;
};

class GroupedLinearEmitter {
public:
  GroupedLinearEmitter(KernelBuilder &k, const GroupedLinearSpec &spec,
                       const Capabilities &target)
      : k(k), spec(spec), target(target),
        tiles(k,
              {spec.k, spec.weight, spec.activation,
               spec.variant == RowVariant::One},
              target, k.binding(0), k.binding(1)),
        places(k.binding(2)), groups(k.binding(3)), out(k.binding(4)),
        xStride(paddedRowLength(spec.k, spec.activation)),
        outStride(paddedRowLength(spec.n, spec.output)) {}

  void emit() {
    Value numGroups = k.index(groupsOf(spec));
    k.loop(k.begin(), k.end(), 1, [&](Value item) {
      Value panel = arith::DivUIOp::create(k.b, item, numGroups);
      Value at = k.mul(arith::RemUIOp::create(k.b, item, numGroups), 3);
      Group group = {k.mul(k.loadIndex(groups, at), tilesOf(spec)),
                     k.loadIndex(groups, k.add(at, 1)),
                     k.loadIndex(groups, k.add(at, 2))};
      k.when(k.less(group.first, group.end), [&] { emitPanel(group, panel); });
    });
  }

private:
  void emitPanel(const Group &group, Value panel) {
    int64_t perPanel = panelTiles(spec.variant);
    int64_t whole = tilesOf(spec) / perPanel, rest = tilesOf(spec) % perPanel;
    auto emitAll = [&] { emitTiles(group, k.mul(panel, perPanel), perPanel); };
    if (!rest)
      return emitAll();
    k.when(k.less(panel, k.index(whole)), emitAll);
    k.when(k.atLeast(panel, whole),
           [&] { emitTiles(group, k.index(whole * perPanel), rest); });
  }

  /// All rows of the group times the `count` tiles from the expert's `first`.
  void emitTiles(const Group &group, Value first, int64_t count) {
    SmallVector<Block> blocks = blocksOf(spec.variant, target);
    for (int64_t done = 0; done < count; done += blocks.front().tiles) {
      Value tile = k.add(first, done);
      int64_t width = std::min(blocks.front().tiles, count - done);
      if (spec.variant == RowVariant::One) {
        emitBlock(group, tile, {width, 1}, group.first, /*partial=*/false);
        continue;
      }
      Value place = group.first;
      for (Block block : blocks)
        place = emitBlocks(group, tile, {width, block.rows}, place);
      k.when(k.less(place, group.end), [&] {
        emitBlock(group, tile, {width, blocks.back().rows}, place,
                  /*partial=*/true);
      });
    }
  }

  /// Whole blocks from `place` on; returns the first place that is left.
  Value emitBlocks(const Group &group, Value tile, Block block, Value place) {
    Value limit = k.sub(group.end, block.rows - 1);
    return k.loop(place, limit, block.rows, ValueRange{place},
                  [&](Value at, ValueRange) -> SmallVector<Value> {
                    emitBlock(group, tile, block, at, /*partial=*/false);
                    return {k.add(at, block.rows)};
                  })[0];
  }

  void emitBlock(const Group &group, Value tile, Block block, Value place,
                 bool partial) {
    RowPlaces from;
    SmallVector<Value> to;
    for (int64_t r = 0; r < block.rows; ++r) {
      Value at = k.add(place, r);
      if (partial)
        at = k.min(at, k.sub(group.end, 1));
      Value pair = k.loadIndex(places, at);
      Value row = arith::DivUIOp::create(k.b, pair, k.index(spec.topK));
      from.each.push_back(k.mul(spec.scatter ? at : row, xStride));
      to.push_back(k.mul(spec.scatter ? pair : at, outStride));
    }
    SmallVector<Value> sums =
        tiles.accumulate(k.add(group.firstTile, tile), block, from);
    for (int64_t r = 0; r < block.rows; ++r) {
      auto store = [&] { storeRow(sums, tile, block, r, to[r]); };
      // The first row of a partial block exists, or there would be no block.
      if (partial && r > 0)
        k.when(k.less(k.add(place, r), group.end), store);
      else
        store();
    }
  }

  /// Stores row `r` of the block at `tile`, whose output row starts at `to`.
  void storeRow(ArrayRef<Value> sums, Value tile, Block block, int64_t r,
                Value to) {
    int64_t parts = spec.gated ? 2 : 1;
    Value first = arith::DivUIOp::create(k.b, tile, k.index(parts));
    for (int64_t t = 0; t + parts <= block.tiles; t += parts) {
      Value sum = sums[t * block.rows + r];
      if (spec.gated)
        sum =
            k.mulf(k.apply(spec.function, sum), sums[(t + 1) * block.rows + r]);
      Value column = k.mul(k.add(first, t / parts), kTileRows);
      k.store(sum, out, k.add(to, column), maskAt(column));
    }
  }

  /// The mask of a tile's columns; none where every tile is whole.
  Value maskAt(Value column) {
    if (spec.n % kTileRows == 0)
      return {};
    Value left = arith::SubIOp::create(k.b, k.index(spec.n), column);
    return k.maskOf(k.min(left, k.index(kTileRows)));
  }

  KernelBuilder &k;
  const GroupedLinearSpec &spec;
  const Capabilities &target;
  LinearTiles tiles;
  Value places, groups, out;
  int64_t xStride, outStride;
};

} // namespace

int64_t groupedLinearGrid(const GroupedLinearSpec &spec) {
  return llvm::divideCeil(tilesOf(spec), panelTiles(spec.variant)) *
         groupsOf(spec);
}

func::FuncOp buildGroupedLinear(OpBuilder &builder, Location loc,
                                StringRef name, const GroupedLinearSpec &spec,
                                const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  Type i32 = KernelBuilder::i32Buffer(context);
  KernelBuilder k(builder, loc, name,
                  {KernelBuilder::buffer(context, spec.activation),
                   KernelBuilder::weightBuffer(context, spec.weight), i32, i32,
                   KernelBuilder::buffer(context, spec.output)},
                  /*numScalars=*/1);
  GroupedLinearEmitter(k, spec, target).emit();
  return k.finish();
}

} // namespace swage::cpu
