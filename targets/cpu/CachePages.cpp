//===- CachePages.cpp - What the codes of a page stand for ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A page of codes is decoded once for all queries of a tile, into scratch that
// stays in L1, in the form in which uncoded pages are multiplied: so memory is
// read in codes, and everything behind is the same.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/AttentionParts.h"

using namespace mlir;

namespace swage::cpu {
namespace {

class PageDecoder {
public:
  /// `columns`: of a row of the page.
  PageDecoder(AttentionFrame &f, const CachePage &page, Value to,
              int64_t columns)
      : f(f), k(f.k), coded(*f.coded), page(page), to(to), columns(columns),
        rowsAtOnce(std::max(f.interleave, coded.perByte)) {}

  CachePage keys();
  CachePage values();

private:
  /// What the codes of one row are multiplied with, and what is added, if so.
  struct Factors {
    Value scale, minimum;
  };
  /// Decodes the vector `column` of `rowsAtOnce` rows from `row` on.
  void decode(Value row, int64_t column, ArrayRef<Factors> factors);
  /// Sixteen codes of a row, or of two whose codes share bytes.
  SmallVector<Value, 2> loadCodes(Value row, int64_t column);
  Value loadFactors(int64_t part, Value at);

  AttentionFrame &f;
  KernelBuilder &k;
  const CodedPage &coded;
  const CachePage &page;
  Value to;
  int64_t columns, rowsAtOnce;
};

/// Sixteen E4M3, as i32, times 2^-8: the bits are those of an f16 whose
/// exponent has another bias, of subnormals too.
Value smallFloats(KernelBuilder &k, Value codes) {
  auto i16 = k.vectorOf(k.b.getI16Type());
  auto constant = [&](int16_t bits) {
    return arith::ConstantOp::create(
        k.b, i16, DenseElementsAttr::get(i16, APInt(16, uint16_t(bits))));
  };
  Value wide = arith::ExtSIOp::create(k.b, i16, codes);
  Value sign = arith::AndIOp::create(k.b, wide, constant(int16_t(0x8000)));
  Value rest = arith::AndIOp::create(
      k.b, arith::ShLIOp::create(k.b, wide, constant(7)), constant(0x3f80));
  Value bits = arith::OrIOp::create(k.b, sign, rest);
  return k.widen(
      arith::BitcastOp::create(k.b, k.vectorOf(k.b.getF16Type()), bits));
}

SmallVector<Value, 2> PageDecoder::loadCodes(Value row, int64_t column) {
  Value at = k.add(page.at, k.add(k.mul(row, columns / coded.perByte), column));
  Value bytes =
      vector::LoadOp::create(k.b, k.vectorOf(k.b.getI8Type()), page.buffer, at);
  if (*f.spec.cache.codes == CacheCodes::E4M3)
    return {smallFloats(k, bytes)};
  auto i32 = k.vectorOf(k.b.getI32Type()), f32 = k.vectorOf(k.b.getF32Type());
  auto toFloat = [&](Value codes) -> Value {
    return arith::SIToFPOp::create(k.b, f32, codes);
  };
  if (coded.perByte == 1)
    return {toFloat(arith::ExtSIOp::create(k.b, i32, bytes))};
  Value pair = arith::ExtUIOp::create(k.b, i32, bytes);
  return {toFloat(arith::AndIOp::create(k.b, pair, k.i32Splat(15))),
          toFloat(arith::ShRUIOp::create(k.b, pair, k.i32Splat(4)))};
}

void PageDecoder::decode(Value row, int64_t column, ArrayRef<Factors> factors) {
  SmallVector<Value, 2> rows;
  for (int64_t i = 0; i < rowsAtOnce; i += coded.perByte)
    for (Value codes : loadCodes(k.add(row, i), column)) {
      auto [scale, minimum] = factors[rows.size()];
      rows.push_back(minimum ? k.fma(codes, scale, minimum)
                             : k.mulf(codes, scale));
    }
  if (f.interleave == 1) {
    for (auto [i, values] : llvm::enumerate(rows))
      k.store(values, to, k.add(k.mul(k.add(row, i), columns), column));
    return;
  }
  Type element = cast<MemRefType>(to.getType()).getElementType();
  SmallVector<int64_t> pairs;
  for (int64_t i = 0; i < kVector; ++i)
    pairs.push_back(i), pairs.push_back(kVector + i);
  Value both = vector::ShuffleOp::create(k.b, k.narrow(rows[0], element),
                                         k.narrow(rows[1], element), pairs);
  vector::StoreOp::create(k.b, both, to,
                          k.add(k.mul(row, columns), column * f.interleave));
}

/// Sixteen factors from element `at` on of those that stand `part` bytes behind
/// the page's start.
Value PageDecoder::loadFactors(int64_t part, Value at) {
  Value bytes = vector::LoadOp::create(
      k.b, k.vectorOf(k.b.getI8Type(), 2 * kVector), page.buffer,
      k.add(page.at, k.add(k.mul(at, 2), part)));
  Value factors = k.widen(
      vector::BitCastOp::create(k.b, k.vectorOf(k.b.getF16Type()), bytes));
  // An E4M3 is read as it stands, in units of its own.
  bool scales = part == coded.keyScales || part == coded.valueScales;
  bool scaled = scales && *f.spec.cache.codes != CacheCodes::E4M3;
  return scaled ? k.mulf(factors, k.splat(coded.unit)) : factors;
}

CachePage PageDecoder::keys() {
  auto decodeGroup = [&](Value group, int64_t dims) {
    Value first = k.mul(group, coded.groupSize);
    Value last = k.add(first, dims);
    for (int64_t c = 0; c < kPagePositions; c += kVector) {
      Value at = k.add(k.mul(group, kPagePositions), c);
      Factors factors{loadFactors(coded.keyScales, at),
                      coded.hasMinima ? loadFactors(coded.keyMinima, at)
                                      : Value()};
      k.loop(first, last, rowsAtOnce,
             [&](Value row) { decode(row, c, {factors, factors}); });
    }
  };
  int64_t whole = f.spec.headDim / coded.groupSize;
  k.loop(k.index(0), k.index(whole), 1,
         [&](Value group) { decodeGroup(group, coded.groupSize); });
  if (int64_t rest = f.spec.headDim % coded.groupSize)
    decodeGroup(k.index(whole), rest);
  return {to, k.index(0)};
}

CachePage PageDecoder::values() {
  // They are needed one at a time, in all lanes.
  int64_t count = coded.groups * kPagePositions;
  auto spread = [&](int64_t part, int64_t to) {
    k.loop(k.index(0), k.index(count), kVector, [&](Value at) {
      k.store(loadFactors(part, at), f.factors, k.add(at, to));
    });
  };
  spread(coded.valueScales, 0);
  if (coded.hasMinima)
    spread(coded.valueMinima, count);
  k.loop(k.index(0), k.index(kPagePositions), rowsAtOnce, [&](Value row) {
    for (int64_t group = 0; group < coded.groups; ++group) {
      SmallVector<Factors, 2> factors;
      auto load = [&](Value at) {
        return k.broadcast(memref::LoadOp::create(k.b, f.factors, at));
      };
      for (int64_t i = 0; i < rowsAtOnce; ++i) {
        Value at = k.add(row, group * kPagePositions + i);
        factors.push_back(
            {load(at), coded.hasMinima ? load(k.add(at, count)) : Value()});
      }
      int64_t first = group * coded.groupSize;
      int64_t end = std::min(first + coded.groupSize, columns);
      for (int64_t column = first; column < end; column += kVector)
        decode(row, column, factors);
    }
  });
  return {to, k.index(0)};
}

} // namespace

CachePage emitDecodedKeys(AttentionFrame &f, const CachePage &keys) {
  return f.coded ? PageDecoder(f, keys, f.decodedKeys, kPagePositions).keys()
                 : keys;
}

CachePage emitDecodedValues(AttentionFrame &f, const CachePage &values) {
  return f.coded ? PageDecoder(f, values, f.decodedValues, f.valueRow).values()
                 : values;
}

} // namespace swage::cpu
