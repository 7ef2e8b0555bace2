//===- GroupTiles.cpp - Sums over group tiles -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/GroupTiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using swage::compression::GroupLayout;

namespace swage::cpu {

/// Tiles of the widest block.
static constexpr int64_t kMaxTiles = 4;

GroupTiles::GroupTiles(KernelBuilder &k, const LinearOperands &operands,
                       const Capabilities &target, Value x, Value weights,
                       int64_t columns)
    : k(k), spec(operands), target(target), layout(*spec.weight.groups),
      decoder(k, layout, weights), x(x), columns(columns), weights(weights) {
  // The factors of a single chunk stay in registers.
  if (layout.chunks() == 1)
    return;
  int64_t size = kMaxTiles * layout.groups() * kVector;
  scales = k.scratch(Element::F32, size);
  if (layout.minima)
    minima = k.scratch(Element::F32, size);
  if (layout.zeros)
    zeros = k.scratch(Element::F32, size);
}

GroupTiles::Sums GroupTiles::accumulate(Value tile, Block block,
                                        const RowPlaces &rows) {
  int64_t tileWords = layout.tileBytes(spec.k) / 4;
  int64_t whole = columns / layout.columns, rest = columns % layout.columns;
  Value base = k.mul(tile, tileWords);
  auto spanOf = [&](Value index, int64_t columns) {
    Value inTile = k.mul(index, decoder.spanWords());
    Span span = {block,  rows, {}, inTile, k.mul(index, layout.columns),
                 columns};
    Value at = k.add(base, inTile);
    for (int64_t t = 0; t < block.tiles; ++t)
      span.at.push_back(k.add(at, t * tileWords));
    return span;
  };
  Sums sums(block.tiles * block.rows, k.splat(0.0));
  if (whole)
    sums =
        k.loop(k.index(0), k.index(whole), 1, sums,
               [&](Value index, ValueRange carried) {
                 return emitSpan(Sums(carried), spanOf(index, layout.columns));
               });
  if (rest)
    sums = emitSpan(sums, spanOf(k.index(whole), rest));
  return sums;
}

GroupTiles::Sums GroupTiles::emitSpan(Sums sums, const Span &span) {
  int64_t groups = llvm::divideCeil(span.columns, layout.groupColumns);
  int64_t codeWords = layout.columns / layout.codeColumns * decoder.codeWords();
  SmallVector<SmallVector<GroupDecoder::Factors>> factors;
  Value ahead = aheadOf(span, k.index(codeWords));
  for (Value at : span.at) {
    prefetch(k.add(k.add(at, codeWords), ahead),
             decoder.spanWords() - codeWords);
    factors.push_back(decoder.factors(at, groups));
  }
  if (layout.chunks() == 1) {
    emitChunkOf(
        span, sums, k.index(0), span.columns,
        [&](int64_t tile, int64_t group) { return factors[tile][group]; });
    return sums;
  }
  for (auto [tile, ofTile] : llvm::enumerate(factors))
    for (auto [group, ofGroup] : llvm::enumerate(ofTile))
      keep(ofGroup, tile, group);
  auto emit = [&](Sums &next, Value index, int64_t columns) {
    Value first = arith::DivUIOp::create(k.b, k.mul(index, GroupLayout::kChunk),
                                         k.index(layout.groupColumns));
    emitChunkOf(span, next, index, columns, [&](int64_t tile, int64_t group) {
      return kept(tile, k.add(first, group));
    });
  };
  int64_t whole = span.columns / GroupLayout::kChunk,
          rest = span.columns % GroupLayout::kChunk;
  if (whole)
    sums = k.loop(k.index(0), k.index(whole), 1, sums,
                  [&](Value index, ValueRange carried) {
                    Sums next(carried);
                    emit(next, index, GroupLayout::kChunk);
                    return next;
                  });
  if (rest)
    emit(sums, k.index(whole), rest);
  return sums;
}

/// The first `columns` columns of chunk number `index`.
void GroupTiles::emitChunkOf(
    const Span &span, Sums &sums, Value index, int64_t columns,
    llvm::function_ref<GroupDecoder::Factors(int64_t, int64_t)> factors) {
  constexpr int64_t kUnits = GroupLayout::kChunk / GroupLayout::kInterleave;
  int64_t together = layout.codeColumns / GroupLayout::kChunk;
  Value codes = arith::DivUIOp::create(k.b, index, k.index(together));
  Value unit =
      k.mul(arith::RemUIOp::create(k.b, index, k.index(together)), kUnits);
  Value inSpan = k.mul(codes, decoder.codeWords());
  Chunk chunk = {span.block,
                 span.rows,
                 k.add(span.column, k.mul(index, GroupLayout::kChunk)),
                 columns,
                 {},
                 unit,
                 aheadOf(span, inSpan),
                 factors};
  for (Value at : span.at)
    chunk.codes.push_back(k.add(at, inSpan));
  emitChunk(sums, chunk);
}

Value GroupTiles::placeOf(const RowPlaces &rows, int64_t r, Value along) {
  return rows.each.empty() ? k.add(k.add(rows.base, along), r * rows.stride)
                           : k.add(rows.each[r], along);
}

/// How far behind `inSpan` of a span to fetch. The tiles of a block are streams
/// of their own: behind a tile's end comes that of the next block.
Value GroupTiles::aheadOf(const Span &span, Value inSpan) {
  int64_t tileWords = layout.tileBytes(spec.k) / 4,
          distance = target.prefetchBytes / 4;
  Value place = k.add(k.add(span.inTile, inSpan), distance);
  return arith::SelectOp::create(
      k.b, k.less(place, k.index(tileWords)), k.index(distance),
      k.index(distance + (span.block.tiles - 1) * tileWords));
}

/// Asks for the `words` at `at`.
void GroupTiles::prefetch(Value at, int64_t words) {
  if (!target.prefetchBytes || !spec.streams)
    return;
  for (int64_t line = 0; line < words; line += kVector)
    memref::PrefetchOp::create(k.b, weights, k.add(at, line),
                               /*isWrite=*/false, /*localityHint=*/3,
                               /*isDataCache=*/true);
}

void GroupTiles::prefetchUnit(const Chunk &chunk, int64_t tile, Value index) {
  // Evenly, since a burst of them waits for the processor's few fill buffers.
  int64_t lines = decoder.codeWords() / kVector;
  Value line = arith::DivUIOp::create(k.b, k.mul(index, lines),
                                      k.index(layout.codes.units));
  prefetch(k.add(k.add(chunk.codes[tile], chunk.ahead), k.mul(line, kVector)),
           kVector);
}

//===----------------------------------------------------------------------===//
// Factors of a span of several chunks
//===----------------------------------------------------------------------===//

void GroupTiles::keep(const GroupDecoder::Factors &factors, int64_t tile,
                      int64_t group) {
  Value at = k.index((tile * layout.groups() + group) * kVector);
  k.store(factors.scale, scales, at);
  if (minima)
    k.store(factors.minimum, minima, at);
  if (zeros)
    k.store(arith::BitcastOp::create(k.b, k.vectorOf(k.b.getF32Type()),
                                     factors.zero),
            zeros, at);
}

GroupDecoder::Factors GroupTiles::kept(int64_t tile, Value group) {
  Value at = k.mul(k.add(group, tile * layout.groups()), kVector);
  Value zero = decoder.bias();
  if (zeros)
    zero = arith::BitcastOp::create(k.b, k.vectorOf(k.b.getI32Type()),
                                    k.load(zeros, at));
  return {k.load(scales, at), zero, minima ? k.load(minima, at) : Value()};
}

//===----------------------------------------------------------------------===//
// Rows of floats
//===----------------------------------------------------------------------===//

/// What stands in column `column` of row `r` of the block.
Value DecodedTiles::loadRow(const RowPlaces &rows, int64_t r, Value column) {
  if (spec.activation != Element::Q8)
    return k.loadScalar(x, placeOf(rows, r, column));
  auto word = [&](Value index) -> Value {
    return memref::LoadOp::create(k.b, x, placeOf(rows, r, index));
  };
  auto i32 = k.b.getI32Type();
  auto partOf = [&](int64_t size) -> Value {
    return arith::DivUIOp::create(k.b, column, k.index(size));
  };
  // The byte as the highest of a word, and down again with its sign.
  Value left = k.mul(
      arith::SubIOp::create(k.b, k.index(3),
                            arith::RemUIOp::create(k.b, column, k.index(4))),
      8);
  Value code = arith::ShRSIOp::create(
      k.b,
      arith::ShLIOp::create(k.b, word(partOf(4)),
                            arith::IndexCastOp::create(k.b, i32, left)),
      arith::ConstantIntOp::create(k.b, 24, 32));
  Value scale =
      word(k.add(partOf(QuantizedRow::kGroup), QuantizedRow(spec.k).scales));
  return arith::MulFOp::create(
      k.b, arith::BitcastOp::create(k.b, k.b.getF32Type(), scale),
      arith::SIToFPOp::create(k.b, k.b.getF32Type(), code));
}

void DecodedTiles::emitChunk(Sums &sums, Chunk &chunk) {
  constexpr int64_t kInterleave = GroupLayout::kInterleave;
  auto [tiles, numRows] = chunk.block;
  for (int64_t first = 0; first < chunk.columns; first += layout.groupColumns) {
    int64_t end = std::min(first + layout.groupColumns, chunk.columns);
    SmallVector<GroupDecoder::Factors> factors;
    for (int64_t t = 0; t < tiles; ++t)
      factors.push_back(chunk.factors(t, first / layout.groupColumns));
    sums = k.loop(
        k.index(first / kInterleave), k.index(end / kInterleave), 1, sums,
        [&, tiles = tiles, numRows = numRows](Value index, ValueRange carried) {
          Sums next(carried);
          SmallVector<GroupDecoder::Unit> units;
          Value unit = k.add(chunk.unit, index);
          for (int64_t t = 0; t < tiles; ++t) {
            prefetchUnit(chunk, t, unit);
            units.emplace_back(decoder, chunk.codes[t], unit);
          }
          Value column = k.add(chunk.column, k.mul(index, kInterleave));
          for (int64_t i = 0; i < kInterleave; ++i) {
            SmallVector<Value> values;
            for (int64_t t = 0; t < tiles; ++t)
              values.push_back(decoder.decode(units[t].code(i), factors[t]));
            for (int64_t r = 0; r < numRows; ++r) {
              Value factor =
                  k.broadcast(loadRow(chunk.rows, r, k.add(column, i)));
              for (int64_t t = 0; t < tiles; ++t) {
                Value &sum = next[t * numRows + r];
                sum = k.fma(values[t], factor, sum);
              }
            }
          }
          return next;
        });
  }
}

} // namespace swage::cpu
