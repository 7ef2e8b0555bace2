//===- KernelBuilder.cpp - Small words that kernels are written in --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "runtime/include/swage/cpu_kernel.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {

KernelBuilder::KernelBuilder(OpBuilder &builder, Location loc,
                             llvm::StringRef name, TypeRange bindings,
                             int64_t numScalars, const Capabilities &target)
    : b(loc, builder), target(target), numBindings(bindings.size()) {
  SmallVector<Type> inputs(bindings);
  inputs.append(numScalars + 2, b.getIndexType());
  function = func::FuncOp::create(b, name, b.getFunctionType(inputs, {}));
  b.setInsertionPointToStart(function.addEntryBlock());
}

func::FuncOp KernelBuilder::finish() {
  func::ReturnOp::create(b);
  return function;
}

Value KernelBuilder::scalar(int64_t i) {
  return function.getArgument(numBindings + (workerScratch ? 1 : 0) + i);
}

Value KernelBuilder::scratch(Element element, int64_t size) {
  if (!workerScratch) {
    auto type = MemRefType::get(SWAGE_CPU_SCRATCH_BYTES, b.getI8Type());
    NamedAttribute mark(b.getStringAttr(kScratchAttr), b.getUnitAttr());
    LogicalResult inserted = function.insertArgument(
        numBindings, type, b.getDictionaryAttr(mark), b.getLoc());
    assert(succeeded(inserted) && "a func.func takes any argument");
    (void)inserted;
    workerScratch = function.getArgument(numBindings);
  }
  int64_t at = scratchBytes;
  scratchBytes += llvm::alignTo(size * elementBytes(element), 64);
  assert(scratchBytes <= SWAGE_CPU_SCRATCH_BYTES && "scratch is too small");
  auto type = MemRefType::get(size, elementType(b.getContext(), element));
  return memref::ViewOp::create(b, type, workerScratch, index(at),
                                ValueRange{});
}

Value KernelBuilder::begin() {
  return function.getArgument(function.getNumArguments() - 2);
}
Value KernelBuilder::end() {
  return function.getArgument(function.getNumArguments() - 1);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type KernelBuilder::elementType(MLIRContext *context, Element element) {
  switch (element) {
  case Element::F32:
    return Float32Type::get(context);
  case Element::F16:
    return Float16Type::get(context);
  case Element::BF16:
    return BFloat16Type::get(context);
  case Element::Q8:
    return IntegerType::get(context, 32);
  }
  llvm_unreachable("all elements are listed");
}

MemRefType KernelBuilder::buffer(MLIRContext *context, Element element) {
  return MemRefType::get(ShapedType::kDynamic, elementType(context, element));
}

MemRefType KernelBuilder::weightBuffer(MLIRContext *context,
                                       const WeightFormat &weight) {
  return weight.groups || tileInterleave(weight) == 2 ? i32Buffer(context)
                                                      : buffer(context, weight);
}

MemRefType KernelBuilder::i32Buffer(MLIRContext *context) {
  return MemRefType::get(ShapedType::kDynamic, IntegerType::get(context, 32));
}

VectorType KernelBuilder::vectorOf(Type element, int64_t n) const {
  return VectorType::get(n, element);
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value KernelBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}
Value KernelBuilder::add(Value x, Value y) {
  return arith::AddIOp::create(b, x, y, arith::IntegerOverflowFlags::nsw);
}
Value KernelBuilder::add(Value x, int64_t y) {
  return y ? add(x, index(y)) : x;
}
Value KernelBuilder::sub(Value x, int64_t y) {
  return arith::SubIOp::create(b, x, index(y),
                               arith::IntegerOverflowFlags::nsw);
}
Value KernelBuilder::mul(Value x, int64_t y) {
  return arith::MulIOp::create(b, x, index(y),
                               arith::IntegerOverflowFlags::nsw);
}
Value KernelBuilder::min(Value x, Value y) {
  return arith::MinSIOp::create(b, x, y);
}
Value KernelBuilder::max(Value x, Value y) {
  return arith::MaxSIOp::create(b, x, y);
}
Value KernelBuilder::less(Value x, Value y) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x, y);
}
Value KernelBuilder::atLeast(Value x, int64_t y) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::sge, x, index(y));
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

void KernelBuilder::loop(Value lower, Value upper, int64_t step,
                         llvm::function_ref<void(Value)> body) {
  auto op = scf::ForOp::create(b, lower, upper, index(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.getBody());
  body(op.getInductionVar());
}

SmallVector<Value> KernelBuilder::loop(
    Value lower, Value upper, int64_t step, ValueRange initial,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto op = scf::ForOp::create(b, lower, upper, index(step), initial);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.getBody());
  SmallVector<Value> next = body(op.getInductionVar(), op.getRegionIterArgs());
  // With no carried value the builder has made the terminator already.
  if (!initial.empty())
    scf::YieldOp::create(b, next);
  return SmallVector<Value>(op.getResults());
}

void KernelBuilder::when(Value condition, llvm::function_ref<void()> body) {
  auto op = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  body();
}

void KernelBuilder::columns(int64_t count,
                            llvm::function_ref<void(Value, Value)> body) {
  int64_t whole = count / kVector * kVector;
  loop(index(0), index(whole), kVector,
       [&](Value column) { body(column, Value()); });
  if (whole < count)
    body(index(whole), maskOf(count - whole));
}

Value KernelBuilder::sumColumns(
    int64_t count, llvm::function_ref<Value(Value, Value, Value)> add) {
  int64_t whole = count / kVector * kVector;
  Value sums = loop(index(0), index(whole), kVector, ValueRange{splat(0.0)},
                    [&](Value column, ValueRange sum) {
                      return SmallVector<Value>{add(sum[0], column, Value())};
                    })[0];
  if (whole < count)
    sums = add(sums, index(whole), maskOf(count - whole));
  return sumLanes(sums);
}

//===----------------------------------------------------------------------===//
// f32 vectors
//===----------------------------------------------------------------------===//

Value KernelBuilder::splat(double value) {
  auto type = vectorOf(b.getF32Type());
  return arith::ConstantOp::create(
      b, type,
      DenseElementsAttr::get(type, b.getF32FloatAttr(float(value)).getValue()));
}
Value KernelBuilder::constant(double value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(float(value)));
}
Value KernelBuilder::i32Splat(int64_t value) {
  auto type = vectorOf(b.getI32Type());
  return arith::ConstantOp::create(
      b, type, DenseElementsAttr::get(type, APInt(32, uint32_t(value))));
}
Value KernelBuilder::broadcast(Value scalar) {
  return vector::BroadcastOp::create(b, vectorOf(scalar.getType()), scalar);
}
Value KernelBuilder::addf(Value x, Value y) {
  return arith::AddFOp::create(b, x, y);
}
Value KernelBuilder::mulf(Value x, Value y) {
  return arith::MulFOp::create(b, x, y);
}
Value KernelBuilder::divf(Value x, Value y) {
  return arith::DivFOp::create(b, x, y);
}
Value KernelBuilder::fma(Value x, Value y, Value z) {
  // Not `vector.fma`: that one lowers to an operation that may round twice.
  return math::FmaOp::create(b, x, y, z);
}
Value KernelBuilder::subf(Value x, Value y) {
  return arith::SubFOp::create(b, x, y);
}
Value KernelBuilder::apply(Function function, Value x) {
  auto gelu = [&](Value tail) {
    return mulf(mulf(splat(0.5), x), addf(splat(1.0), tail));
  };
  auto fraction = [&](Value numerator) {
    Value e = math::ExpOp::create(b, arith::NegFOp::create(b, x));
    return divf(numerator, addf(splat(1.0), e));
  };
  switch (function) {
  case Function::Silu:
    return fraction(x);
  case Function::Sigmoid:
    return fraction(splat(1.0));
  case Function::Gelu:
    return gelu(math::ErfOp::create(b, mulf(x, splat(M_SQRT1_2))));
  case Function::GeluTanh: {
    Value cube = mulf(mulf(x, x), x);
    Value inner = addf(x, mulf(splat(0.044715), cube));
    return gelu(
        math::TanhOp::create(b, mulf(splat(M_SQRT1_2 * M_2_SQRTPI), inner)));
  }
  case Function::Relu:
    return arith::MaximumFOp::create(b, x, splat(0.0));
  case Function::Tanh:
    return math::TanhOp::create(b, x);
  }
  llvm_unreachable("all functions are handled");
}
Value KernelBuilder::softCap(Value x, double cap) {
  return mulf(splat(cap), math::TanhOp::create(b, divf(x, splat(cap))));
}
Value KernelBuilder::sumLanes(Value v) {
  for (int64_t half = cast<VectorType>(v.getType()).getNumElements() / 2; half;
       half /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < half; ++i)
      low.push_back(i), high.push_back(half + i);
    v = addf(vector::ShuffleOp::create(b, v, v, low),
             vector::ShuffleOp::create(b, v, v, high));
  }
  return vector::ExtractOp::create(b, v, ArrayRef<int64_t>{0});
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value KernelBuilder::maskOf(Value count) {
  return vector::CreateMaskOp::create(b, vectorOf(b.getI1Type()), count);
}

Value KernelBuilder::load(Value buffer, Value at, Value mask) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  VectorType type = vectorOf(element);
  if (!mask)
    return widen(vector::LoadOp::create(b, type, buffer, at));
  Value zero = arith::ConstantOp::create(b, type, b.getZeroAttr(type));
  return widen(vector::MaskedLoadOp::create(b, type, buffer, at, mask, zero));
}

void KernelBuilder::store(Value vector, Value buffer, Value at, Value mask) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  Value raw = narrow(vector, element);
  if (mask)
    vector::MaskedStoreOp::create(b, buffer, at, mask, raw);
  else
    vector::StoreOp::create(b, raw, buffer, at);
}

Value KernelBuilder::loadWeights(Value buffer, Value at) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  int64_t bytes = kVector * element.getIntOrFloatBitWidth() / 8;
  return vector::LoadOp::create(b, vectorOf(element), buffer, at,
                                /*nontemporal=*/false, llvm::MaybeAlign(bytes));
}

Value KernelBuilder::loadScalar(Value buffer, Value at) {
  Value raw = memref::LoadOp::create(b, buffer, at);
  if (raw.getType().isF32())
    return raw;
  if (raw.getType().isF16())
    return arith::ExtFOp::create(b, b.getF32Type(), raw);
  Value bits = arith::BitcastOp::create(b, b.getI16Type(), raw);
  Value wide = arith::ExtUIOp::create(b, b.getI32Type(), bits);
  Value sixteen = arith::ConstantIntOp::create(b, 16, 32);
  return arith::BitcastOp::create(b, b.getF32Type(),
                                  arith::ShLIOp::create(b, wide, sixteen));
}

Value KernelBuilder::loadIndex(Value buffer, Value at) {
  return arith::IndexCastOp::create(b, b.getIndexType(),
                                    memref::LoadOp::create(b, buffer, at));
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

Value KernelBuilder::widen(Value vector) {
  auto type = cast<VectorType>(vector.getType());
  Type element = type.getElementType();
  if (element.isF32())
    return vector;
  int64_t n = type.getNumElements();
  auto f32 = vectorOf(b.getF32Type(), n);
  if (element.isF16())
    return arith::ExtFOp::create(b, f32, vector);
  // bf16 is the high half of an f32.
  Value bits = arith::BitcastOp::create(b, vectorOf(b.getI16Type(), n), vector);
  Value wide = arith::ExtUIOp::create(b, vectorOf(b.getI32Type(), n), bits);
  return arith::BitcastOp::create(b, f32,
                                  arith::ShLIOp::create(b, wide, i32Splat(16)));
}

Value KernelBuilder::narrow(Value vector, Type element) {
  if (element.isF32())
    return vector;
  // The hardware's conversion to bf16 flushes subnormals, as its dot product
  // does, which such levels multiply with.
  if (element.isF16() || target.hasBf16Convert)
    return arith::TruncFOp::create(b, vectorOf(element), vector);
  auto i32 = vectorOf(b.getI32Type());
  Value bits = arith::BitcastOp::create(b, i32, vector);
  Value odd = arith::AndIOp::create(
      b, arith::ShRUIOp::create(b, bits, i32Splat(16)), i32Splat(1));
  Value bias = arith::AddIOp::create(b, odd, i32Splat(0x7fff));
  Value rounded = arith::ShRUIOp::create(
      b, arith::AddIOp::create(b, bits, bias), i32Splat(16));
  Value isNan =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, vector, vector);
  Value picked = arith::SelectOp::create(b, isNan, i32Splat(0x7fc0), rounded);
  Value half = arith::TruncIOp::create(b, vectorOf(b.getI16Type()), picked);
  return arith::BitcastOp::create(b, vectorOf(element), half);
}

Value KernelBuilder::lowHalf(Value pairs) {
  return arith::BitcastOp::create(
      b, vectorOf(b.getF32Type()),
      arith::ShLIOp::create(b, pairs, i32Splat(16)));
}

Value KernelBuilder::highHalf(Value pairs) {
  return arith::BitcastOp::create(
      b, vectorOf(b.getF32Type()),
      arith::AndIOp::create(b, pairs, i32Splat(int32_t(0xffff0000))));
}

} // namespace swage::cpu
