//===- ModelBuilder.cpp - Builds the IR of a model -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/ModelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>

using namespace mlir;
using namespace swage::transformer;

namespace swage::import {

ModelBuilder::ModelBuilder(MLIRContext *context, const DecoderConfig &config,
                           Type cacheElement, FindWeight findWeight)
    : config(config), findWeight(std::move(findWeight)), builder(context) {
  Location loc = builder.getUnknownLoc();
  module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  cacheType =
      CacheType::get(context, config.numKvHeads, config.headDim, cacheElement);
  for (int64_t layer = 0; layer < config.numLayers; ++layer) {
    Operation *cache =
        CacheOp::create(builder, loc, "cache." + std::to_string(layer),
                        cacheType, StringAttr());
    if (!firstCache)
      firstCache = cache;
  }
  auto indices =
      RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  auto type = builder.getFunctionType(
      {indices, BatchType::get(context), indices}, {rows(config.vocabSize)});
  forward = func::FuncOp::create(builder, loc, "forward", type);
  forward->setAttr("transformer.entry_point", builder.getUnitAttr());
  Block *body = forward.addEntryBlock();
  tokens = body->getArgument(0);
  batch = body->getArgument(1);
  logitRows = body->getArgument(2);
  for (auto [value, name] :
       llvm::zip_equal(body->getArguments(),
                       ArrayRef<StringRef>{"tokens", "batch", "logit_rows"}))
    value.setLoc(locate(name));
  builder.setInsertionPointToEnd(body);
}

Location ModelBuilder::locate(StringRef name) {
  return NameLoc::get(builder.getStringAttr(name));
}

RankedTensorType ModelBuilder::rows(int64_t columns) {
  return RankedTensorType::get({ShapedType::kDynamic, columns},
                               builder.getF32Type());
}

Value ModelBuilder::weight(StringRef name, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, findWeight(name, shape));
  if (declared.insert(name).second) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(firstCache);
    WeightOp::create(builder, locate(name), name, type, StringAttr(),
                     /*source=*/StringAttr(), /*view=*/ViewAttr());
  }
  return GetWeightOp::create(builder, here(), type, name);
}

Value ModelBuilder::embedding(StringRef name) {
  Scope scope(*this, name);
  Value table = weight(join("weight"), {config.vocabSize, config.hiddenSize});
  return EmbeddingOp::create(builder, here(), rows(config.hiddenSize), tokens,
                             table, builder.getF64FloatAttr(1.0));
}

Value ModelBuilder::rmsNorm(Value x, StringRef name) {
  Scope scope(*this, name);
  auto type = cast<RankedTensorType>(x.getType());
  Value scale = weight(join("weight"), type.getDimSize(1));
  return RmsNormOp::create(builder, here(), type, x, scale, /*rows=*/Value(),
                           builder.getF64FloatAttr(config.normEpsilon));
}

Value ModelBuilder::linear(Value x, StringRef name, int64_t outputs,
                           bool bias) {
  Scope scope(*this, name);
  int64_t inputs = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Value matrix = weight(join("weight"), {outputs, inputs});
  SmallVector<Value> biases;
  if (bias)
    biases.push_back(weight(join("bias"), outputs));
  return LinearOp::create(builder, here(), rows(outputs), x, matrix, biases,
                          /*residual=*/Value(), ActivationAttr(),
                          /*gated=*/false);
}

Value ModelBuilder::rope(Value x) {
  return RopeOp::create(
      builder, here(), x.getType(), x, batch,
      builder.getI64IntegerAttr(config.headDim),
      config.rope.getAttr(builder.getContext(), config.headDim));
}

Value ModelBuilder::attention(Value queries, Value keys, Value values,
                              int64_t layer) {
  Value cache = GetCacheOp::create(builder, here(), cacheType,
                                   "cache." + std::to_string(layer));
  CacheAppendOp::create(builder, here(), keys, values, batch, cache);
  double scale = 1.0 / std::sqrt(double(config.headDim));
  return AttentionOp::create(
      builder, here(), queries.getType(), queries, batch, cache,
      /*keys=*/Value(), /*values=*/Value(),
      builder.getI64IntegerAttr(config.numHeads),
      builder.getF64FloatAttr(scale), /*soft_cap=*/FloatAttr(),
      /*window=*/IntegerAttr(), /*rope=*/RopeAttr());
}

Value ModelBuilder::gatedMlp(Value x, bool bias) {
  int64_t outer = config.hiddenSize, inner = config.intermediateSize;
  Value gate = weight(join("gate_proj.weight"), {inner, outer});
  Value up = weight(join("up_proj.weight"), {inner, outer});
  Value down = weight(join("down_proj.weight"), {outer, inner});
  SmallVector<Value> biases;
  if (bias)
    biases = {weight(join("gate_proj.bias"), inner),
              weight(join("up_proj.bias"), inner),
              weight(join("down_proj.bias"), outer)};
  return GatedMlpOp::create(builder, here(), rows(outer), config.activation, x,
                            gate, up, down, biases);
}

Value ModelBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(builder, here(), a, b);
}

Value ModelBuilder::logits(Value x, StringRef name) {
  Scope scope(*this, name);
  Value matrix =
      weight((name + ".weight").str(), {config.vocabSize, config.hiddenSize});
  return LogitsOp::create(builder, here(), rows(config.vocabSize), x, logitRows,
                          matrix);
}

OwningOpRef<ModuleOp> ModelBuilder::finish(Value logits, ModelAttr attr) {
  func::ReturnOp::create(builder, builder.getUnknownLoc(), logits);
  (*module)->setAttr("transformer.model", attr);
  return std::move(module);
}

} // namespace swage::import
