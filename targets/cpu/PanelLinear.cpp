//===- PanelLinear.cpp - Linears of codes times many rows -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Unpacking codes costs as much as multiplying them with a few rows, so it is
// done once for all rows of a chunk, whose codes stay in L2:
//
//   for chunk of rows                 x is read once
//     for work item
//       for slice of k                weights from memory, unpacked into L1
//         for block of rows           x from L2, sums from L2 and back
//           for chunk of 64 columns   as CodeDots.h says
//       epilogue, store
//
// Tile registers multiply 16 rows where there are any, see CodeMatrix.h; else
// a block of vector registers does.
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/PanelLinear.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "runtime/include/swage/cpu_kernel.h"
#include "targets/cpu/CodeDots.h"
#include "targets/cpu/CodeMatrix.h"
#include "targets/cpu/CodePanel.h"
#include "targets/cpu/Kernels.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using swage::compression::GroupLayout;

namespace swage::cpu {
namespace {

/// Row tiles of a work item.
constexpr int64_t kTiles = 2;

/// Rows of a chunk, a power of two: their codes take half of L2.
int64_t chunkRows(const LinearSpec &spec, const Capabilities &target) {
  int64_t rows = kRowPadding;
  while (rows < 1024 && 2 * rows * spec.k <= target.l2Bytes / 2)
    rows *= 2;
  return rows;
}

class PanelLinearEmitter {
public:
  PanelLinearEmitter(KernelBuilder &k, const LinearSpec &spec,
                     const LinearArguments &arguments,
                     const Capabilities &target)
      : k(k), spec(spec), arguments(arguments), target(target),
        layout(*spec.weight.groups), rowsOfChunk(chunkRows(spec, target)),
        sums(k.scratch(Element::F32, rowsOfChunk * kTiles * kVector)),
        panel(k, layout, arguments.weights, kTiles),
        dots(k, layout, target, spec.k, arguments.x),
        epilogue(k, spec, arguments.bias, arguments.out) {
    if (target.hasInt8Tiles)
      matrix.emplace(k, layout, dots, panel, arguments.x, arguments.xStride,
                     sums);
  }

  void emit() {
    int64_t count = linearTiles(spec), rest = count % kTiles;
    Value whole = k.index(count / kTiles);
    k.loop(k.index(0), arguments.rows, rowsOfChunk, [&](Value first) {
      Rows rows = {first, k.min(k.add(first, rowsOfChunk), arguments.rows)};
      k.loop(k.begin(), k.min(k.end(), whole), 1,
             [&](Value item) { emitItem(k.mul(item, kTiles), kTiles, rows); });
      if (rest)
        k.when(k.less(k.max(k.begin(), whole), k.end()),
               [&] { emitItem(k.index(count - rest), rest, rows); });
    });
  }

private:
  /// Rows of a chunk.
  struct Rows {
    Value first, end;
  };
  /// Part of k: its first chunk of columns, and how many of them.
  struct Slice {
    Value chunk, chunks;
  };

  void emitItem(Value tile, int64_t width, const Rows &rows) {
    Value numRows = arith::SubIOp::create(k.b, rows.end, rows.first);
    Value padded =
        k.mul(arith::CeilDivUIOp::create(k.b, numRows, k.index(kRowPadding)),
              kRowPadding * kTiles * kVector);
    k.loop(k.index(0), padded, kVector,
           [&](Value at) { k.store(k.splat(0.0), sums, at); });
    int64_t spans = llvm::divideCeil(spec.k, layout.columns);
    int64_t chunks = llvm::divideCeil(spec.k, GroupLayout::kChunk);
    k.loop(k.index(0), k.index(spans), panel.maxSpans(), [&](Value span) {
      Value end = k.min(k.add(span, panel.maxSpans()), k.index(spans));
      panel.unpack(tile, width, layout.tileBytes(spec.k), span,
                   arith::SubIOp::create(k.b, end, span), [&](Value bytes) {
                     return matrix ? matrix->weights(bytes) : bytes;
                   });
      Value first = k.mul(span, layout.chunks());
      Value last = k.min(k.mul(end, layout.chunks()), k.index(chunks));
      emitSlice(width, rows, {first, arith::SubIOp::create(k.b, last, first)});
    });
    k.loop(rows.first, rows.end, 1, [&](Value row) {
      Value at = sumsOf(arith::SubIOp::create(k.b, row, rows.first));
      SmallVector<Value> results;
      for (int64_t t = 0; t < width; ++t)
        results.push_back(k.load(sums, k.add(at, t * kVector)));
      epilogue.store(results, tile, {width, 1}, row);
    });
  }

  /// Adds the products of a slice to the sums of all rows.
  void emitSlice(int64_t width, const Rows &rows, const Slice &slice) {
    if (matrix) {
      k.loop(rows.first, rows.end, kRowPadding, [&](Value row) {
        matrix->multiply(width, xOf(row), slice.chunk, slice.chunks,
                         sumsOf(arith::SubIOp::create(k.b, row, rows.first)));
      });
      return;
    }
    // 24 sums of 32 registers; the last block reads into the padding.
    Value row = rows.first;
    bool narrow = target.lanes < kVector;
    if (!narrow)
      row = emitBlocks({width, 12}, row, k.sub(rows.end, 11), rows, slice);
    emitBlocks({width, narrow ? 2 : 4}, row, rows.end, rows, slice);
  }

  /// Blocks from `row` to `end`; returns the first row that is left.
  Value emitBlocks(Block block, Value row, Value end, const Rows &rows,
                   const Slice &slice) {
    return k.loop(row, end, block.rows, ValueRange{row},
                  [&](Value at, ValueRange) -> SmallVector<Value> {
                    emitBlock(block, at, rows, slice);
                    return {k.add(at, block.rows)};
                  })[0];
  }

  void emitBlock(Block block, Value row, const Rows &rows, const Slice &slice) {
    Value first = arith::SubIOp::create(k.b, row, rows.first);
    SmallVector<Value> starts, places, loaded;
    for (int64_t r = 0; r < block.rows; ++r)
      starts.push_back(k.add(xOf(row), r * arguments.xStride));
    for (int64_t t = 0; t < block.tiles; ++t)
      for (int64_t r = 0; r < block.rows; ++r) {
        places.push_back(k.add(sumsOf(k.add(first, r)), t * kVector));
        loaded.push_back(k.load(sums, places.back()));
      }
    SmallVector<Value> results = k.loop(
        k.index(0), slice.chunks, 1, loaded,
        [&](Value chunk, ValueRange carried) {
          SmallVector<Value> next(carried);
          Value units =
              k.mul(chunk, GroupLayout::kChunk / GroupLayout::kInterleave);
          auto codes = [&](int64_t tile, Value unit) {
            return panel.load(tile, k.add(units, unit));
          };
          auto factors = [&](int64_t tile, int64_t column) {
            return panel.factors(tile, groupOf(chunk, column));
          };
          dots.addChunk(next, {block.tiles, starts, k.add(slice.chunk, chunk),
                               codes, factors});
          return next;
        });
    for (auto [at, result] : llvm::zip_equal(places, results))
      k.store(result, sums, at);
  }

  /// The group of the slice that has a chunk's column.
  Value groupOf(Value chunk, int64_t column) {
    Value first = k.mul(chunk, GroupLayout::kChunk);
    return arith::DivUIOp::create(k.b, k.add(first, column),
                                  k.index(layout.groupColumns));
  }

  Value xOf(Value row) {
    return k.add(k.mul(row, arguments.xStride), arguments.xColumn);
  }

  /// Where the sums of a row of the chunk stand: [row][tile][16].
  Value sumsOf(Value row) { return k.mul(row, kTiles * kVector); }

  KernelBuilder &k;
  const LinearSpec &spec;
  const LinearArguments &arguments;
  const Capabilities &target;
  const GroupLayout &layout;
  int64_t rowsOfChunk;
  Value sums;
  CodePanel panel;
  CodeDots dots;
  std::optional<CodeMatrix> matrix;
  LinearEpilogue epilogue;
};

} // namespace

bool isPanelLinear(const LinearSpec &spec) {
  constexpr int64_t kOthers = 256 << 10; // sums, and what multiplies
  return spec.variant == RowVariant::Many && spec.weight.groups &&
         spec.weight.groups->values.areIntegers() &&
         spec.activation == Element::Q8 &&
         CodePanel::scratchBytes(*spec.weight.groups, kTiles) + kOthers <=
             SWAGE_CPU_SCRATCH_BYTES;
}

void emitPanelLinear(KernelBuilder &k, const LinearSpec &spec,
                     const LinearArguments &arguments,
                     const Capabilities &target) {
  PanelLinearEmitter(k, spec, arguments, target).emit();
}

} // namespace swage::cpu
