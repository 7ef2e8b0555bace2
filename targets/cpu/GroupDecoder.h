//===- GroupDecoder.h - Codes and factors out of group tiles ----*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads `#compression.group_tiles` of 16 rows, either all rows at once, as
// vectors with a lane for each row, or one row, as scalars. In a unit of codes
// a 32-bit lane holds 4 neighbouring columns of a row, so columns come out of
// it by a shift and a mask.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_GROUPDECODER_H
#define SWAGE_TARGETS_CPU_GROUPDECODER_H

#include "targets/cpu/KernelBuilder.h"

namespace swage::cpu {

class GroupDecoder {
public:
  using Value = mlir::Value;

  /// What the codes of a group are turned into values with.
  struct Factors {
    Value scale;   ///< f32
    Value zero;    ///< i32: the code that means 0
    Value minimum; ///< f32; none if there is none
  };

  /// The codes of a unit, which is 4 columns. Those that number integers are
  /// these integers, with their bias.
  class Unit {
  public:
    /// Unit number `index` of the codes at `codes`.
    Unit(const GroupDecoder &decoder, Value codes, Value index);

    /// The codes of a column of the unit, as i32.
    Value code(int64_t column) const;
    /// The codes of all 4 columns, in a byte each.
    Value bytes() const;

  private:
    Value gather(int64_t column, int64_t columns) const;

    const GroupDecoder &decoder;
    llvm::SmallVector<Value, 3> words; ///< of each plane, shifted to bit 0
    Value all; ///< the bytes, where planes are not what is asked for
  };

  /// With `row`, the number of a row in its tile, all values are scalars.
  GroupDecoder(KernelBuilder &k, const compression::GroupLayout &layout,
               Value weights, Value row = {})
      : k(k), layout(layout), weights(weights), row(row) {}

  /// The i32 elements from span to span, and from codes that stand together to
  /// the next ones of a span.
  int64_t spanWords() const { return layout.bytes / 4; }
  int64_t codeWords() const { return layout.codes.bytes / 4; }

  /// The factors of the first `count` groups of the span at `at`.
  llvm::SmallVector<Factors> factors(Value at, int64_t count) const;

  /// The code that means 0 where groups have no zeros of their own.
  Value bias() const { return constant(layout.values.bias); }

  /// The f32 that `code` stands for, rounded as the encoding says.
  Value decode(Value code, const Factors &factors) const;

private:
  mlir::Type wide(mlir::Type element) const;
  Value constant(int64_t value) const;
  Value float32(double value) const;
  Value shiftedDown(Value word, int64_t bits) const;
  Value everyRow(Value number) const;
  Value word(Value at, int64_t bytes) const;
  Value bytes(Value at, int64_t offset) const;
  Value floats(Value at, int64_t offset,
               compression::GroupLayout::Float type) const;
  Value fourUnits(const compression::PackedCodes &codes, Value at,
                  int64_t offset, int64_t unit) const;
  llvm::SmallVector<Value> smallCodes(const compression::PackedCodes &codes,
                                      Value at, int64_t offset,
                                      int64_t count) const;
  Value codeAt(const compression::PackedCodes &codes, Value at, int64_t offset,
               Value unit) const;
  Value cells(Value at, Value unit) const;
  llvm::SmallVector<Value>
  products(const compression::GroupLayout::Factors &factors, Value at,
           int64_t count) const;
  Value valueOf(const compression::CodeValues &values, Value code) const;
  Value partOf(Value packed, const compression::PackedCodes::Plane &plane,
               int64_t bit, int64_t copies = 1) const;

  KernelBuilder &k;
  const compression::GroupLayout &layout;
  Value weights, row;
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_GROUPDECODER_H
