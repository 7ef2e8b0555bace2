//===- TransformerMoeOps.cpp - Mixtures of experts ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/RowBuilder.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace swage::transformer;

// ---- Verifiers --------------------------------------------------------------

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t columnsOf(Value value) { return typeOf(value).getDimSize(1); }

static int64_t rowsOf(Value value) { return typeOf(value).getDimSize(0); }

/// Fails unless `found` is `wanted`, which `because` says of `what`.
static LogicalResult expectCount(Operation *op, const Twine &what,
                                 int64_t found, int64_t wanted,
                                 const Twine &because) {
  if (found == wanted)
    return success();
  return op->emitOpError() << "expected " << what << " to have " << wanted
                           << " " << because << ", found " << found;
}

static LogicalResult verifyTopK(Operation *op, int64_t topK, int64_t experts) {
  if (topK >= 1 && topK <= experts)
    return success();
  return op->emitOpError() << "expected a top_k of 1 to " << experts
                           << ", the number of experts, found " << topK;
}

/// Fails unless all of `matrices`, which `what` names, have one type with
/// `columns` columns.
static LogicalResult verifyMatrices(Operation *op, StringRef what,
                                    ValueRange matrices, int64_t columns) {
  for (Value matrix : matrices)
    if (matrix.getType() != matrices.front().getType())
      return op->emitOpError()
             << "expected each " << what << " to have type "
             << matrices.front().getType() << ", found " << matrix.getType();
  return expectCount(op, "each " + what, columnsOf(matrices.front()), columns,
                     "columns");
}

LogicalResult MoeOp::verify() {
  int64_t columns = columnsOf(getInput()), experts = rowsOf(getRouter());
  if (failed(expectCount(*this, "the router", columnsOf(getRouter()), columns,
                         "columns like the input"))) // (C1)
    return failure();
  for (auto [name, matrices] :
       {std::pair<StringRef, ValueRange>{"gate", getGate()},
        {"up", getUp()},
        {"down", getDown()}})
    if (failed(expectCount(*this, name, matrices.size(), experts,
                           "matrices, one for each row of the router"))) // (C2)
      return failure();
  int64_t inner = rowsOf(getGate().front());
  if (failed(verifyMatrices(*this, "gate", getGate(), columns)) || // (C3)
      failed(verifyMatrices(*this, "up", getUp(), columns)) ||     // (C3)
      failed(expectCount(*this, "each up", rowsOf(getUp().front()), inner,
                         "rows like a gate")) ||                 // (C3)
      failed(verifyMatrices(*this, "down", getDown(), inner)) || // (C3)
      failed(verifyTopK(*this, getTopK(), experts)))             // (C4)
    return failure();
  return expectCount(*this, "the result", columnsOf(getResult()),
                     rowsOf(getDown().front()),
                     "columns, the rows of a down"); // (C5)
}

/// Fails unless the elements of `value` are f32.
static LogicalResult expectF32(Operation *op, StringRef what, Value value) {
  Type element = typeOf(value).getElementType();
  if (element.isF32())
    return success();
  return op->emitOpError() << "expected " << what
                           << " elements of type f32, found " << element;
}

LogicalResult RouteOp::verify() {
  int64_t experts = columnsOf(getLogits()), topK = getTopK();
  if (failed(verifyTopK(*this, topK, experts)) || // (C1)
      failed(expectCount(*this, "the weights", columnsOf(getWeights()), topK,
                         "columns, top_k")) || // (C2)
      failed(expectCount(*this, "the experts", columnsOf(getExperts()), topK,
                         "columns, top_k")) || // (C2)
      failed(expectCount(*this, "the groups", rowsOf(getGroups()), experts,
                         "rows, one for each expert")) || // (C2)
      failed(expectF32(*this, "logits'", getLogits())))   // (C3)
    return failure();
  return expectF32(*this, "weights'", getWeights()); // (C3)
}

LogicalResult GroupedLinearOp::verify() {
  int64_t experts = rowsOf(getGroups());
  if (failed(expectCount(*this, "the operation", getWeights().size(),
                         experts * (getActivation() ? 2 : 1),
                         getActivation()
                             ? "weights, two for each expert"
                             : "weights, one for each expert")) || // (C1)
      failed(verifyMatrices(*this, "weight", getWeights(),
                            columnsOf(getInput()))) || // (C2)
      failed(expectCount(*this, "the result", columnsOf(getResult()),
                         rowsOf(getWeights().front()),
                         "columns, the rows of a weight"))) // (C3)
    return failure();
  return verifyTopK(*this, getTopK(), experts); // (C4)
}

LogicalResult CombineOp::verify() {
  if (failed(expectCount(*this, "the result", columnsOf(getResult()),
                         columnsOf(getInput()),
                         "columns like the input")) ||    // (C1)
      failed(expectF32(*this, "input", getInput())) ||    // (C1)
      failed(expectF32(*this, "result", getResult())) ||  // (C1)
      failed(expectF32(*this, "weights'", getWeights()))) // (C1)
    return failure();
  if (getResidual() && getResidual().getType() != getType()) // (C2)
    return emitOpError() << "expected a residual of type " << getType()
                         << " like the result, found "
                         << getResidual().getType();
  return success();
}

// ---- Decompositions ---------------------------------------------------------

namespace {

/// The softmax of each row.
Value softmax(RowBuilder &rows, Value logits) {
  RankedTensorType type = rows.f32Rows(columnsOf(logits));
  Value count = rows.rowCount(logits);
  using Inner = ImplicitLocOpBuilder;
  Value greatest = linalg::ReduceOp::create(
                       rows.b, logits,
                       linalg::FillOp::create(
                           rows.b, f32Constant(rows.b, -INFINITY),
                           tensor::EmptyOp::create(
                               rows.b,
                               RankedTensorType::get({ShapedType::kDynamic},
                                                     rows.b.getF32Type()),
                               count)
                               .getResult())
                           .getResult(0),
                       ArrayRef<int64_t>{1},
                       [](OpBuilder &nested, Location loc, ValueRange args) {
                         Value max = arith::MaximumFOp::create(
                             nested, loc, args[0], args[1]);
                         linalg::YieldOp::create(nested, loc, max);
                       })
                       .getResult(0);
  Value exponentials =
      rows.map(count, type, {{logits}, {greatest, Reads::Row}},
               [](Inner &b, ValueRange args) -> Value {
                 return math::ExpOp::create(
                     b, arith::SubFOp::create(b, args[0], args[1]));
               });
  Value sum = rows.sumColumns(
      count, {{exponentials}},
      [](Inner &, ValueRange args) -> Value { return args[0]; });
  return rows.map(count, type, {{exponentials}, {sum, Reads::Row}},
                  [](Inner &b, ValueRange args) -> Value {
                    return arith::DivFOp::create(b, args[0], args[1]);
                  });
}

/// Column `column` of rows, tensor<?xf32>.
Value columnOf(RowBuilder &rows, Value table, int64_t column) {
  return rows.sumColumns(
      rows.rowCount(table), {{table}},
      [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        Value here = linalg::IndexOp::create(b, 1);
        Value wanted = arith::ConstantIndexOp::create(b, column);
        Value same =
            arith::CmpIOp::create(b, arith::CmpIPredicate::eq, here, wanted);
        return arith::SelectOp::create(b, same, args[0], f32Constant(b, 0.0));
      });
}

/// The probability of an expert where it is among the `topK` greatest of its
/// row, else zero: how many stand before it decides.
Value chosenProbability(RowBuilder &rows, Value probabilities, int64_t expert,
                        int64_t topK) {
  Value own = columnOf(rows, probabilities, expert);
  Value before = rows.sumColumns(
      rows.rowCount(probabilities), {{probabilities}, {own, Reads::Row}},
      [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        Value other = linalg::IndexOp::create(b, 1);
        Value lower =
            arith::CmpIOp::create(b, arith::CmpIPredicate::slt, other,
                                  arith::ConstantIndexOp::create(b, expert));
        Value greater = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT,
                                              args[0], args[1]);
        Value equal = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ,
                                            args[0], args[1]);
        Value stands = arith::OrIOp::create(
            b, greater, arith::AndIOp::create(b, equal, lower));
        return arith::SelectOp::create(b, stands, f32Constant(b, 1.0),
                                       f32Constant(b, 0.0));
      });
  // One column, so that it can be read as rows.
  return rows.map(
      rows.rowCount(probabilities), rows.f32Rows(1),
      {{own, Reads::Row}, {before, Reads::Row}},
      [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        Value chosen =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, args[1],
                                  f32Constant(b, double(topK)));
        return arith::SelectOp::create(b, chosen, args[0], f32Constant(b, 0.0));
      });
}

} // namespace

FailureOr<SmallVector<Value>> MoeOp::decompose(OpBuilder &builder) {
  RowBuilder rows(builder, getLoc());
  using Inner = ImplicitLocOpBuilder;
  auto add = [](Inner &b, ValueRange args) -> Value {
    return arith::AddFOp::create(b, args[0], args[1]);
  };
  Value count = rows.rowCount(getInput());
  Value probabilities =
      softmax(rows, rows.multiply(getInput(), getRouter(), Value()));
  SmallVector<Value> chosen;
  for (int64_t e = 0, end = getGate().size(); e < end; ++e)
    chosen.push_back(chosenProbability(rows, probabilities, e, getTopK()));
  Value weights = rows.concat(chosen), sum;
  if (getNormalize())
    sum = rows.sumColumns(
        count, {{weights}},
        [](Inner &, ValueRange args) -> Value { return args[0]; });
  RankedTensorType type = rows.f32Rows(columnsOf(getResult()));
  Value result;
  for (auto [e, gate, up, down] :
       llvm::enumerate(getGate(), getUp(), getDown())) {
    Value hidden =
        rows.map(count, rows.f32Rows(rowsOf(gate)),
                 {{rows.multiply(getInput(), gate, Value())},
                  {rows.multiply(getInput(), up, Value())}},
                 [&](Inner &b, ValueRange args) -> Value {
                   return arith::MulFOp::create(
                       b, applyActivation(b, getFunction(), args[0]), args[1]);
                 });
    SmallVector<RowOperand> operands = {
        {rows.multiply(hidden, down, Value())},
        {columnOf(rows, weights, e), Reads::Row}};
    if (sum)
      operands.push_back({sum, Reads::Row});
    Value weighted = rows.map(
        count, type, operands, [&](Inner &b, ValueRange args) -> Value {
          Value weight =
              sum ? Value(arith::DivFOp::create(b, args[1], args[2])) : args[1];
          return arith::MulFOp::create(b, weight, args[0]);
        });
    result =
        result ? rows.map(count, type, {{result}, {weighted}}, add) : weighted;
  }
  return SmallVector<Value>{rows.convert(result, getType())};
}

FailureOr<SmallVector<Value>> CombineOp::decompose(OpBuilder &builder) {
  RowBuilder rows(builder, getLoc());
  int64_t topK = columnsOf(getWeights());
  SmallVector<RowOperand> operands;
  if (getResidual())
    operands.push_back({getResidual()});
  auto body = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value row = linalg::IndexOp::create(b, 0);
    Value column = linalg::IndexOp::create(b, 1);
    Value first =
        arith::MulIOp::create(b, row, arith::ConstantIndexOp::create(b, topK));
    Value sum;
    for (int64_t rank = 0; rank < topK; ++rank) {
      Value r = arith::ConstantIndexOp::create(b, rank);
      Value weight =
          tensor::ExtractOp::create(b, getWeights(), ValueRange{row, r});
      Value value = tensor::ExtractOp::create(
          b, getInput(),
          ValueRange{arith::AddIOp::create(b, first, r), column});
      Value product = arith::MulFOp::create(b, weight, value);
      sum = sum ? Value(arith::AddFOp::create(b, sum, product)) : product;
    }
    if (getResidual())
      sum = arith::AddFOp::create(b, args[0], sum);
    return sum;
  };
  return SmallVector<Value>{
      rows.map(rows.rowCount(getWeights()), getType(), operands, body)};
}
