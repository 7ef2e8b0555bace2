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
#include "targets/cpu/MoeKernels.h"
#include "targets/cpu/MoeParts.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {
namespace {

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

class GroupedLinearEmitter {
public:
  GroupedLinearEmitter(const GroupedArguments &arguments,
                       const Capabilities &target)
      : k(arguments.k), spec(arguments.spec), arguments(arguments),
        target(target), tiles(TileSums::make(k, arguments.operands, target,
                                             arguments.x, arguments.weights)) {}

  void emit() {
    Value numGroups = k.index(groupedGroups(spec));
    k.loop(k.begin(), k.end(), 1, [&](Value item) {
      Value panel = arith::DivUIOp::create(k.b, item, numGroups);
      Group group =
          arguments.group(arith::RemUIOp::create(k.b, item, numGroups));
      k.when(k.less(group.first, group.end), [&] { emitPanel(group, panel); });
    });
  }

private:
  void emitPanel(const Group &group, Value panel) {
    int64_t perPanel = groupedPanelTiles(spec.variant);
    int64_t whole = groupedTiles(spec) / perPanel,
            rest = groupedTiles(spec) % perPanel;
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
      from.each.push_back(arguments.xOf(at));
      to.push_back(at);
    }
    SmallVector<Value> sums =
        tiles->accumulate(k.add(group.firstTile, tile), block, from);
    for (int64_t r = 0; r < block.rows; ++r) {
      SmallVector<Value> row;
      for (int64_t t = 0; t < block.tiles; ++t)
        row.push_back(sums[t * block.rows + r]);
      auto store = [&] { arguments.store(row, tile, to[r]); };
      // The first row of a partial block exists, or there would be no block.
      if (partial && r > 0)
        k.when(k.less(k.add(place, r), group.end), store);
      else
        store();
    }
  }

  KernelBuilder &k;
  const GroupedLinearSpec &spec;
  const GroupedArguments &arguments;
  const Capabilities &target;
  std::unique_ptr<TileSums> tiles;
};

} // namespace

int64_t groupedPanelTiles(RowVariant variant) {
  return variant == RowVariant::Many ? 2 : 4;
}

int64_t groupedTiles(const GroupedLinearSpec &spec) {
  return llvm::divideCeil(spec.n, kTileRows) * (spec.gated ? 2 : 1);
}

int64_t groupedGroups(const GroupedLinearSpec &spec) {
  return spec.variant == RowVariant::One ? spec.topK : spec.experts;
}

GroupedArguments::GroupedArguments(KernelBuilder &k,
                                   const GroupedLinearSpec &spec)
    : k(k), spec(spec), operands{spec.k, spec.weight, spec.activation,
                                 spec.variant == RowVariant::One},
      x(k.binding(0)), weights(k.binding(1)), places(k.binding(2)),
      groups(k.binding(3)), out(k.binding(4)),
      xStride(paddedRowLength(spec.k, spec.activation)),
      outStride(paddedRowLength(spec.n, spec.output)) {}

Group GroupedArguments::group(Value index) const {
  Value at = k.mul(index, 3);
  return {k.mul(k.loadIndex(groups, at), groupedTiles(spec)),
          k.loadIndex(groups, k.add(at, 1)), k.loadIndex(groups, k.add(at, 2))};
}

Value GroupedArguments::xOf(Value place) const {
  if (spec.scatter)
    return k.mul(place, xStride);
  Value pair = k.loadIndex(places, place);
  return k.mul(arith::DivUIOp::create(k.b, pair, k.index(spec.topK)), xStride);
}

void GroupedArguments::store(ArrayRef<Value> sums, Value tile,
                             Value place) const {
  Value row = spec.scatter ? k.loadIndex(places, place) : place;
  Value to = k.mul(row, outStride);
  int64_t parts = spec.gated ? 2 : 1;
  Value first = arith::DivUIOp::create(k.b, tile, k.index(parts));
  for (int64_t t = 0; t + parts <= int64_t(sums.size()); t += parts) {
    Value sum = sums[t], column = k.mul(k.add(first, t / parts), kTileRows);
    if (spec.gated)
      sum = k.mulf(k.apply(spec.function, sum), sums[t + 1]);
    // A mask of the tile's columns where not every tile is whole.
    Value mask;
    if (spec.n % kTileRows != 0) {
      Value left = arith::SubIOp::create(k.b, k.index(spec.n), column);
      mask = k.maskOf(k.min(left, k.index(kTileRows)));
    }
    k.store(sum, out, k.add(to, column), mask);
  }
}

int64_t groupedLinearGrid(const GroupedLinearSpec &spec) {
  return llvm::divideCeil(groupedTiles(spec), groupedPanelTiles(spec.variant)) *
         groupedGroups(spec);
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
                  /*numScalars=*/1, target);
  GroupedArguments arguments(k, spec);
  if (takesMatrixTiles(spec, arguments.operands, target))
    emitMatrixGroups(arguments, target);
  else
    GroupedLinearEmitter(arguments, target).emit();
  return k.finish();
}

} // namespace swage::cpu
