//===- BindOperands.cpp - What the dispatches of operations bind ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/scheduling/VariantBuilder.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace swage;
namespace tf = swage::transformer;

LogicalResult VariantBuilder::bindEmbedding(tf::EmbeddingOp op,
                                            Bindings &bindings) {
  auto bind = [&](Value indices, Value table) -> LogicalResult {
    FailureOr<Value> packed =
        constant(table, program.target().getMatrixLayout(typeOf(table), false));
    if (failed(packed))
      return failure();
    bindings.add(indices);
    bindings.add(*packed);
    return success();
  };
  if (failed(bind(storageOf(op.getTokens()).buffer, op.getTable())) ||
      (op.getTypes() &&
       failed(bind(storageOf(op.getTypes()).buffer, op.getTypeTable()))))
    return failure();
  return op.getBatch() ? bind(batch, op.getPositionTable()) : success();
}

LogicalResult VariantBuilder::bindVectors(Value input, ValueRange vectors,
                                          Value rows, Bindings &bindings) {
  bindings.add(storageOf(input).buffer);
  for (Value vector : vectors) {
    FailureOr<Value> packed =
        constant(vector, program.target().getVectorLayout());
    if (failed(packed))
      return failure();
    bindings.add(*packed);
  }
  if (rows)
    bindings.add(storageOf(rows).buffer);
  return success();
}

LogicalResult VariantBuilder::bindRows(Operation *op, Bindings &bindings) {
  for (Value operand : op->getOperands())
    bindings.add(storageOf(operand).buffer);
  return success();
}

LogicalResult VariantBuilder::bindLinear(tf::LinearOp op, Bindings &bindings) {
  SmallVector<RankedTensorType> types;
  for (Value weight : op.getWeights())
    types.push_back(typeOf(weight));
  FailureOr<Value> weights = constant(
      op.getWeights(), program.target().getMatrixLayout(types, op.getGated()));
  if (failed(weights))
    return failure();
  bindings.add(storageOf(op.getInput()).buffer);
  bindings.add(*weights);
  if (!op.getBiases().empty()) {
    FailureOr<Value> biases =
        constant(op.getBiases(), program.target().getVectorLayout());
    if (failed(biases))
      return failure();
    bindings.add(*biases);
  }
  return success();
}

LogicalResult VariantBuilder::bindAttention(tf::AttentionOp op,
                                            Bindings &bindings) {
  // Rows that several of the three are split from are bound once.
  llvm::SmallSetVector<Value, 3> inputs;
  for (Value input : {op.getQueries(), op.getKeys(), op.getValues()}) {
    while (auto split = input ? input.getDefiningOp<tf::SplitOp>() : nullptr)
      input = split.getInput();
    if (input && inputs.insert(input))
      bindings.add(storageOf(input).buffer);
  }
  auto [keys, values] = cache(op.getCache());
  bindings.add(keys, bool(op.getKeys()));
  bindings.add(values, bool(op.getKeys()));
  bindings.add(batch);
  if (std::optional<tf::RopeAttr> rope = op.getRope())
    bindings.add(constant(program.phases(*rope)));
  return success();
}
