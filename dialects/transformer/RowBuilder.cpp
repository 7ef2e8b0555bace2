//===- RowBuilder.cpp - Loops over rows, for decompositions ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/RowBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;

namespace swage::transformer {

// ---- Values inside a loop ---------------------------------------------------

Value f32Constant(ImplicitLocOpBuilder &b, double value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
}

Value RowBuilder::widen(ImplicitLocOpBuilder &inner, Value value) {
  if (!isa<FloatType>(value.getType()) || value.getType() == f32)
    return value;
  return arith::ExtFOp::create(inner, f32, value);
}

Value RowBuilder::narrow(ImplicitLocOpBuilder &inner, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return arith::TruncFOp::create(inner, type, value);
}

static Value applyGelu(ImplicitLocOpBuilder &b, Value x, Value tail) {
  Value half = arith::MulFOp::create(b, f32Constant(b, 0.5), x);
  Value sum = arith::AddFOp::create(b, f32Constant(b, 1.0), tail);
  return arith::MulFOp::create(b, half, sum);
}

Value applyActivation(ImplicitLocOpBuilder &b, Activation function, Value x) {
  auto fraction = [&](Value numerator) {
    Value e = math::ExpOp::create(b, arith::NegFOp::create(b, x));
    return arith::DivFOp::create(
        b, numerator, arith::AddFOp::create(b, f32Constant(b, 1.0), e));
  };
  switch (function) {
  case Activation::Silu:
    return fraction(x);
  case Activation::Sigmoid:
    return fraction(f32Constant(b, 1.0));
  case Activation::Gelu: {
    Value scaled = arith::MulFOp::create(b, x, f32Constant(b, M_SQRT1_2));
    return applyGelu(b, x, math::ErfOp::create(b, scaled));
  }
  case Activation::GeluTanh: {
    Value square = arith::MulFOp::create(b, x, x);
    Value cube = arith::MulFOp::create(b, square, x);
    Value inner = arith::AddFOp::create(
        b, x, arith::MulFOp::create(b, f32Constant(b, 0.044715), cube));
    Value scaled =
        arith::MulFOp::create(b, f32Constant(b, M_SQRT1_2 * M_2_SQRTPI), inner);
    return applyGelu(b, x, math::TanhOp::create(b, scaled));
  }
  case Activation::Relu:
    return arith::MaximumFOp::create(b, x, f32Constant(b, 0.0));
  case Activation::Tanh:
    return math::TanhOp::create(b, x);
  }
  llvm_unreachable("all activations are handled");
}

// ---- Loops ------------------------------------------------------------------

Value RowBuilder::rowCount(Value tensor) {
  return tensor::DimOp::create(b, tensor, 0);
}

Value RowBuilder::empty(RankedTensorType type, Value rows) {
  return tensor::EmptyOp::create(b, type, rows);
}

Value RowBuilder::zeros(RankedTensorType type, Value rows) {
  return linalg::FillOp::create(b, f32Constant(b, 0.0), empty(type, rows))
      .getResult(0);
}

/// The indexing maps and tensors of `operands` in a loop over (row, column).
static void addOperands(ArrayRef<RowOperand> operands, MLIRContext *context,
                        SmallVectorImpl<AffineMap> &maps,
                        SmallVectorImpl<Value> &tensors) {
  AffineExpr row = getAffineDimExpr(0, context);
  AffineExpr column = getAffineDimExpr(1, context);
  for (const RowOperand &operand : operands) {
    tensors.push_back(operand.tensor);
    switch (operand.reads) {
    case Reads::Element:
      maps.push_back(AffineMap::get(2, 0, {row, column}, context));
      break;
    case Reads::Row:
      maps.push_back(AffineMap::get(2, 0, row));
      break;
    case Reads::Column:
      maps.push_back(AffineMap::get(2, 0, column));
      break;
    }
  }
}

Value RowBuilder::map(Value rows, RankedTensorType type,
                      ArrayRef<RowOperand> operands, Body body) {
  SmallVector<AffineMap> maps;
  SmallVector<Value> tensors;
  addOperands(operands, b.getContext(), maps, tensors);
  maps.push_back(b.getMultiDimIdentityMap(2));
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  auto build = [&](OpBuilder &nested, Location loc, ValueRange args) {
    ImplicitLocOpBuilder inner(loc, nested);
    SmallVector<Value> values;
    for (Value arg : args.drop_back())
      values.push_back(widen(inner, arg));
    Value value = narrow(inner, body(inner, values), type.getElementType());
    linalg::YieldOp::create(inner, value);
  };
  return linalg::GenericOp::create(b, type, tensors, empty(type, rows), maps,
                                   iterators, build)
      .getResult(0);
}

Value RowBuilder::sumColumns(Value rows, ArrayRef<RowOperand> operands,
                             Body body) {
  auto type = RankedTensorType::get({ShapedType::kDynamic}, f32);
  SmallVector<AffineMap> maps;
  SmallVector<Value> tensors;
  addOperands(operands, b.getContext(), maps, tensors);
  maps.push_back(AffineMap::get(2, 0, b.getAffineDimExpr(0)));
  SmallVector<utils::IteratorType> iterators = {utils::IteratorType::parallel,
                                                utils::IteratorType::reduction};
  auto build = [&](OpBuilder &nested, Location loc, ValueRange args) {
    ImplicitLocOpBuilder inner(loc, nested);
    SmallVector<Value> values;
    for (Value arg : args.drop_back())
      values.push_back(widen(inner, arg));
    Value sum = arith::AddFOp::create(inner, args.back(), body(inner, values));
    linalg::YieldOp::create(inner, sum);
  };
  return linalg::GenericOp::create(b, type, tensors, zeros(type, rows), maps,
                                   iterators, build)
      .getResult(0);
}

// ---- Building blocks --------------------------------------------------------

Value RowBuilder::gather(Value table, Value indices, RankedTensorType type,
                         double scale) {
  auto element = [&](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
    Value row =
        arith::IndexCastOp::create(inner, inner.getIndexType(), args[0]);
    Value column = linalg::IndexOp::create(inner, 1);
    Value value =
        widen(inner,
              tensor::ExtractOp::create(inner, table, ValueRange{row, column}));
    if (scale == 1.0)
      return value;
    return arith::MulFOp::create(inner, value, f32Constant(inner, scale));
  };
  return map(rowCount(indices), type, {{indices, Reads::Row}}, element);
}

Value RowBuilder::multiply(Value input, Value weight, Value bias) {
  int64_t columns = cast<RankedTensorType>(weight.getType()).getDimSize(0);
  RankedTensorType type = f32Rows(columns);
  Value rows = rowCount(input);
  AffineExpr m, n, k;
  bindDims(b.getContext(), m, n, k);
  using Exprs = SmallVector<AffineExpr, 4>;
  SmallVector<AffineMap> maps = AffineMap::inferFromExprList(
      ArrayRef<Exprs>{Exprs{m, k}, Exprs{n, k}, Exprs{m, n}}, b.getContext());
  SmallVector<utils::IteratorType> iterators = {utils::IteratorType::parallel,
                                                utils::IteratorType::parallel,
                                                utils::IteratorType::reduction};
  auto build = [&](OpBuilder &nested, Location loc, ValueRange args) {
    ImplicitLocOpBuilder inner(loc, nested);
    Value product = arith::MulFOp::create(inner, widen(inner, args[0]),
                                          widen(inner, args[1]));
    Value sum = arith::AddFOp::create(inner, args[2], product);
    linalg::YieldOp::create(inner, sum);
  };
  Value sums =
      linalg::GenericOp::create(b, type, ValueRange{input, weight},
                                zeros(type, rows), maps, iterators, build)
          .getResult(0);
  if (!bias)
    return sums;
  return map(rows, type, {{sums}, {bias, Reads::Column}},
             [](ImplicitLocOpBuilder &inner, ValueRange args) -> Value {
               return arith::AddFOp::create(inner, args[0], args[1]);
             });
}

Value RowBuilder::concat(ValueRange parts) {
  if (parts.size() == 1)
    return parts.front();
  auto columnsOf = [](Value part) {
    return cast<RankedTensorType>(part.getType()).getDimSize(1);
  };
  int64_t columns = 0;
  for (Value part : parts)
    columns += columnsOf(part);
  Value rows = rowCount(parts.front());
  Value result = empty(f32Rows(columns), rows);
  int64_t offset = 0;
  for (Value part : parts) {
    SmallVector<OpFoldResult> offsets = {b.getIndexAttr(0),
                                         b.getIndexAttr(offset)};
    SmallVector<OpFoldResult> sizes = {rows, b.getIndexAttr(columnsOf(part))};
    SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
    result =
        tensor::InsertSliceOp::create(b, part, result, offsets, sizes, strides);
    offset += columnsOf(part);
  }
  return result;
}

Value RowBuilder::divide(Value rows, int64_t columns) {
  auto type = cast<RankedTensorType>(rows.getType());
  if (type.getDimSize(1) == columns)
    return rows;
  SmallVector<int64_t> shape = {ShapedType::kDynamic,
                                type.getDimSize(1) / columns, columns};
  Value groups = tensor::ExpandShapeOp::create(
      b, type.clone(shape), rows, ArrayRef<ReassociationIndices>{{0}, {1, 2}});
  return tensor::CollapseShapeOp::create(
      b, groups, ArrayRef<ReassociationIndices>{{0, 1}, {2}});
}

Value RowBuilder::unite(Value rows, int64_t columns) {
  auto type = cast<RankedTensorType>(rows.getType());
  int64_t group = type.getDimSize(1);
  if (group == columns)
    return rows;
  SmallVector<int64_t> shape = {ShapedType::kDynamic, columns / group, group};
  Value groups = tensor::ExpandShapeOp::create(
      b, type.clone(shape), rows, ArrayRef<ReassociationIndices>{{0, 1}, {2}});
  return tensor::CollapseShapeOp::create(
      b, groups, ArrayRef<ReassociationIndices>{{0}, {1, 2}});
}

Value RowBuilder::convert(Value rows, RankedTensorType type) {
  if (rows.getType() == type)
    return rows;
  return map(rowCount(rows), type, {{rows}},
             [](ImplicitLocOpBuilder &, ValueRange args) { return args[0]; });
}

} // namespace swage::transformer
