//===- GroupDecoder.cpp - Codes and factors out of group tiles ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/GroupDecoder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/CodeTables.h"

using namespace mlir;
using swage::compression::CodeValues;
using swage::compression::GroupLayout;
using swage::compression::PackedCodes;

namespace swage::cpu {

//===----------------------------------------------------------------------===//
// Rows of a tile as lanes, or one of them
//===----------------------------------------------------------------------===//

Type GroupDecoder::wide(Type element) const {
  return row ? element : k.vectorOf(element);
}

Value GroupDecoder::constant(int64_t value) const {
  if (!row)
    return k.i32Splat(value);
  return arith::ConstantOp::create(k.b, k.b.getI32IntegerAttr(int32_t(value)));
}

Value GroupDecoder::float32(double value) const {
  return row ? k.constant(value) : k.splat(value);
}

Value GroupDecoder::everyRow(Value number) const {
  return row ? number : k.broadcast(number);
}

Value GroupDecoder::shiftedDown(Value word, int64_t bits) const {
  return bits ? arith::ShRUIOp::create(k.b, word, constant(bits)) : word;
}

/// Each row's i32 of the 64 bytes that are `bytes` behind `at`.
Value GroupDecoder::word(Value at, int64_t bytes) const {
  Value from = k.add(at, bytes / 4);
  if (row)
    return memref::LoadOp::create(k.b, weights, k.add(from, row));
  return k.loadWeights(weights, from);
}

/// Each row's byte of the 16 bytes that are `offset` behind `at`, as i32.
Value GroupDecoder::bytes(Value at, int64_t offset) const {
  Value from = k.add(at, offset / 4);
  if (!row) {
    Value four = vector::LoadOp::create(k.b, k.vectorOf(k.b.getI32Type(), 4),
                                        weights, from);
    Value sixteen =
        vector::BitCastOp::create(k.b, k.vectorOf(k.b.getI8Type()), four);
    return arith::ExtUIOp::create(k.b, wide(k.b.getI32Type()), sixteen);
  }
  Value word = memref::LoadOp::create(
      k.b, weights, k.add(from, arith::DivUIOp::create(k.b, row, k.index(4))));
  Value bit = k.mul(arith::RemUIOp::create(k.b, row, k.index(4)), 8);
  Value shift = arith::IndexCastOp::create(k.b, k.b.getI32Type(), bit);
  return arith::AndIOp::create(k.b, arith::ShRUIOp::create(k.b, word, shift),
                               constant(0xff));
}

/// Each row's float of the 16 that are `offset` bytes behind `at`, as f32.
Value GroupDecoder::floats(Value at, int64_t offset,
                           GroupLayout::Float type) const {
  if (type == GroupLayout::Float::F8E8M0)
    return widenF8E8M0(k, bytes(at, offset));
  if (type == GroupLayout::Float::F8E4M3)
    return widenF8E4M3(k, bytes(at, offset));
  bool isF32 = type == GroupLayout::Float::F32;
  Type element = isF32                             ? Type(k.b.getF32Type())
                 : type == GroupLayout::Float::F16 ? Type(k.b.getF16Type())
                                                   : Type(k.b.getBF16Type());
  Value from = k.add(at, offset / 4);
  if (!row) {
    Value words = vector::LoadOp::create(
        k.b, k.vectorOf(k.b.getI32Type(), isF32 ? 16 : 8), weights, from);
    return k.widen(vector::BitCastOp::create(k.b, k.vectorOf(element), words));
  }
  int64_t perWord = isF32 ? 1 : 2;
  Value word = memref::LoadOp::create(
      k.b, weights,
      k.add(from, arith::DivUIOp::create(k.b, row, k.index(perWord))));
  if (isF32)
    return arith::BitcastOp::create(k.b, element, word);
  Value bit = k.mul(arith::RemUIOp::create(k.b, row, k.index(2)), 16);
  Value shift = arith::IndexCastOp::create(k.b, k.b.getI32Type(), bit);
  Value half = arith::TruncIOp::create(
      k.b, k.b.getI16Type(), arith::ShRUIOp::create(k.b, word, shift));
  if (type == GroupLayout::Float::BF16) {
    Value bits = arith::ExtUIOp::create(k.b, k.b.getI32Type(), half);
    return arith::BitcastOp::create(
        k.b, k.b.getF32Type(), arith::ShLIOp::create(k.b, bits, constant(16)));
  }
  Value number = arith::BitcastOp::create(k.b, element, half);
  return arith::ExtFOp::create(k.b, k.b.getF32Type(), number);
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// The bits of a code that a plane holds, at their place in the code; with
/// `copies` those of so many bytes.
Value GroupDecoder::partOf(Value packed, const PackedCodes::Plane &plane,
                           int64_t bit, int64_t copies) const {
  int64_t mask = 0;
  for (int64_t copy = 0; copy < copies; ++copy)
    mask |= ((int64_t(1) << plane.bits) - 1) << 8 * copy;
  Value part =
      arith::AndIOp::create(k.b, shiftedDown(packed, bit), constant(mask));
  return plane.shift ? arith::ShLIOp::create(k.b, part, constant(plane.shift))
                     : part;
}

GroupDecoder::Unit::Unit(const GroupDecoder &decoder, Value from, Value index)
    : decoder(decoder) {
  KernelBuilder &k = decoder.k;
  const PackedCodes &codes = decoder.layout.codes;
  if (codes.digitStride) {
    Value stride = k.index(codes.digitStride);
    Value packed = arith::RemUIOp::create(k.b, index, stride);
    Value at = k.add(from, k.mul(packed, codes.unitBytes / 4));
    all = extractDigits(k, decoder.word(at, 0),
                        arith::DivUIOp::create(k.b, index, stride));
  }
  for (const PackedCodes::Plane &plane : codes.planes) {
    Value stride = k.index(plane.stride);
    Value packed = arith::RemUIOp::create(k.b, index, stride);
    Value at = k.add(from, k.mul(packed, codes.unitBytes / 4));
    Value word = decoder.word(at, plane.offset);
    if (plane.stride < codes.units) {
      Value bit = k.mul(arith::DivUIOp::create(k.b, index, stride), plane.bits);
      word = arith::ShRUIOp::create(k.b, word,
                                    decoder.everyRow(arith::IndexCastOp::create(
                                        k.b, k.b.getI32Type(), bit)));
    }
    words.push_back(word);
  }
  if (decoder.layout.values.grid)
    all = decoder.cells(from, index);
  if (decoder.layout.values.kind == CodeValues::Kind::Bytes)
    all = lookUpBytes(k, decoder.layout.values.bytes, bytes());
}

Value GroupDecoder::Unit::code(int64_t column) const {
  if (!all)
    return gather(column, 1);
  return arith::AndIOp::create(decoder.k.b,
                               decoder.shiftedDown(all, 8 * column),
                               decoder.constant(0xff));
}

Value GroupDecoder::Unit::bytes() const {
  return all ? all : gather(0, GroupLayout::kInterleave);
}

/// The codes of `columns` columns from `column` on.
Value GroupDecoder::Unit::gather(int64_t column, int64_t columns) const {
  Value all;
  for (auto [word, plane] :
       llvm::zip_equal(words, decoder.layout.codes.planes)) {
    Value part = decoder.partOf(word, plane, 8 * column, columns);
    all = all ? arith::OrIOp::create(decoder.k.b, all, part) : part;
  }
  return all;
}

/// The codes of four units of 16 bytes from `unit` on, in bytes; none where
/// they do not lie side by side, or in two or four parts of the same bytes.
Value GroupDecoder::fourUnits(const PackedCodes &codes, Value at,
                              int64_t offset, int64_t unit) const {
  if (row || unit % 4 != 0 || unit + 4 > codes.units)
    return {};
  Value all;
  for (const PackedCodes::Plane &plane : codes.planes) {
    int64_t first = plane.packed(unit),
            side = std::min<int64_t>(4, plane.stride);
    SmallVector<int64_t> lanes;
    SmallVector<int32_t> shifts;
    for (int64_t lane = 0; lane < kVector; ++lane) {
      int64_t of = unit + lane / 4;
      if (side == 3 || plane.packed(of) != first + lane / 4 % side)
        return {};
      lanes.push_back(lane % (4 * side));
      shifts.push_back(plane.bit(of));
    }
    Value words = vector::LoadOp::create(
        k.b, k.vectorOf(k.b.getI32Type(), 4 * side), weights,
        k.add(at, (offset + plane.offset) / 4 + first * 4));
    if (side < 4)
      words = vector::ShuffleOp::create(k.b, words, words, lanes);
    auto i32s = k.vectorOf(k.b.getI32Type());
    if (shifts.back() != 0)
      words = arith::ShRUIOp::create(
          k.b, words,
          arith::ConstantOp::create(
              k.b, DenseElementsAttr::get(i32s, ArrayRef<int32_t>(shifts))));
    Value part = partOf(words, plane, 0, /*copies=*/4);
    all = all ? arith::OrIOp::create(k.b, all, part) : part;
  }
  return all;
}

/// The codes of `count` groups, whose units are 16 bytes.
SmallVector<Value> GroupDecoder::smallCodes(const PackedCodes &codes, Value at,
                                            int64_t offset,
                                            int64_t count) const {
  SmallVector<Value> packed(codes.bytes / codes.unitBytes), all;
  while (int64_t(all.size()) < count) {
    int64_t unit = all.size();
    if (Value four = fourUnits(codes, at, offset, unit)) {
      for (int64_t lane = 0; lane < kVector; lane += 4) {
        Value words =
            vector::ExtractStridedSliceOp::create(k.b, four, lane, 4, 1);
        Value bytes =
            vector::BitCastOp::create(k.b, k.vectorOf(k.b.getI8Type()), words);
        all.push_back(
            arith::ExtUIOp::create(k.b, wide(k.b.getI32Type()), bytes));
      }
      continue;
    }
    Value code;
    if (int64_t stride = codes.digitStride)
      code =
          extractDigits(k, bytes(at, offset + unit % stride * codes.unitBytes),
                        k.index(unit / stride));
    for (const PackedCodes::Plane &plane : codes.planes) {
      int64_t from = plane.offset + plane.packed(unit) * codes.unitBytes;
      Value &loaded = packed[from / codes.unitBytes];
      if (!loaded)
        loaded = bytes(at, offset + from);
      Value part = partOf(loaded, plane, plane.bit(unit));
      code = code ? arith::OrIOp::create(k.b, code, part) : part;
    }
    all.push_back(code);
  }
  all.truncate(count);
  return all;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Scales or minima of `count` groups: floats, or their products with codes.
SmallVector<Value> GroupDecoder::products(const GroupLayout::Factors &factors,
                                          Value at, int64_t count) const {
  SmallVector<Value> codes, all;
  if (factors.codes)
    codes = smallCodes(*factors.codes, at, factors.codesOffset, count);
  int64_t perFloat = layout.groups() / factors.floats;
  auto floatOf = [&](int64_t group, int64_t offset, GroupLayout::Float type) {
    int64_t stride = layout.rows * compression::floatBytes(type);
    return floats(at, offset + group / perFloat * stride, type);
  };
  Value number, addend;
  for (int64_t group = 0; group < count; ++group) {
    if (group % perFloat == 0) {
      number = floatOf(group, factors.floatsOffset, factors.type);
      if (factors.addendType)
        addend = floatOf(group, factors.addendsOffset, *factors.addendType);
    }
    if (!factors.codes) {
      all.push_back(number);
      continue;
    }
    Value product = k.mulf(number, valueOf(*factors.values, codes[group]));
    all.push_back(addend ? k.addf(product, addend) : product);
  }
  return all;
}

/// The value of each code, as f32.
Value GroupDecoder::valueOf(const CodeValues &values, Value code) const {
  if (values.kind == CodeValues::Kind::F8E4M3)
    return widenF8E4M3(k, code);
  if (values.kind == CodeValues::Kind::F8E5M2)
    return widenF8E5M2(k, code);
  if (values.kind != CodeValues::Kind::Integers)
    return lookUpFloats(k, values.floats, code);
  if (values.bias)
    code = arith::SubIOp::create(k.b, code, constant(values.bias));
  Value value = arith::SIToFPOp::create(k.b, wide(k.b.getF32Type()), code);
  return values.factor == 1 ? value : k.mulf(value, float32(values.factor));
}

SmallVector<GroupDecoder::Factors> GroupDecoder::factors(Value at,
                                                         int64_t count) const {
  SmallVector<Value> scales = products(layout.scales, at, count), minima, zeros;
  if (layout.minima)
    minima = products(*layout.minima, at, count);
  if (layout.zeros)
    zeros = smallCodes(*layout.zeros, at, layout.zerosOffset, count);
  SmallVector<Factors> all;
  for (int64_t group = 0; group < count; ++group) {
    // Codes and zeros may have different biases.
    Value zero = bias(), scale = scales[group];
    if (layout.zeros)
      zero = arith::AddIOp::create(
          k.b, zeros[group], constant(layout.values.bias - layout.zeroBias));
    if (layout.values.factor != 1)
      scale = k.mulf(scale, float32(layout.values.factor));
    all.push_back({scale, zero, layout.minima ? minima[group] : Value()});
  }
  return all;
}

Value GroupDecoder::decode(Value code, const Factors &factors) const {
  Value number;
  if (layout.values.areIntegers()) {
    if (layout.values.bias || layout.zeros)
      code = arith::SubIOp::create(k.b, code, factors.zero);
    number = arith::SIToFPOp::create(k.b, wide(k.b.getF32Type()), code);
  } else {
    number = valueOf(layout.values, code);
  }
  Value value = k.mulf(factors.scale, number);
  return factors.minimum ? k.addf(value, factors.minimum) : value;
}

} // namespace swage::cpu
