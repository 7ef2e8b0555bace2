//===- CodePanel.cpp - Unpacked codes in scratch --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/CodePanel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <algorithm>

using namespace mlir;
using swage::compression::GroupLayout;

namespace swage::cpu {

/// Columns of a slice, where spans are not longer. Two tiles of it take 16 KiB.
static constexpr int64_t kSliceColumns = 512;

int64_t CodePanel::spansOf(const GroupLayout &layout) {
  return std::max<int64_t>(1, kSliceColumns / layout.columns);
}

/// The i32 of so many units, and of so many groups of one tile.
static int64_t codeWords(const GroupLayout &layout, int64_t spans) {
  return spans * layout.columns / GroupLayout::kInterleave * kVector;
}
static int64_t factorWords(const GroupLayout &layout, int64_t spans) {
  return spans * layout.groups() * kVector;
}

int64_t CodePanel::scratchBytes(const GroupLayout &layout, int64_t tiles) {
  int64_t spans = spansOf(layout);
  int64_t kinds = 1 + layout.minima.has_value() + layout.zeros.has_value();
  return 4 * tiles *
         (codeWords(layout, spans) + kinds * factorWords(layout, spans));
}

CodePanel::CodePanel(KernelBuilder &k, const GroupLayout &layout, Value weights,
                     int64_t tiles)
    : k(k), layout(layout), decoder(k, layout, weights),
      spans(spansOf(layout)) {
  codes = k.scratch(Element::Q8, tiles * codeWords(layout, spans));
  int64_t words = tiles * factorWords(layout, spans);
  scales = k.scratch(Element::F32, words);
  if (layout.minima)
    minima = k.scratch(Element::F32, words);
  if (layout.zeros)
    zeros = k.scratch(Element::Q8, words);
}

Value CodePanel::place(int64_t tile, Value unit) {
  return k.add(k.mul(unit, kVector), tile * codeWords(layout, spans));
}

Value CodePanel::factorPlace(int64_t tile, Value group) {
  return k.add(k.mul(group, kVector), tile * factorWords(layout, spans));
}

Value CodePanel::load(int64_t tile, Value unit) {
  return vector::LoadOp::create(k.b, k.vectorOf(k.b.getI32Type()), codes,
                                place(tile, unit));
}

GroupDecoder::Factors CodePanel::factors(int64_t tile, Value group) {
  Value at = factorPlace(tile, group), zero = decoder.bias();
  if (zeros)
    zero = vector::LoadOp::create(k.b, k.vectorOf(k.b.getI32Type()), zeros, at);
  return {k.load(scales, at), zero, minima ? k.load(minima, at) : Value()};
}

void CodePanel::unpack(Value tile, int64_t numTiles, int64_t tileBytes,
                       Value first, Value count,
                       llvm::function_ref<Value(Value)> prepare) {
  int64_t spanUnits = layout.columns / GroupLayout::kInterleave;
  for (int64_t t = 0; t < numTiles; ++t) {
    Value base = k.mul(k.add(tile, t), tileBytes / 4);
    k.loop(k.index(0), count, 1, [&](Value span) {
      Value at = k.add(base, k.mul(k.add(first, span), decoder.spanWords()));
      Value firstGroup = k.mul(span, layout.groups());
      for (auto [group, factors] :
           llvm::enumerate(decoder.factors(at, layout.groups()))) {
        Value to = factorPlace(t, k.add(firstGroup, group));
        k.store(factors.scale, scales, to);
        if (minima)
          k.store(factors.minimum, minima, to);
        if (zeros)
          vector::StoreOp::create(k.b, factors.zero, zeros, to);
      }
      Value firstUnit = k.mul(span, spanUnits);
      Value together = k.index(layout.columns / layout.codeColumns);
      k.loop(k.index(0), together, 1, [&](Value index) {
        Value from = k.add(at, k.mul(index, decoder.codeWords()));
        Value unit = k.add(firstUnit, k.mul(index, layout.codes.units));
        for (int64_t u = 0; u < layout.codes.units; ++u) {
          Value bytes = GroupDecoder::Unit(decoder, from, k.index(u)).bytes();
          vector::StoreOp::create(k.b, prepare(bytes), codes,
                                  place(t, k.add(unit, u)));
        }
      });
    });
  }
}

} // namespace swage::cpu
