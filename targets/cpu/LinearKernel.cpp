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
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/Kernels.h"
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

/// A block of accumulators.
struct Block {
  int64_t tiles, rows;
};

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
      : k(k), spec(spec), target(target), x(k.binding(0)),
        weights(k.binding(1)), bias(spec.bias ? k.binding(2) : Value()),
        out(k.binding(spec.bias ? 3 : 2)), rows(k.scalar(0)),
        interleave(tileInterleave(spec.weight)),
        dot(target.hasBf16Dot && spec.weight == Element::BF16 &&
            spec.activation == Element::BF16),
        steps(llvm::divideCeil(spec.k, interleave)),
        xStride(paddedRowLength(spec.k, spec.activation)),
        outStride(paddedRowLength(linearColumns(spec), spec.output)) {}

  void emit() {
    int64_t perPanel = panelTiles(spec.variant);
    int64_t tiles = linearTiles(spec);
    Value whole = k.index(tiles / perPanel);
    k.loop(k.begin(), k.min(k.end(), whole), 1,
           [&](Value panel) { emitPanel(k.mul(panel, perPanel), perPanel); });
    if (int64_t rest = tiles % perPanel)
      k.when(k.less(k.max(k.begin(), whole), k.end()),
             [&] { emitPanel(k.index(tiles - rest), rest); });
  }

private:
  /// All rows of the `tiles` row tiles from `first` on.
  void emitPanel(Value first, int64_t tiles) {
    SmallVector<Block> blocks =
        blocksOf(spec.variant, target, interleave == 2 && !dot);
    for (int64_t done = 0; done < tiles; done += blocks.front().tiles) {
      Value tile = k.add(first, done);
      int64_t width = std::min(blocks.front().tiles, tiles - done);
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
    SmallVector<Value> sums = accumulate(tile, block, row);
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

  //===--- The sums ------------------------------------------------------===//

  /// Accumulators [tile][row] over all of k, in one flat list.
  SmallVector<Value> accumulate(Value tile, Block block, Value row) {
    // Enough work between two branches, and few enough instructions for the
    // decoded-instruction cache.
    int64_t unroll = block.rows * block.tiles > 8 ? 4 : 8;
    int64_t looped = steps / unroll * unroll;
    // The last step of an odd k holds one value; it is not in the loop.
    if (spec.k % interleave && looped == steps)
      looped -= unroll;
    Value weightBase = k.mul(tile, steps * kVector);
    Value xBase = k.mul(row, xStride);
    SmallVector<Value> sums(block.tiles * block.rows, k.splat(0.0));
    if (looped > 0)
      sums = k.loop(k.index(0), k.index(looped), unroll, sums,
                    [&](Value step, ValueRange carried) {
                      SmallVector<Value> next(carried);
                      for (int64_t u = 0; u < unroll; ++u)
                        emitStep(next, block, weightBase, xBase, k.add(step, u),
                                 /*last=*/false);
                      return next;
                    });
    for (int64_t step = looped; step < steps; ++step)
      emitStep(sums, block, weightBase, xBase, k.index(step),
               step + 1 == steps && spec.k % interleave);
    return sums;
  }

  /// One vector of weights of each tile times one or two k of each row.
  /// `single`: only the first k of the interleave exists.
  void emitStep(SmallVector<Value> &sums, Block block, Value weightBase,
                Value xBase, Value step, bool single) {
    Value weightAt = k.add(weightBase, k.mul(step, kVector));
    Value xAt = k.add(xBase, k.mul(step, interleave));
    auto loadTile = [&](int64_t t) {
      return weightOperands(k.add(weightAt, t * steps * kVector));
    };
    auto loadRow = [&](int64_t r) {
      return xOperands(k.add(xAt, r * xStride), single);
    };
    auto multiply = [&](int64_t t, int64_t r, ArrayRef<Value> w,
                        ArrayRef<Value> v) {
      Value &sum = sums[t * block.rows + r];
      for (auto [factor, value] : llvm::zip(w, v))
        sum = multiplyAdd(factor, value, sum);
    };
    // The shorter side waits in registers while the longer one streams.
    using Operands = SmallVector<Value, 2>;
    SmallVector<Operands> kept;
    if (block.rows <= block.tiles) {
      for (int64_t r = 0; r < block.rows; ++r)
        kept.push_back(loadRow(r));
      for (int64_t t = 0; t < block.tiles; ++t) {
        Operands w = loadTile(t);
        for (int64_t r = 0; r < block.rows; ++r)
          multiply(t, r, w, kept[r]);
      }
      return;
    }
    for (int64_t t = 0; t < block.tiles; ++t)
      kept.push_back(loadTile(t));
    for (int64_t r = 0; r < block.rows; ++r) {
      Operands v = loadRow(r);
      for (int64_t t = 0; t < block.tiles; ++t)
        multiply(t, r, kept[t], v);
    }
  }

  Value multiplyAdd(Value weight, Value value, Value sum) {
    if (!dot)
      return k.fma(weight, value, sum);
    return x86vector::DotBF16Op::create(k.b, sum.getType(), sum, weight, value);
  }

  int64_t weightLaneBytes() const {
    return interleave * elementBytes(spec.weight);
  }

  /// The weight vector at `at` as the left factors of the multiply-adds.
  SmallVector<Value, 2> weightOperands(Value at) {
    if (target.prefetchBytes && spec.variant == RowVariant::One)
      memref::PrefetchOp::create(
          k.b, weights, k.add(at, target.prefetchBytes / weightLaneBytes()),
          /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
    Value raw = k.loadWeights(weights, at);
    if (dot)
      return {asBf16(raw)};
    if (spec.weight == Element::BF16)
      return {k.lowHalf(raw), k.highHalf(raw)};
    return {k.widen(raw)};
  }

  /// The x values at `at` as the right factors, each in all lanes.
  SmallVector<Value, 2> xOperands(Value at, bool single) {
    if (spec.activation != Element::BF16 || interleave == 1) {
      SmallVector<Value, 2> out;
      for (int64_t j = 0; j < (single ? 1 : interleave); ++j)
        out.push_back(k.broadcast(k.loadScalar(x, k.add(at, j))));
      return out;
    }
    Value pair = k.broadcast(single ? loadSingle(at) : loadPair(at));
    if (dot)
      return {asBf16(pair)};
    if (single)
      return {k.lowHalf(pair)};
    return {k.lowHalf(pair), k.highHalf(pair)};
  }

  /// Two neighbouring bf16 as one i32.
  Value loadPair(Value at) {
    Value two =
        vector::LoadOp::create(k.b, k.vectorOf(k.b.getBF16Type(), 2), x, at);
    Value word =
        vector::BitCastOp::create(k.b, k.vectorOf(k.b.getI32Type(), 1), two);
    return vector::ExtractOp::create(k.b, word, ArrayRef<int64_t>{0});
  }

  /// One bf16 in the low half of an i32. What stands behind the row's last
  /// value may be anything, and zero times anything is not always zero.
  Value loadSingle(Value at) {
    Value one = memref::LoadOp::create(k.b, x, at);
    return arith::ExtUIOp::create(
        k.b, k.b.getI32Type(),
        arith::BitcastOp::create(k.b, k.b.getI16Type(), one));
  }

  Value asBf16(Value lanes) {
    return vector::BitCastOp::create(
        k.b, k.vectorOf(k.b.getBF16Type(), 2 * kVector), lanes);
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
      Value added = k.load(bias, k.mul(k.add(tile, t), kTileRows));
      for (Value &sum : out.back())
        sum = k.addf(sum, added);
    }
    if (spec.epilogue != Epilogue::GatedSilu)
      return out;
    SmallVector<SmallVector<Value>> gated;
    for (int64_t t = 0; t + 1 < block.tiles; t += 2) {
      gated.emplace_back();
      for (int64_t r = 0; r < block.rows; ++r)
        gated.back().push_back(k.mulf(k.silu(out[t][r]), out[t + 1][r]));
    }
    return gated;
  }

  /// Where the results of output tile `t` of the block at `tile` go.
  Destination destination(Value tile, int64_t t) {
    bool gated = spec.epilogue == Epilogue::GatedSilu;
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
  Value x, weights, bias, out, rows;
  int64_t interleave; ///< k values of one row side by side in a weight vector
  bool dot;           ///< by bf16 dot products; else widened multiply-adds
  int64_t steps;      ///< weight vectors of one tile
  int64_t xStride, outStride;
};

} // namespace

int64_t linearTiles(const LinearSpec &spec) {
  int64_t tiles = 0;
  for (int64_t rows : spec.partRows)
    tiles += llvm::divideCeil(rows, kTileRows);
  return tiles;
}

int64_t linearColumns(const LinearSpec &spec) {
  if (spec.epilogue == Epilogue::GatedSilu)
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
