//===- KernelBuilder.h - Small words that kernels are written in ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels work on vectors of 16 f32 whatever the ISA: LLVM splits them over
// the registers that a level has. Buffers are flat memrefs; an index counts
// elements. Storage elements become f32 when they are loaded and are rounded
// to nearest even when they are stored.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_KERNELBUILDER_H
#define SWAGE_TARGETS_CPU_KERNELBUILDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "targets/cpu/Capabilities.h"
#include "targets/cpu/KernelSpecs.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace swage::cpu {

/// Marks the argument of a kernel that is the worker's scratch.
inline constexpr llvm::StringLiteral kScratchAttr = "swage_cpu.scratch";

/// f32 elements of the vectors that kernels are written in.
inline constexpr int64_t kVector = 16;

/// Builds the body of one kernel. Every method inserts at the current point.
class KernelBuilder {
public:
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;

  /// Makes the function `name`: bindings, scalars, then the range [begin, end).
  /// The insertion point is the start of its body.
  KernelBuilder(mlir::OpBuilder &builder, mlir::Location loc,
                llvm::StringRef name, mlir::TypeRange bindings,
                int64_t numScalars, const Capabilities &target);

  /// Ends the body and returns the function.
  mlir::func::FuncOp finish();

  Value binding(int64_t i) { return function.getArgument(i); }
  Value scalar(int64_t i);
  /// `size` elements of the worker's scratch that no other call gave away.
  Value scratch(Element element, int64_t size);
  Value begin();
  Value end();

  //===--- Types ---------------------------------------------------------===//

  static mlir::Type elementType(mlir::MLIRContext *context, Element element);
  /// A flat buffer of `element`.
  static mlir::MemRefType buffer(mlir::MLIRContext *context, Element element);
  /// Weight tiles; two interleaved bf16 are one i32, and codes are in i32.
  static mlir::MemRefType weightBuffer(mlir::MLIRContext *context,
                                       const WeightFormat &weight);
  /// A flat buffer of i32.
  static mlir::MemRefType i32Buffer(mlir::MLIRContext *context);
  mlir::VectorType vectorOf(mlir::Type element, int64_t n = kVector) const;

  //===--- Index arithmetic ----------------------------------------------===//

  Value index(int64_t value);
  Value add(Value a, Value b);
  Value add(Value a, int64_t b);
  Value sub(Value a, int64_t b);
  Value mul(Value a, int64_t b);
  Value min(Value a, Value b);
  Value max(Value a, Value b);
  Value less(Value a, Value b);
  Value atLeast(Value a, int64_t b);

  //===--- Control flow --------------------------------------------------===//

  void loop(Value lower, Value upper, int64_t step,
            llvm::function_ref<void(Value)> body);
  /// A loop that carries values; `body` returns the next ones.
  llvm::SmallVector<Value>
  loop(Value lower, Value upper, int64_t step, ValueRange initial,
       llvm::function_ref<llvm::SmallVector<Value>(Value, ValueRange)> body);
  void when(Value condition, llvm::function_ref<void()> body);
  /// Columns 0 to `count` in vectors: `body` gets the first of 16 and, for the
  /// last ones where they are fewer, their mask.
  void columns(int64_t count, llvm::function_ref<void(Value, Value)> body);
  /// The sum over columns 0 to `count`: `add` adds a vector of them, given as
  /// above, to the sums of the lanes, and nothing outside the mask.
  Value sumColumns(int64_t count,
                   llvm::function_ref<Value(Value sum, Value, Value)> add);

  //===--- f32 vectors ---------------------------------------------------===//

  Value splat(double value);
  /// An f32 scalar.
  Value constant(double value);
  Value i32Splat(int64_t value);
  Value broadcast(Value scalar);
  Value addf(Value a, Value b);
  Value mulf(Value a, Value b);
  Value divf(Value a, Value b);
  /// a * b + c with one rounding.
  Value fma(Value a, Value b, Value c);
  Value subf(Value a, Value b);
  Value apply(Function function, Value x);
  /// cap * tanh(x / cap).
  Value softCap(Value x, double cap);
  /// The sum of all lanes, halves added pairwise: an order that is fixed.
  Value sumLanes(Value v);

  //===--- Memory --------------------------------------------------------===//

  /// The mask of the first `count` lanes.
  Value maskOf(Value count);
  Value maskOf(int64_t count) { return maskOf(index(count)); }
  /// 16 elements at `at` as f32; lanes outside `mask` are zero and not read.
  Value load(Value buffer, Value at, Value mask = {});
  /// Rounds 16 f32 to the buffer's element and writes the lanes of `mask`.
  void store(Value vector, Value buffer, Value at, Value mask = {});
  /// 16 raw elements at `at`, which is a multiple of 16 in a weight buffer.
  Value loadWeights(Value buffer, Value at);
  /// One element as an f32 scalar.
  Value loadScalar(Value buffer, Value at);
  /// An i32 as an index.
  Value loadIndex(Value buffer, Value at);

  //===--- Conversions ---------------------------------------------------===//

  /// A vector of storage elements (f32, f16, bf16) as f32.
  Value widen(Value vector);
  /// f32 rounded to nearest even to `element`.
  Value narrow(Value vector, mlir::Type element);
  /// The f32 of the low (even k) or high (odd k) bf16 of each i32 lane.
  Value lowHalf(Value pairs);
  Value highHalf(Value pairs);

  mlir::ImplicitLocOpBuilder b;
  const Capabilities &target;

private:
  mlir::func::FuncOp function;
  int64_t numBindings;
  Value workerScratch;      ///< none before it is asked for
  int64_t scratchBytes = 0; ///< of it that are given away
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_KERNELBUILDER_H
