//===- DotTiles.cpp - Integer sums over group tiles -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/DotTiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using swage::compression::GroupLayout;

namespace swage::cpu {

DotTiles::DotTiles(KernelBuilder &k, const LinearOperands &operands,
                   const Capabilities &target, Value x, Value weights)
    : GroupTiles(k, operands, target, x, weights,
                 llvm::alignTo(operands.k, GroupLayout::kChunk)),
      dots(k, layout, target, operands.k, x) {}

void DotTiles::emitChunk(Sums &sums, Chunk &chunk) {
  SmallVector<Value> rows;
  for (int64_t r = 0; r < chunk.block.rows; ++r)
    rows.push_back(placeOf(chunk.rows, r, k.index(0)));
  auto codes = [&](int64_t tile, Value index) {
    Value unit = k.add(chunk.unit, index);
    prefetchUnit(chunk, tile, unit);
    return GroupDecoder::Unit(decoder, chunk.codes[tile], unit).bytes();
  };
  auto factors = [&](int64_t tile, int64_t column) {
    return chunk.factors(tile, column / layout.groupColumns);
  };
  Value index =
      arith::DivUIOp::create(k.b, chunk.column, k.index(GroupLayout::kChunk));
  dots.addChunk(sums, {chunk.block.tiles, rows, index, codes, factors});
}

} // namespace swage::cpu
