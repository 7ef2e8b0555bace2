//===- TransformerDecompositions.cpp - What operations mean ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/RowBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace swage::transformer;

using Replacements = FailureOr<SmallVector<Value>>;

/// Whether the elements are values that arithmetic understands; an encoded
/// weight must be dequantized first.
static bool arePlain(ValueRange values) {
  return llvm::all_of(values, [](Value value) {
    Type element = getElementTypeOrSelf(value.getType());
    return element.isF32() || element.isF16() || element.isBF16();
  });
}

static int64_t columnsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getDimSize(1);
}

/// `a + b` as rows of `type`.
static Value addRows(RowBuilder &rows, Value a, Value b,
                     RankedTensorType type) {
  return rows.map(rows.rowCount(a), type, {{a}, {b}},
                  [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                    return arith::AddFOp::create(b, args[0], args[1]);
                  });
}

/// `softCap * tanh(x / softCap)` of each element, as rows of `type`.
static Value capRows(RowBuilder &rows, Value input, const APFloat &softCap,
                     RankedTensorType type) {
  double cap = softCap.convertToDouble();
  return rows.map(rows.rowCount(input), type, {{input}},
                  [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                    Value small =
                        arith::DivFOp::create(b, args[0], f32Constant(b, cap));
                    return arith::MulFOp::create(
                        b, math::TanhOp::create(b, small), f32Constant(b, cap));
                  });
}

// ---- Rows -------------------------------------------------------------------

Replacements EmbeddingOp::decompose(OpBuilder &builder) {
  // Positions are known to the batch alone.
  if (getBatch() || !arePlain(getTable()) ||
      (getTypeTable() && !arePlain(getTypeTable())))
    return failure();
  RowBuilder rows(builder, getLoc());
  RankedTensorType type = getResult().getType();
  RankedTensorType wide = rows.f32Rows(columnsOf(getTable()));
  Value sum =
      rows.gather(getTable(), getTokens(), wide, getScale().convertToDouble());
  if (getTypeTable())
    sum =
        addRows(rows, sum, rows.gather(getTypeTable(), getTypes(), wide), wide);
  return SmallVector<Value>{rows.convert(sum, type)};
}

Replacements SelectRowsOp::decompose(OpBuilder &builder) {
  RowBuilder rows(builder, getLoc());
  return SmallVector<Value>{
      rows.gather(getInput(), getRows(), getResult().getType())};
}

Replacements SplitOp::decompose(OpBuilder &builder) {
  RowBuilder rows(builder, getLoc());
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  Value count = rows.rowCount(getInput());
  SmallVector<Value> parts;
  int64_t offset = 0;
  for (Value part : getParts()) {
    OpFoldResult offsets[] = {zero, builder.getIndexAttr(offset)};
    OpFoldResult sizes[] = {count, builder.getIndexAttr(columnsOf(part))};
    OpFoldResult strides[] = {one, one};
    parts.push_back(tensor::ExtractSliceOp::create(
        rows.b, cast<RankedTensorType>(part.getType()), getInput(), offsets,
        sizes, strides));
    offset += columnsOf(part);
  }
  return parts;
}

// ---- Norms ------------------------------------------------------------------

/// `1 / sqrt(sum / columns + epsilon)`.
static Value inverseDeviation(ImplicitLocOpBuilder &b, Value sum,
                              int64_t columns, const APFloat &epsilon) {
  Value mean = arith::DivFOp::create(b, sum, f32Constant(b, columns));
  Value shifted =
      arith::AddFOp::create(b, mean, f32Constant(b, epsilon.convertToDouble()));
  return math::RsqrtOp::create(b, shifted);
}

Replacements RmsNormOp::decompose(OpBuilder &builder) {
  if (!arePlain(getWeight()))
    return failure();
  RowBuilder rows(builder, getLoc());
  int64_t columns = columnsOf(getInput());
  int64_t group = cast<RankedTensorType>(getWeight().getType()).getDimSize(0);
  Value input = getInput();
  if (getRows())
    input = rows.gather(input, getRows(), rows.f32Rows(columns));
  // A group of columns is normalized as if it were a row.
  Value groups = rows.divide(input, group);
  Value count = rows.rowCount(groups);
  Value squares = rows.sumColumns(
      count, {{groups}}, [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
        return arith::MulFOp::create(b, x[0], x[0]);
      });
  auto normalize = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value scale = inverseDeviation(b, args[1], group, getEpsilon());
    Value normalized = arith::MulFOp::create(b, args[0], scale);
    Value weight = args[2];
    if (!getWeightOffset().isZero())
      weight = arith::AddFOp::create(
          b, weight, f32Constant(b, getWeightOffset().convertToDouble()));
    return arith::MulFOp::create(b, normalized, weight);
  };
  Value normed =
      rows.map(count, rows.f32Rows(group),
               {{groups}, {squares, Reads::Row}, {getWeight(), Reads::Column}},
               normalize);
  normed = rows.unite(normed, columns);
  RankedTensorType type = getResult().getType();
  return SmallVector<Value>{getResidual()
                                ? addRows(rows, getResidual(), normed, type)
                                : rows.convert(normed, type)};
}

Replacements LayerNormOp::decompose(OpBuilder &builder) {
  if (!arePlain(getWeight()) || (getBias() && !arePlain(getBias())))
    return failure();
  RowBuilder rows(builder, getLoc());
  int64_t columns = columnsOf(getInput());
  Value input = getInput();
  if (getRows())
    input = rows.gather(input, getRows(), rows.f32Rows(columns));
  Value count = rows.rowCount(input);
  Value sums = rows.sumColumns(
      count, {{input}},
      [](ImplicitLocOpBuilder &, ValueRange x) { return x[0]; });
  auto center = [&](ImplicitLocOpBuilder &b, Value x, Value sum) -> Value {
    Value mean = arith::DivFOp::create(b, sum, f32Constant(b, columns));
    return arith::SubFOp::create(b, x, mean);
  };
  Value squares =
      rows.sumColumns(count, {{input}, {sums, Reads::Row}},
                      [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                        Value centered = center(b, args[0], args[1]);
                        return arith::MulFOp::create(b, centered, centered);
                      });
  SmallVector<RowOperand> operands = {{input},
                                      {sums, Reads::Row},
                                      {squares, Reads::Row},
                                      {getWeight(), Reads::Column}};
  if (getBias())
    operands.push_back({getBias(), Reads::Column});
  auto normalize = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value scale = inverseDeviation(b, args[2], columns, getEpsilon());
    Value centered = center(b, args[0], args[1]);
    Value normalized = arith::MulFOp::create(b, centered, scale);
    Value scaled = arith::MulFOp::create(b, normalized, args[3]);
    return getBias() ? arith::AddFOp::create(b, scaled, args[4]) : scaled;
  };
  return SmallVector<Value>{
      rows.map(count, getResult().getType(), operands, normalize)};
}

// ---- Matrix products --------------------------------------------------------

/// `function(gate) * up` as rows of `type`.
static Value applyGate(RowBuilder &rows, Activation function, Value gate,
                       Value up, RankedTensorType type) {
  return rows.map(rows.rowCount(gate), type, {{gate}, {up}},
                  [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                    return arith::MulFOp::create(
                        b, applyActivation(b, function, args[0]), args[1]);
                  });
}

/// The function of each element, as rows of `type`.
static Value applyToRows(RowBuilder &rows, Activation function, Value input,
                         RankedTensorType type) {
  return rows.map(rows.rowCount(input), type, {{input}},
                  [&](ImplicitLocOpBuilder &b, ValueRange args) {
                    return applyActivation(b, function, args[0]);
                  });
}

Replacements LinearOp::decompose(OpBuilder &builder) {
  if (!arePlain(getWeights()) || !arePlain(getBiases()))
    return failure();
  RowBuilder rows(builder, getLoc());
  RankedTensorType type = getResult().getType();
  SmallVector<Value> parts;
  for (auto [index, weight] : llvm::enumerate(getWeights())) {
    Value bias = getBiases().empty() ? Value() : getBiases()[index];
    parts.push_back(rows.multiply(getInput(), weight, bias));
  }
  if (getGated())
    return SmallVector<Value>{
        applyGate(rows, *getActivation(), parts[0], parts[1], type)};
  Value sums = rows.concat(parts);
  if (getActivation())
    return SmallVector<Value>{applyToRows(rows, *getActivation(), sums, type)};
  if (getSoftCap())
    return SmallVector<Value>{capRows(rows, sums, *getSoftCap(), type)};
  if (getResidual())
    return SmallVector<Value>{addRows(rows, sums, getResidual(), type)};
  return SmallVector<Value>{rows.convert(sums, type)};
}

Replacements LogitsOp::decompose(OpBuilder &builder) {
  if (!arePlain(getWeight()) || (getBias() && !arePlain(getBias())))
    return failure();
  RowBuilder rows(builder, getLoc());
  Value chosen = rows.gather(getInput(), getRows(), getInput().getType());
  Value scores = rows.multiply(chosen, getWeight(), getBias());
  if (getSoftCap())
    scores = capRows(rows, scores, *getSoftCap(), getResult().getType());
  return SmallVector<Value>{scores};
}

// ---- Feed-forward networks --------------------------------------------------

Replacements ActivationOp::decompose(OpBuilder &builder) {
  RowBuilder rows(builder, getLoc());
  return SmallVector<Value>{
      applyToRows(rows, getFunction(), getInput(), getResult().getType())};
}

Replacements GatedMlpOp::decompose(OpBuilder &builder) {
  if (!arePlain({getGate(), getUp(), getDown()}) || !arePlain(getBiases()))
    return failure();
  RowBuilder rows(builder, getLoc());
  auto bias = [&](unsigned index) {
    return getBiases().empty() ? Value() : getBiases()[index];
  };
  Value gate = rows.multiply(getInput(), getGate(), bias(0));
  Value up = rows.multiply(getInput(), getUp(), bias(1));
  Value hidden =
      applyGate(rows, getFunction(), gate, up, rows.f32Rows(columnsOf(gate)));
  Value down = rows.multiply(hidden, getDown(), bias(2));
  return SmallVector<Value>{rows.convert(down, getResult().getType())};
}
