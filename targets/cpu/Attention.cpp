//===- Attention.cpp - Attention over a paged cache -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile's queries are the heads of one group for one row or for several
// neighbouring rows whose slots are in one page. So only a tile's last page
// needs a mask, and of those that a window begins in; every row walks the pages
// it would walk alone, after at most one that is hidden from it as a whole.
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "targets/cpu/AttentionParts.h"
#include "targets/cpu/MatrixTiles.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {
namespace {

/// Bytes of stack that a tile's scratch may take.
constexpr int64_t kTileScratchBytes = 28 << 10;

SmallVector<Type> bindingTypes(MLIRContext *context,
                               const AttentionSpec &spec) {
  MemRefType f32 = KernelBuilder::buffer(context, Element::F32);
  MemRefType cache =
      spec.cache.codes
          ? MemRefType::get(ShapedType::kDynamic, IntegerType::get(context, 8))
          : KernelBuilder::buffer(context, spec.cache.element);
  SmallVector<Type> types(spec.numRowBuffers(), f32);
  types.append({cache, cache, KernelBuilder::i32Buffer(context)});
  if (spec.rope)
    types.push_back(f32);
  types.push_back(KernelBuilder::buffer(context, spec.output));
  return types;
}

/// How many rows of a whole group tiles take, largest first, ending in 1.
SmallVector<int64_t> rowCounts(RowVariant variant, int64_t group,
                               int64_t maxQueries) {
  int64_t most = variant == RowVariant::One ? 1 : maxQueries / group;
  SmallVector<int64_t> counts;
  if (most > 1)
    counts.push_back(most);
  // A size between keeps the rows behind the last large tile together.
  if (most > 5)
    counts.push_back(most / 3);
  counts.push_back(1);
  return counts;
}

/// Emits the driver of one kernel.
class KernelEmitter {
public:
  KernelEmitter(KernelBuilder &k, const AttentionSpec &spec,
                const Capabilities &target)
      : k(k), spec(spec), f(k, spec, target) {}

  void emit();

private:
  void emitItem(Value sequence, Value kvHead);
  /// Rows [lower, upper) of a sequence, whose row 0 stands at `sequence`.
  void emitRows(Value lower, Value upper, const TilePlace &sequence);
  void emitLargeGroup(const TilePlace &row);

  KernelBuilder &k;
  const AttentionSpec &spec;
  AttentionFrame f;
};

void KernelEmitter::emit() {
  Value heads = k.index(spec.numKvHeads);
  k.loop(k.begin(), k.end(), 1, [&](Value item) {
    emitItem(arith::DivUIOp::create(k.b, item, heads),
             arith::RemUIOp::create(k.b, item, heads));
  });
}

void KernelEmitter::emitItem(Value sequence, Value kvHead) {
  Value firstRow = f.batchAt(sequence);
  Value count =
      arith::SubIOp::create(k.b, f.batchAt(k.add(sequence, 1)), firstRow);
  Value past = f.batchAt(k.add(k.add(f.sequences, 1), sequence));
  Value table = k.add(k.add(k.add(k.mul(f.sequences, 2), 1), f.rows),
                      arith::MulIOp::create(k.b, sequence, f.tableStride));
  k.loop(k.index(0), count, 1, [&](Value i) {
    emitAppend(f, k.add(firstRow, i), k.add(past, i), kvHead, table);
  });

  TilePlace place{firstRow, past,  k.mul(kvHead, f.group),
                  kvHead,   table, k.add(past, count)};
  Value positions = k.index(kPagePositions);
  Value firstPage = arith::DivUIOp::create(k.b, past, positions);
  Value endPage = arith::DivUIOp::create(
      k.b, k.add(place.slots, kPagePositions - 1), positions);
  k.loop(firstPage, endPage, 1, [&](Value page) {
    Value pageSlot = k.mul(page, kPagePositions);
    Value lower = k.max(arith::SubIOp::create(k.b, pageSlot, past), k.index(0));
    Value upper =
        k.min(arith::SubIOp::create(k.b, k.add(pageSlot, kPagePositions), past),
              count);
    emitRows(lower, upper, place);
  });
}

void KernelEmitter::emitRows(Value lower, Value upper,
                             const TilePlace &sequence) {
  auto placeOf = [&](Value i) {
    TilePlace place = sequence;
    place.firstRow = k.add(place.firstRow, i);
    place.firstSlot = k.add(place.firstSlot, i);
    return place;
  };
  if (f.group > f.maxQueries) {
    k.loop(lower, upper, 1, [&](Value i) { emitLargeGroup(placeOf(i)); });
    return;
  }
  for (int64_t rows : rowCounts(spec.variant, f.group, f.maxQueries)) {
    Value step = k.index(rows);
    Value tiles = arith::DivUIOp::create(
        k.b, k.max(arith::SubIOp::create(k.b, upper, lower), k.index(0)), step);
    Value next = k.add(lower, k.mul(tiles, rows));
    k.loop(lower, next, rows,
           [&](Value i) { emitTile(f, {rows, f.group}, placeOf(i)); });
    lower = next;
  }
}

void KernelEmitter::emitLargeGroup(const TilePlace &row) {
  int64_t parts = llvm::divideCeil(f.group, f.maxQueries);
  int64_t heads = llvm::divideCeil(f.group, parts);
  int64_t whole = f.group / heads * heads;
  auto part = [&](Value head, int64_t count) {
    TilePlace place = row;
    place.firstHead = k.add(row.firstHead, head);
    emitTile(f, {1, count}, place);
  };
  k.loop(k.index(0), k.index(whole), heads,
         [&](Value head) { part(head, heads); });
  if (whole < f.group)
    part(k.index(whole), f.group - whole);
}

} // namespace

AttentionFrame::AttentionFrame(KernelBuilder &k, const AttentionSpec &spec,
                               const Capabilities &target)
    : k(k), spec(spec),
      coded(spec.cache.codes
                ? std::optional(CodedPage(*spec.cache.codes, spec.headDim))
                : std::nullopt),
      matrix(attentionUsesMatrixTiles(spec, target)),
      page(!spec.cache.codes ? spec.cache.element
           : matrix          ? Element::BF16
                             : Element::F32),
      interleave(tileInterleave(page)),
      keyDims(cacheKeyDims(page, spec.headDim)),
      group(spec.numHeads / spec.numKvHeads),
      valueVectors(llvm::divideCeil(spec.headDim, kVector)),
      valueRow(valueVectors * kVector),
      outRow(paddedRowLength(spec.numHeads * spec.headDim, spec.output)),
      // Three quarters of the registers: the rest hold what is loaded.
      accumulators(target.vectorRegisters * 3 / 4 * target.lanes / kVector) {
  int64_t perQuery =
      4 * (spec.headDim + kPagePositions + valueRow + kVector + 2);
  maxQueries = std::max<int64_t>(
      1, std::min(accumulators / 2, kTileScratchBytes / perQuery));
  if (matrix)
    maxQueries = kMatrixRows;

  newQueries = headRows(spec.queries);
  newKeys = headRows(spec.keys);
  newValues = headRows(spec.values);
  int64_t next = spec.numRowBuffers();
  keys = k.binding(next++);
  values = k.binding(next++);
  batch = k.binding(next++);
  phaseTable = spec.rope ? k.binding(next++) : Value();
  out = k.binding(next);
  rows = k.scalar(0);
  sequences = k.scalar(1);
  tableStride = k.scalar(2);

  if (spec.rope) {
    int64_t pairs = llvm::alignTo(spec.rope->dims / 2, kVector);
    cosines = scratch(Element::F32, pairs);
    sines = scratch(Element::F32, pairs);
  }
  key = scratch(coded ? Element::F32 : page, valueRow);
  value = scratch(coded ? Element::F32 : page, valueRow);
  query = scratch(matrix ? Element::BF16 : Element::F32, maxQueries * keyDims);
  scores =
      scratch(Element::F32, (matrix ? 2 : 1) * maxQueries * kPagePositions);
  firstScore = k.index(0);
  exponentials =
      matrix ? scratch(Element::BF16, maxQueries * kPagePositions) : scores;
  result = scratch(Element::F32, maxQueries * valueRow);
  sum = scratch(Element::F32, maxQueries * kVector);
  assert(maxQueries <= kVector && "maxima are one vector");
  maximum = scratch(Element::F32, kVector);
  factor = scratch(Element::F32, kVector);
  if (!coded)
    return;
  codes = scratch(k.b.getI8Type(), valueRow);
  factors = scratch(Element::F32, 2 * coded->groups * kPagePositions);
  decodedKeys = k.scratch(page, (keyDims + 1) * kPagePositions);
  decodedValues = k.scratch(page, kPagePositions * valueRow);
}

Value AttentionFrame::scratch(Element element, int64_t size) {
  return scratch(KernelBuilder::elementType(k.b.getContext(), element), size);
}

Value AttentionFrame::scratch(Type element, int64_t size) {
  return memref::AllocaOp::create(k.b, MemRefType::get(size, element),
                                  ValueRange{}, k.b.getI64IntegerAttr(64));
}

HeadRows AttentionFrame::headRows(const HeadColumns &columns) {
  return {k.binding(columns.binding), columns.column,
          paddedRowLength(columns.columns, Element::F32)};
}

Value AttentionFrame::headAt(const HeadRows &heads, Value row, Value head) {
  return k.add(k.add(k.mul(row, heads.rowLength), heads.column),
               k.mul(head, spec.headDim));
}

Value AttentionFrame::keyPage(Value page, Value head) {
  return k.mul(k.add(k.mul(page, spec.numKvHeads), head),
               coded ? coded->keyBytes : keyDims * kPagePositions);
}

Value AttentionFrame::valuePage(Value page, Value head) {
  return k.mul(k.add(k.mul(page, spec.numKvHeads), head),
               coded ? coded->valueBytes : kPagePositions * valueRow);
}

Value AttentionFrame::cacheAt(Value row, int64_t columns, Value column) {
  if (interleave == 1)
    return k.add(k.mul(row, columns), column);
  Value e = k.index(interleave);
  return k.add(
      k.add(k.mul(arith::DivUIOp::create(k.b, row, e), columns * interleave),
            k.mul(column, interleave)),
      arith::RemUIOp::create(k.b, row, e));
}

func::FuncOp buildAttention(OpBuilder &builder, Location loc, StringRef name,
                            const AttentionSpec &spec,
                            const Capabilities &target) {
  OpBuilder::InsertionGuard guard(builder);
  KernelBuilder k(builder, loc, name, bindingTypes(builder.getContext(), spec),
                  /*numScalars=*/3, target);
  KernelEmitter(k, spec, target).emit();
  return k.finish();
}

} // namespace swage::cpu
