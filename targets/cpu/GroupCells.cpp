//===- GroupCells.cpp - Points of grids out of group tiles ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A lane has 4 columns of a cell in its bytes, and no byte of a sum carries
// into the next one, so arithmetic of words is that of the columns.
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Grid.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "targets/cpu/CodeTables.h"
#include "targets/cpu/GroupDecoder.h"

using namespace mlir;
using swage::compression::Grid;
using swage::compression::PackedCodes;

namespace swage::cpu {

/// The codes of unit number `unit`, of 16 bytes, `offset` bytes behind `at`.
Value GroupDecoder::codeAt(const PackedCodes &codes, Value at, int64_t offset,
                           Value unit) const {
  Value code;
  for (const PackedCodes::Plane &plane : codes.planes) {
    Value stride = k.index(plane.stride);
    Value packed = arith::RemUIOp::create(k.b, unit, stride);
    Value part = bytes(k.add(at, k.mul(packed, codes.unitBytes / 4)),
                       offset + plane.offset);
    Value bit = k.mul(arith::DivUIOp::create(k.b, unit, stride), plane.bits);
    part = arith::ShRUIOp::create(
        k.b, part,
        everyRow(arith::IndexCastOp::create(k.b, k.b.getI32Type(), bit)));
    part = partOf(part, plane, /*bit=*/0);
    code = code ? arith::OrIOp::create(k.b, code, part) : part;
  }
  return code;
}

/// The integers, with their bias, of unit number `unit` of the cells at `at`.
Value GroupDecoder::cells(Value at, Value unit) const {
  const Grid &grid = *layout.values.grid;
  auto inUnits = [&](int64_t columns) -> Value {
    return arith::DivUIOp::create(k.b, unit, k.index(columns / Grid::kUnit));
  };
  auto lanes = [&](Value index) {
    return everyRow(arith::IndexCastOp::create(k.b, k.b.getI32Type(), index));
  };
  int64_t perCell = grid.cellColumns / Grid::kUnit;
  Value point = codeAt(*layout.points, at, 0, inUnits(grid.cellColumns));
  if (perCell > 1) {
    Value part = arith::RemUIOp::create(k.b, unit, k.index(perCell));
    point = arith::AddIOp::create(
        k.b, arith::MulIOp::create(k.b, point, constant(perCell)), lanes(part));
  }
  Value four = lookUpIntegers(k, grid.makeTable(), point);
  Value bits = codeAt(*layout.cellBits, at, layout.points->bytes,
                      inUnits(grid.bitColumns));
  if (grid.moves()) {
    // Down from one more to one less.
    Value down = arith::MulIOp::create(k.b, bits, constant(0x02020202));
    return arith::SubIOp::create(
        k.b, arith::AddIOp::create(k.b, four, constant(0x02020202)), down);
  }
  if (grid.bits == 7) {
    Value parity = bits;
    for (int64_t half : {4, 2, 1})
      parity = arith::XOrIOp::create(k.b, parity, shiftedDown(parity, half));
    parity = arith::AndIOp::create(k.b, parity, constant(1));
    bits = arith::OrIOp::create(
        k.b, bits, arith::ShLIOp::create(k.b, parity, constant(7)));
  }
  Value second = k.mul(arith::RemUIOp::create(k.b, unit, k.index(2)), 4);
  Value signs = arith::AndIOp::create(
      k.b, arith::ShRUIOp::create(k.b, bits, lanes(second)), constant(0xf));
  // A bit to each byte, and a byte of ones for each bit.
  Value ones = arith::AndIOp::create(
      k.b, arith::MulIOp::create(k.b, signs, constant(0x00204081)),
      constant(0x01010101));
  Value mask = arith::SubIOp::create(
      k.b, arith::ShLIOp::create(k.b, ones, constant(8)), ones);
  Value negative = arith::AndIOp::create(k.b, four, mask);
  Value twice = arith::ShLIOp::create(k.b, negative, constant(1));
  return arith::SubIOp::create(
      k.b, arith::AddIOp::create(k.b, four, constant(0x40404040)), twice);
}

} // namespace swage::cpu
