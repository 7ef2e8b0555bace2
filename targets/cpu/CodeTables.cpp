//===- CodeTables.cpp - Codes looked up in tables -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/CodeTables.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MD5.h"

using namespace mlir;

namespace swage::cpu {

/// Entries of a table in registers.
static constexpr int64_t kInRegister = 16;

//===----------------------------------------------------------------------===//
// Lanes of one row or of 16
//===----------------------------------------------------------------------===//

/// The lanes' type with elements of type `element`.
static Type like(Value lanes, Type element) {
  if (auto vector = dyn_cast<VectorType>(lanes.getType()))
    return vector.clone(element);
  return element;
}

static Value constantLike(KernelBuilder &k, Value lanes, int64_t value) {
  if (isa<VectorType>(lanes.getType()))
    return k.i32Splat(value);
  return arith::ConstantOp::create(k.b, k.b.getI32IntegerAttr(int32_t(value)));
}

/// `body` of 16 lanes, of which one counts where there is one.
static Value inVectors(KernelBuilder &k, Value lanes,
                       llvm::function_ref<Value(Value)> body) {
  if (isa<VectorType>(lanes.getType()))
    return body(lanes);
  return vector::ExtractOp::create(k.b, body(k.broadcast(lanes)),
                                   ArrayRef<int64_t>{0});
}

/// `body` of as many lanes as a register has, and all its results together.
static Value inRegisters(KernelBuilder &k, Value lanes, Type element,
                         llvm::function_ref<Value(Value)> body) {
  int64_t count = k.target.lanes;
  Value all;
  for (int64_t lane = 0; lane < kVector; lane += count) {
    Value part =
        count == kVector
            ? lanes
            : vector::ExtractStridedSliceOp::create(k.b, lanes, lane, count, 1);
    part =
        vector::BitCastOp::create(k.b, k.vectorOf(element, count), body(part));
    if (count == kVector)
      return part;
    if (!all)
      all =
          arith::ConstantOp::create(k.b, k.b.getZeroAttr(k.vectorOf(element)));
    all = vector::InsertStridedSliceOp::create(k.b, part, all, lane, 1);
  }
  return all;
}

static Value callIntrinsic(KernelBuilder &k, StringRef name, Type result,
                           ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(k.b, result, k.b.getStringAttr(name),
                                       operands)
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Tables in memory
//===----------------------------------------------------------------------===//

/// The address of `table`, a constant of the kernel's module.
static Value placeTable(KernelBuilder &k, DenseElementsAttr table) {
  auto type = MemRefType::get(table.getType().getShape(),
                              table.getType().getElementType());
  llvm::MD5 hash;
  hash.update(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(table.getRawData().data()),
      table.getRawData().size()));
  std::string name = ("table_" + hash.final().digest()).str();
  auto module =
      k.b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  if (!module.lookupSymbol(name)) {
    OpBuilder::InsertionGuard guard(k.b);
    k.b.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(k.b, name, k.b.getStringAttr("private"), type,
                             table, /*constant=*/true,
                             k.b.getI64IntegerAttr(64));
  }
  return memref::GetGlobalOp::create(k.b, type, name);
}

/// The elements of `table` that the lanes number.
static Value gather(KernelBuilder &k, DenseElementsAttr table, Value lanes) {
  Value base = placeTable(k, table);
  if (!isa<VectorType>(lanes.getType())) {
    Value at = arith::IndexCastUIOp::create(k.b, k.b.getIndexType(), lanes);
    return memref::LoadOp::create(k.b, base, at);
  }
  auto type = k.vectorOf(table.getElementType());
  Value mask = arith::ConstantOp::create(
      k.b, DenseElementsAttr::get(k.vectorOf(k.b.getI1Type()), true));
  Value none = arith::ConstantOp::create(k.b, k.b.getZeroAttr(type));
  return vector::GatherOp::create(k.b, type, base, ValueRange{k.index(0)},
                                  lanes, mask, none);
}

Value lookUpIntegers(KernelBuilder &k, ArrayRef<int32_t> table, Value lanes) {
  auto type = RankedTensorType::get(table.size(), k.b.getI32Type());
  return gather(k, DenseElementsAttr::get(type, table), lanes);
}

//===----------------------------------------------------------------------===//
// Tables in registers
//===----------------------------------------------------------------------===//

/// Bytes over and over, as many as a register has.
static Value bytesConstant(KernelBuilder &k, ArrayRef<uint8_t> bytes) {
  auto type = k.vectorOf(k.b.getI8Type(), 4 * k.target.lanes);
  SmallVector<uint8_t, 64> all;
  while (int64_t(all.size()) < type.getNumElements())
    all.push_back(bytes[all.size() % bytes.size()]);
  return arith::ConstantOp::create(
      k.b, DenseElementsAttr::get(type, ArrayRef<uint8_t>(all)));
}

static Value asBytes(KernelBuilder &k, Value lanes) {
  int64_t count = cast<VectorType>(lanes.getType()).getNumElements();
  return vector::BitCastOp::create(k.b, k.vectorOf(k.b.getI8Type(), 4 * count),
                                   lanes);
}

Value lookUpBytes(KernelBuilder &k, ArrayRef<uint8_t> table, Value lanes) {
  SmallVector<uint8_t, kInRegister> entries(table);
  if (table.size() <= kInRegister) {
    entries.resize(kInRegister);
    StringRef name = !k.target.isX86() ? "llvm.aarch64.neon.tbl1.v16i8"
                     : k.target.lanes == kVector ? "llvm.x86.avx512.pshuf.b.512"
                                                 : "llvm.x86.avx2.pshuf.b";
    return inVectors(k, lanes, [&](Value all) {
      return inRegisters(k, all, k.b.getI32Type(), [&](Value part) {
        Value codes = asBytes(k, part);
        return callIntrinsic(k, name, codes.getType(),
                             {bytesConstant(k, entries), codes});
      });
    });
  }
  SmallVector<int32_t> wide(table);
  Value all;
  for (int64_t byte = 0; byte < 4; ++byte) {
    Value shift = constantLike(k, lanes, 8 * byte);
    Value code =
        arith::AndIOp::create(k.b, arith::ShRUIOp::create(k.b, lanes, shift),
                              constantLike(k, lanes, 0xff));
    Value found =
        arith::ShLIOp::create(k.b, lookUpIntegers(k, wide, code), shift);
    all = all ? arith::OrIOp::create(k.b, all, found) : found;
  }
  return all;
}

static Value splatLike(KernelBuilder &k, Value lanes, int32_t value) {
  return arith::ConstantOp::create(
      k.b, DenseElementsAttr::get(cast<ShapedType>(lanes.getType()), value));
}

/// Registers of 8 lanes: an instruction looks up in half of the table.
static Value lookUpInHalves(KernelBuilder &k, ArrayRef<float> table,
                            Value lanes) {
  auto f32 = k.vectorOf(k.b.getF32Type(), k.target.lanes);
  auto half = [&](ArrayRef<float> entries) {
    Value constant =
        arith::ConstantOp::create(k.b, DenseElementsAttr::get(f32, entries));
    return callIntrinsic(k, "llvm.x86.avx2.permps", f32, {constant, lanes});
  };
  Value isHigh = arith::CmpIOp::create(k.b, arith::CmpIPredicate::sgt, lanes,
                                       splatLike(k, lanes, 7));
  return arith::SelectOp::create(k.b, isHigh, half(table.drop_front(8)),
                                 half(table.take_front(8)));
}

/// Registers of 16 bytes: four of them have the table.
static Value lookUpInBytes(KernelBuilder &k, ArrayRef<float> table,
                           Value lanes) {
  SmallVector<Value> operands;
  for (int64_t first = 0; first < kInRegister; first += 4)
    operands.push_back(bytesConstant(
        k, ArrayRef(reinterpret_cast<const uint8_t *>(&table[first]), 16)));
  Value places = arith::AddIOp::create(
      k.b, arith::MulIOp::create(k.b, lanes, splatLike(k, lanes, 0x04040404)),
      splatLike(k, lanes, 0x03020100));
  operands.push_back(asBytes(k, places));
  return callIntrinsic(k, "llvm.aarch64.neon.tbl4.v16i8",
                       operands.back().getType(), operands);
}

Value lookUpFloats(KernelBuilder &k, ArrayRef<float> table, Value lanes) {
  auto f32 = k.b.getF32Type();
  if (table.size() > kInRegister)
    return gather(
        k,
        DenseElementsAttr::get(RankedTensorType::get(table.size(), f32), table),
        lanes);
  SmallVector<float, kInRegister> entries(table);
  entries.resize(kInRegister);
  return inVectors(k, lanes, [&](Value all) {
    return inRegisters(k, all, f32, [&](Value part) -> Value {
      if (!k.target.isX86())
        return lookUpInBytes(k, entries, part);
      if (k.target.lanes < kVector)
        return lookUpInHalves(k, entries, part);
      Value constant = arith::ConstantOp::create(
          k.b,
          DenseElementsAttr::get(k.vectorOf(f32), ArrayRef<float>(entries)));
      return callIntrinsic(k, "llvm.x86.avx512.permvar.sf.512", k.vectorOf(f32),
                           {constant, part});
    });
  });
}

//===----------------------------------------------------------------------===//
// Small floats
//===----------------------------------------------------------------------===//

static Value shifted(KernelBuilder &k, Value lanes, int64_t bits) {
  return arith::ShLIOp::create(k.b, lanes, constantLike(k, lanes, bits));
}

static Value masked(KernelBuilder &k, Value lanes, int64_t mask) {
  return arith::AndIOp::create(k.b, lanes, constantLike(k, lanes, mask));
}

/// The f32 with the low 16 bits of each lane as an f16.
static Value widenHalves(KernelBuilder &k, Value lanes) {
  Value halves =
      arith::TruncIOp::create(k.b, like(lanes, k.b.getI16Type()), lanes);
  Value floats =
      arith::BitcastOp::create(k.b, like(lanes, k.b.getF16Type()), halves);
  return isa<VectorType>(lanes.getType())
             ? k.widen(floats)
             : arith::ExtFOp::create(k.b, k.b.getF32Type(), floats);
}

/// `value`, or NaN where `lanes` have these bits.
static Value nanWhere(KernelBuilder &k, Value lanes, int64_t bits,
                      Value value) {
  Value isNan = arith::CmpIOp::create(k.b, arith::CmpIPredicate::eq, lanes,
                                      constantLike(k, lanes, bits));
  Value nan = arith::BitcastOp::create(k.b, value.getType(),
                                       constantLike(k, lanes, 0x7fc00000));
  return arith::SelectOp::create(k.b, isNan, nan, value);
}

Value widenF8E4M3(KernelBuilder &k, Value lanes) {
  // The exponent of an f16 counts from -15, this one from -7.
  Value magnitude = masked(k, lanes, 0x7f);
  Value half = arith::OrIOp::create(k.b, shifted(k, masked(k, lanes, 0x80), 8),
                                    shifted(k, magnitude, 7));
  Value power = arith::BitcastOp::create(k.b, like(lanes, k.b.getF32Type()),
                                         constantLike(k, lanes, 0x43800000));
  return nanWhere(k, magnitude, 0x7f,
                  arith::MulFOp::create(k.b, widenHalves(k, half), power));
}

Value widenF8E5M2(KernelBuilder &k, Value lanes) {
  return widenHalves(k, shifted(k, lanes, 8));
}

Value widenF8E8M0(KernelBuilder &k, Value lanes) {
  // 0 is 2^-127, a subnormal.
  Value bits = arith::MaxSIOp::create(k.b, shifted(k, lanes, 23),
                                      constantLike(k, lanes, 0x00400000));
  Value power =
      arith::BitcastOp::create(k.b, like(lanes, k.b.getF32Type()), bits);
  return nanWhere(k, lanes, 0xff, power);
}

//===----------------------------------------------------------------------===//
// Digits of base 3
//===----------------------------------------------------------------------===//

Value extractDigits(KernelBuilder &k, Value lanes, Value index) {
  // The power of 3: a byte of a constant. Two bytes of a lane at a time have
  // 16 bits each for products.
  Value bit = k.mul(index, 8);
  Value power = arith::AndIOp::create(
      k.b, arith::ShRUIOp::create(k.b, k.index(0x511b090301), bit),
      k.index(0xff));
  Value factor = arith::IndexCastOp::create(k.b, k.b.getI32Type(), power);
  auto multiply = [&](Value halves) -> Value {
    auto vector = dyn_cast<VectorType>(halves.getType());
    if (!vector)
      return arith::MulIOp::create(k.b, halves, factor);
    auto pairs = k.vectorOf(k.b.getI16Type(), 2 * kVector);
    Value each = vector::BroadcastOp::create(
        k.b, pairs, arith::TruncIOp::create(k.b, k.b.getI16Type(), factor));
    Value products = arith::MulIOp::create(
        k.b, vector::BitCastOp::create(k.b, pairs, halves), each);
    return vector::BitCastOp::create(k.b, vector, products);
  };
  Value all;
  for (int64_t odd : {0, 8}) {
    Value halves = masked(
        k,
        odd ? arith::ShRUIOp::create(k.b, lanes, constantLike(k, lanes, odd))
            : lanes,
        0x00ff00ff);
    Value rest = masked(k, multiply(halves), 0x00ff00ff);
    Value three = arith::AddIOp::create(k.b, rest, shifted(k, rest, 1));
    Value digits =
        masked(k, arith::ShRUIOp::create(k.b, three, constantLike(k, lanes, 8)),
               0x00030003);
    all =
        all ? arith::OrIOp::create(k.b, all, shifted(k, digits, odd)) : digits;
  }
  return all;
}

} // namespace swage::cpu
