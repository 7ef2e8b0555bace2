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
#include "targets/cpu/MatrixLinear.h"
#include "targets/cpu/MatrixTiles.h"
#include "targets/cpu/PanelLinear.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace swage::cpu {
namespace {

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

class LinearEmitter {
public:
  LinearEmitter(KernelBuilder &k, const LinearSpec &spec,
                const LinearOperands &operands,
                const LinearArguments &arguments, const Capabilities &target)
      : k(k), spec(spec), target(target), arguments(arguments),
        tiles(TileSums::make(k, operands, target, arguments.x,
                             arguments.weights)),
        epilogue(k, spec, arguments.bias, arguments.out) {}

  void emit() {
    int64_t perPanel = linearPanelTiles(spec.variant);
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
        blocksOf(spec.variant, target, tiles->splitsPairs());
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
      k.when(k.less(row, arguments.rows), [&] {
        emitBlock(tile, {width, blocks.back().rows}, row, /*partial=*/true);
      });
    }
  }

  /// Whole blocks from `row` on; returns the first row that is left.
  Value emitBlocks(Value tile, Block block, Value row) {
    Value limit = k.sub(arguments.rows, block.rows - 1);
    return k.loop(row, limit, block.rows, ValueRange{row},
                  [&](Value at, ValueRange) -> SmallVector<Value> {
                    emitBlock(tile, block, at, /*partial=*/false);
                    return {k.add(at, block.rows)};
                  })[0];
  }

  void emitBlock(Value tile, Block block, Value row, bool partial) {
    Value at = k.add(k.mul(row, arguments.xStride), arguments.xColumn);
    epilogue.store(tiles->accumulate(tile, block, {at, arguments.xStride, {}}),
                   tile, block, row, partial ? arguments.rows : Value());
  }

  KernelBuilder &k;
  const LinearSpec &spec;
  const Capabilities &target;
  const LinearArguments &arguments;
  std::unique_ptr<TileSums> tiles;
  LinearEpilogue epilogue;
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

int64_t linearPanelTiles(RowVariant variant) {
  // One and few rows want several independent streams of weights; with many
  // rows two tiles already use each broadcast of x twice.
  return variant == RowVariant::Many ? 2 : 4;
}

int64_t linearGrid(const LinearSpec &spec) {
  return llvm::divideCeil(linearTiles(spec), linearPanelTiles(spec.variant));
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
  KernelBuilder k(builder, loc, name, bindings, /*numScalars=*/1, target);
  int64_t next = 2;
  LinearArguments arguments = {
      k.binding(0),
      k.binding(1),
      spec.bias ? k.binding(next++) : Value(),
      k.binding(next),
      k.scalar(0),
      spec.slice ? spec.slice->column : 0,
      paddedRowLength(spec.slice ? spec.slice->columns : spec.k,
                      spec.activation)};
  LinearOperands operands = {spec.k, spec.weight, spec.activation,
                             spec.variant == RowVariant::One};
  if (isPanelLinear(spec))
    emitPanelLinear(k, spec, arguments, target);
  else if (MatrixTiles::compute(operands, target))
    emitMatrixLinear(k, spec, operands, arguments, target);
  else
    LinearEmitter(k, spec, operands, arguments, target).emit();
  return k.finish();
}

} // namespace swage::cpu
