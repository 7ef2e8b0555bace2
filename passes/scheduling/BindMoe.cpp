//===- BindMoe.cpp - What the dispatches of a mixture of experts bind -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/scheduling/VariantBuilder.h"

using namespace mlir;
using namespace swage;
namespace tf = swage::transformer;

LogicalResult VariantBuilder::bindRoute(tf::RouteOp op, Bindings &bindings) {
  bindings.add(storageOf(op.getLogits()).buffer);
  return success();
}

LogicalResult VariantBuilder::bindGroupedLinear(tf::GroupedLinearOp op,
                                                Bindings &bindings) {
  SmallVector<RankedTensorType> types;
  for (Value weight : op.getWeights())
    types.push_back(typeOf(weight));
  FailureOr<Value> weights = constant(
      op.getWeights(),
      program.target().getMatrixLayout(types, bool(op.getActivation())));
  if (failed(weights))
    return failure();
  bindings.add(storageOf(op.getInput()).buffer);
  bindings.add(*weights);
  bindings.add(storageOf(op.getPlaces()).buffer);
  bindings.add(storageOf(op.getGroups()).buffer);
  return success();
}

LogicalResult VariantBuilder::bindCombine(tf::CombineOp op,
                                          Bindings &bindings) {
  bindings.add(storageOf(op.getInput()).buffer);
  bindings.add(storageOf(op.getWeights()).buffer);
  return success();
}

int64_t VariantBuilder::matricesRead(tf::GroupedLinearOp op) const {
  int64_t all = op.getWeights().size();
  if (variantAttr.getRows() != schedule::RowVariant::One)
    return all;
  return int64_t(op.getTopK()) * (op.getActivation() ? 2 : 1);
}
