//===- RowKernels.cpp - Rows copied, permuted and added -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is left where fusion found no kernel to put it into: rows that are
// selected, converted or in another order of columns, and sums of rows.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/RowPlace.h"

using namespace mlir;

namespace swage::cpu {

func::FuncOp buildCopyRows(OpBuilder &builder, Location loc, StringRef name,
                           const CopyRowsSpec &spec,
                           const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  SmallVector<Type> bindings = {KernelBuilder::buffer(context, spec.input)};
  if (spec.selectRows)
    bindings.push_back(KernelBuilder::i32Buffer(context));
  bindings.push_back(KernelBuilder::buffer(context, spec.output));
  KernelBuilder k(builder, loc, name, bindings, /*numScalars=*/1, target);
  RowPlace from(spec.columns, spec.input, spec.slice);
  RowPlace to(spec.columns, spec.output);
  Value x = k.binding(0), out = k.binding(bindings.size() - 1);
  k.loop(k.begin(), k.end(), 1, [&](Value row) {
    Value source = spec.selectRows ? k.loadIndex(k.binding(1), row) : row;
    Value xBase = from.start(k, source), outBase = to.start(k, row);
    k.columns(spec.columns, [&](Value column, Value mask) {
      k.store(k.load(x, k.add(xBase, column), mask), out,
              k.add(outBase, column), mask);
    });
  });
  return k.finish();
}

func::FuncOp buildPermuteColumns(OpBuilder &builder, Location loc,
                                 StringRef name, const PermuteColumnsSpec &spec,
                                 const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  MemRefType rows = KernelBuilder::buffer(context, spec.element);
  KernelBuilder k(builder, loc, name,
                  {rows, KernelBuilder::i32Buffer(context), rows},
                  /*numScalars=*/1, target);
  RowPlace from(spec.columns, spec.element, spec.slice);
  RowPlace to(spec.columns, spec.element);
  auto type = k.vectorOf(rows.getElementType());
  Value none = arith::ConstantOp::create(k.b, k.b.getZeroAttr(type));
  Value all = k.maskOf(kVector);
  k.loop(k.begin(), k.end(), 1, [&](Value row) {
    Value source = from.start(k, row), target = to.start(k, row);
    k.columns(spec.columns, [&](Value column, Value mask) {
      // Behind the last column, the order is padded with zeros.
      Value order = vector::LoadOp::create(k.b, k.vectorOf(k.b.getI32Type()),
                                           k.binding(1), column);
      Value values = vector::GatherOp::create(k.b, type, k.binding(0), source,
                                              order, all, none);
      k.store(k.widen(values), k.binding(2), k.add(target, column), mask);
    });
  });
  return k.finish();
}

func::FuncOp buildAddRows(OpBuilder &builder, Location loc, StringRef name,
                          const AddRowsSpec &spec, const Capabilities &target) {
  SmallVector<Type> bindings(
      3, KernelBuilder::buffer(builder.getContext(), spec.element));
  KernelBuilder k(builder, loc, name, bindings, /*numScalars=*/1, target);
  RowPlace left(spec.columns, spec.element, spec.slices[0]);
  RowPlace right(spec.columns, spec.element, spec.slices[1]);
  RowPlace to(spec.columns, spec.element);
  k.loop(k.begin(), k.end(), 1, [&](Value row) {
    Value x = left.start(k, row), y = right.start(k, row);
    Value outBase = to.start(k, row);
    k.columns(spec.columns, [&](Value column, Value mask) {
      Value sum = k.addf(k.load(k.binding(0), k.add(x, column), mask),
                         k.load(k.binding(1), k.add(y, column), mask));
      k.store(sum, k.binding(2), k.add(outBase, column), mask);
    });
  });
  return k.finish();
}

} // namespace swage::cpu
