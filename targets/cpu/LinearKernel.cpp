//===- LinearKernel.cpp - Matrix products over packed weight tiles --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A work item is a panel of a few row tiles, so small that its weights stay in
// L2 while the rows of x pass over it. Inside a panel a block of
// `tiles x rows` accumulators lives in registers over all of k:
//
//   for panel                      weights from memory, once
//     for block of rows            weights from L2 after the first block
//       for k                      tiles loads, rows broadcasts,
//         acc[t][r] += w[t] * x[r]   tiles * rows multiply-adds
//       epilogue, store
//
// A block whose last rows do not exist computes them on the padding of the row
// buffer and does not store them. All variants do the same operations on an
// output element in the same order.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/LinearTiles.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace swage::cpu {
namespace {

/// Row tiles of a panel. Even: gate and up tiles stay together.
int64_t panelTiles(RowVariant variant) {
  // One and few rows want several independent streams of weights; with many
  // rows two tiles already use each broadcast of x twice.
  return variant == RowVariant::Many ? 2 : 4;
}

/// The blocks of a variant, largest first; the last one takes any rest. Each
/// starts at a multiple of its row count, and the last count divides
/// `kRowPadding`, so that no block reads behind the padding. `pairs`: a loaded
/// vector of weights becomes two factors.
SmallVector<Block> blocksOf(RowVariant variant, const Capabilities &target,
                            bool pairs) {
  if (variant == RowVariant::One)
    return {{4, 1}};
  // Half of the registers where a vector takes several of them.
  if (target.lanes < kVector)
    return {{2, 2}};
  if (variant == RowVariant::Few)
    return {{4, 4}};
  // 24 accumulators of 32 registers, or 16 and the masks and halves of pairs.
  if (pairs)
    return {{2, 8}, {2, 4}};
  return {{2, 12}, {2, 4}};
}

/// Where a tile's results go: its first column and how many there are.
struct Destination {
  Value column;
  Value mask; ///< none where every tile is whole
};

class LinearEmitter {
public:
  LinearEmitter(KernelBuilder &k, const LinearSpec &spec,
                const Capabilities &target)
      : k(k), spec(spec), target(target),
        tiles(k,
              {spec.k, spec.weight, spec.activation,
               spec.variant == RowVariant::One},
              target, k.binding(0), k.binding(1)),
        bias(spec.bias ? k.binding(2) : Value()),
        out(k.binding(spec.bias ? 3 : 2)), rows(k.scalar(0)),
        xColumn(spec.slice ? spec.slice->column : 0),
        xStride(paddedRowLength(spec.slice ? spec.slice->columns : spec.k,
                                spec.activation)),
        outStride(paddedRowLength(linearColumns(spec), spec.output)) {}

  void emit() {
    int64_t perPanel = panelTiles(spec.variant);
    int64_t count = linearTiles(spec);
    Value whole = k.index(count / perPanel);
    k.loop(k.begin(), k.min(k.end(), whole), 1,
           [&](Value panel) { emitPanel(k.mul(panel, perPanel), perPanel); });
    if (int64_t rest = count % perPanel)
      k.when(k.less(k.max(k.begin(), whole), k.end()),
             [&] { emitPanel(k.index(count - rest), rest); });
  }

private:
  /// All rows of the `count` row tiles from `first` on.
  void emitPanel(Value first, int64_t count) {
    SmallVector<Block> blocks =
        blocksOf(spec.variant, target, tiles.splitsPairs());
    for (int64_t done = 0; done < count; done += blocks.front().tiles) {
      Value tile = k.add(first, done);
      int64_t width = std::min(blocks.front().tiles, count - done);
      if (spec.variant == RowVariant::One) {
        emitBlock(tile, {width, 1}, k.index(0), /*partial=*/false);
        continue;
      }
      Value row = k.index(0);
      for (Block block : ArrayRef(blocks).drop_back())
        row = emitBlocks(tile, {width, block.rows}, row);
      row = emitBlocks(tile, {width, blocks.back().rows}, row);
      k.when(k.less(row, rows), [&] {
        emitBlock(tile, {width, blocks.back().rows}, row, /*partial=*/true);
      });
    }
  }

  /// Whole blocks from `row` on; returns the first row that is left.
  Value emitBlocks(Value tile, Block block, Value row) {
    Value limit = k.sub(rows, block.rows - 1);
    return k.loop(row, limit, block.rows, ValueRange{row},
                  [&](Value at, ValueRange) -> SmallVector<Value> {
                    emitBlock(tile, block, at, /*partial=*/false);
                    return {k.add(at, block.rows)};
                  })[0];
  }

  void emitBlock(Value tile, Block block, Value row, bool partial) {
    SmallVector<Value> sums = tiles.accumulate(
        tile, block, {k.add(k.mul(row, xStride), xColumn), xStride, {}});
    SmallVector<SmallVector<Value>> results = finish(sums, tile, block);
    SmallVector<Destination> where;
    int64_t groups = results.size();
    for (int64_t t = 0; t < groups; ++t)
      where.push_back(destination(tile, t));
    for (int64_t r = 0; r < block.rows; ++r) {
      auto storeRow = [&] {
        Value start = k.mul(k.add(row, r), outStride);
        for (int64_t t = 0; t < groups; ++t)
          storeVector(results[t][r], k.add(start, where[t].column),
                      where[t].mask);
      };
      // The first row of a partial block exists, or there would be no block.
      if (partial && r > 0)
        k.when(k.less(k.add(row, r), rows), storeRow);
      else
        storeRow();
    }
  }

  void storeVector(Value sum, Value at, Value mask) {
    if (spec.epilogue == Epilogue::Residual)
      sum = k.addf(k.load(out, at, mask), sum);
    k.store(sum, out, at, mask);
  }

  //===--- The epilogue --------------------------------------------------===//

  /// Results [output tile][row] of the sums.
  SmallVector<SmallVector<Value>> finish(ArrayRef<Value> sums, Value tile,
                                         Block block) {
    SmallVector<SmallVector<Value>> out;
    for (int64_t t = 0; t < block.tiles; ++t) {
      out.emplace_back(sums.slice(t * block.rows, block.rows));
      if (!bias)
        continue;
      Value added = k.load(bias, biasOf(tile, t));
      for (Value &sum : out.back())
        sum = k.addf(sum, added);
    }
    if (spec.epilogue != Epilogue::Gated) {
      for (SmallVector<Value> &row : out)
        for (Value &sum : row)
          sum = transform(sum);
      return out;
    }
    SmallVector<SmallVector<Value>> gated;
    for (int64_t t = 0; t + 1 < block.tiles; t += 2) {
      gated.emplace_back();
      for (int64_t r = 0; r < block.rows; ++r)
        gated.back().push_back(
            k.mulf(k.apply(spec.function, out[t][r]), out[t + 1][r]));
    }
    return gated;
  }

  /// What becomes of a sum on its own.
  Value transform(Value sum) {
    if (spec.epilogue == Epilogue::Activation)
      return k.apply(spec.function, sum);
    if (spec.epilogue == Epilogue::SoftCap)
      return k.softCap(sum, spec.softCap);
    return sum;
  }

  /// Where the biases of tile `t` of the block at `tile` are. Those of gate and
  /// up follow each other, while the tiles alternate.
  Value biasOf(Value tile, int64_t t) {
    if (spec.epilogue != Epilogue::Gated)
      return k.mul(k.add(tile, t), kTileRows);
    Value pair = arith::DivUIOp::create(k.b, tile, k.index(2));
    int64_t part = t % 2 * (linearTiles(spec) / 2);
    return k.mul(k.add(pair, part + t / 2), kTileRows);
  }

  /// Where the results of output tile `t` of the block at `tile` go.
  Destination destination(Value tile, int64_t t) {
    bool gated = spec.epilogue == Epilogue::Gated;
    ArrayRef<int64_t> parts = spec.partRows;
    if (gated) {
      tile = arith::DivUIOp::create(k.b, tile, k.index(2));
      parts = parts.take_front();
    }
    tile = k.add(tile, t);
    // Up to part i, `shift` columns were padding in the tiles and are not in
    // the output row.
    Value column = k.mul(tile, kTileRows), end;
    bool whole = true;
    int64_t firstTile = 0, columns = 0;
    Value plain = column;
    for (int64_t partRows : parts) {
      Value partEnd = k.index(columns + partRows);
      if (firstTile == 0) {
        end = partEnd;
      } else {
        Value here = k.atLeast(tile, firstTile);
        Value shifted = k.sub(plain, firstTile * kTileRows - columns);
        column = arith::SelectOp::create(k.b, here, shifted, column);
        end = arith::SelectOp::create(k.b, here, partEnd, end);
      }
      whole &= partRows % kTileRows == 0;
      firstTile += llvm::divideCeil(partRows, kTileRows);
      columns += partRows;
    }
    if (whole)
      return {plain, Value()};
    Value left = arith::SubIOp::create(k.b, end, column);
    return {column, k.maskOf(k.min(left, k.index(kTileRows)))};
  }

  KernelBuilder &k;
  const LinearSpec &spec;
  const Capabilities &target;
  LinearTiles tiles;
  Value bias, out, rows;
  int64_t xColumn, xStride, outStride;
};

} // namespace

int64_t linearTiles(const LinearSpec &spec) {
  int64_t tiles = 0;
  for (int64_t rows : spec.partRows)
    tiles += llvm::divideCeil(rows, kTileRows);
  return tiles;
}

int64_t linearColumns(const LinearSpec &spec) {
  if (spec.epilogue == Epilogue::Gated)
    return spec.partRows.front();
  return std::accumulate(spec.partRows.begin(), spec.partRows.end(),
                         int64_t(0));
}

int64_t linearGrid(const LinearSpec &spec) {
  return llvm::divideCeil(linearTiles(spec), panelTiles(spec.variant));
}

func::FuncOp buildLinear(OpBuilder &builder, Location loc, StringRef name,
                         const LinearSpec &spec, const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  SmallVector<Type> bindings = {
      KernelBuilder::buffer(context, spec.activation),
      KernelBuilder::weightBuffer(context, spec.weight)};
  if (spec.bias)
    bindings.push_back(KernelBuilder::buffer(context, Element::F32));
  bindings.push_back(KernelBuilder::buffer(context, spec.output));
  KernelBuilder k(builder, loc, name, bindings, /*numScalars=*/1);
  LinearEmitter(k, spec, target).emit();
  return k.finish();
}

} // namespace swage::cpu
