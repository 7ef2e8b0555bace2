//===- ModelBuilder.cpp - Builds the IR of a model -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/ModelBuilder.h"
#include "dialects/compression/Compression.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>

using namespace mlir;
using namespace swage::transformer;

namespace swage::import {

ModelBuilder::ModelBuilder(MLIRContext *context, const DecoderConfig &config,
                           Type cacheElement, ModelTensors &tensors)
    : model(config), config(config), tensors(tensors),
      cacheElement(cacheElement), builder(context) {
  Location loc = builder.getUnknownLoc();
  module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  auto indices =
      RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  // What it returns is known at the end.
  forward = func::FuncOp::create(builder, loc,
                                 config.bidirectional ? "encode" : "forward",
                                 builder.getFunctionType({}, {}));
  forward->setAttr("transformer.entry_point", builder.getUnitAttr());
  if (config.bidirectional)
    forward->setAttr("transformer.whole_sequences", builder.getUnitAttr());
  Block *body = forward.addEntryBlock();
  tokens = body->addArgument(indices, locate("tokens"));
  if (config.tokenTypes)
    types = body->addArgument(indices, locate("token_types"));
  batch = body->addArgument(BatchType::get(context), locate("batch"));
  logitRows = body->addArgument(indices, locate("logit_rows"));
  builder.setInsertionPointToEnd(body);
}

void ModelBuilder::beginLayer(int64_t layer) {
  if (model.layers.empty())
    return;
  const LayerConfig &own = model.layers[layer];
  config.numHeads = own.numHeads;
  config.numKvHeads = own.numKvHeads;
  config.intermediateSize = own.intermediateSize;
}

Location ModelBuilder::locate(StringRef name) {
  return NameLoc::get(builder.getStringAttr(name));
}

RankedTensorType ModelBuilder::rows(int64_t columns) {
  return RankedTensorType::get({ShapedType::kDynamic, columns},
                               builder.getF32Type());
}

Value ModelBuilder::declare(StringRef name, RankedTensorType type,
                            StringAttr source, ViewAttr view) {
  if (declared.insert(name).second) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(firstCache ? firstCache : forward);
    WeightOp::create(builder, locate(name), name, type,
                     /*sym_visibility=*/StringAttr(), source, view);
  }
  return GetWeightOp::create(builder, here(), type, name);
}

Value ModelBuilder::weight(StringRef name, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, tensors.find(name, shape));
  return declare(name, type, StringAttr(), ViewAttr());
}

Value ModelBuilder::weight(StringRef name, StringRef tensor, int64_t rows,
                           int64_t columns, const weights::View &view) {
  SmallVector<int64_t, 2> stored = {rows}, shape = {view.getNumRows()};
  if (columns) {
    stored.push_back(columns);
    shape.push_back(columns);
  }
  if (view.transposed)
    std::swap(stored[0], stored[1]);
  auto type = RankedTensorType::get(shape, tensors.find(tensor, stored));
  if (!declared.contains(name))
    derived.push_back({name.str(), tensor.str(), view});
  return declare(name, type, builder.getStringAttr(tensor),
                 ViewAttr::get(builder.getContext(), view.offset, view.sizes,
                               view.strides, view.transposed));
}

CacheOp ModelBuilder::declareCache(int64_t layer, int64_t numKvHeads) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(forward);
  auto type = CacheType::get(builder.getContext(), numKvHeads, config.headDim,
                             cacheElement);
  auto cache =
      CacheOp::create(builder, builder.getUnknownLoc(),
                      "cache." + std::to_string(layer), type, StringAttr());
  if (!firstCache)
    firstCache = cache;
  return cache;
}

Value ModelBuilder::embedding(StringRef name, double scale, StringRef positions,
                              StringRef typeNames) {
  Value table = weight(join((name + ".weight").str()),
                       {config.vocabSize, config.hiddenSize});
  Value typeTable, positionTable, positionBatch;
  if (!typeNames.empty())
    typeTable = weight(join((typeNames + ".weight").str()),
                       {config.tokenTypes, config.hiddenSize});
  if (!positions.empty()) {
    positionTable = weight(join((positions + ".weight").str()),
                           {config.maxPositions, config.hiddenSize});
    positionBatch = batch;
  }
  Scope scope(*this, name);
  return EmbeddingOp::create(builder, here(), rows(config.hiddenSize), tokens,
                             table, typeTable ? types : Value(), typeTable,
                             positionBatch, positionTable,
                             builder.getF64FloatAttr(scale));
}

Value ModelBuilder::rmsNorm(Value x, StringRef name, int64_t group,
                            Value residual) {
  Scope scope(*this, name);
  auto type = cast<RankedTensorType>(x.getType());
  Value scale = weight(join("weight"), group ? group : type.getDimSize(1));
  return RmsNormOp::create(builder, here(), type, x, scale, /*rows=*/Value(),
                           residual,
                           builder.getF64FloatAttr(config.normEpsilon),
                           builder.getF64FloatAttr(config.normWeightOffset));
}

Value ModelBuilder::layerNorm(Value x, StringRef name) {
  Scope scope(*this, name);
  auto type = cast<RankedTensorType>(x.getType());
  int64_t columns = type.getDimSize(1);
  Value scale = weight(join("weight"), columns);
  Value bias = weight(join("bias"), columns);
  return LayerNormOp::create(builder, here(), type, x, scale, bias,
                             /*rows=*/Value(),
                             builder.getF64FloatAttr(config.normEpsilon));
}

Value ModelBuilder::inOrder(Value x, StringRef matrix) {
  std::string order = tensors.findOrder(matrix);
  if (order.empty())
    return x;
  Value &permuted = ordered[{x.getAsOpaquePointer(), order}];
  if (!permuted) {
    int64_t columns = cast<RankedTensorType>(x.getType()).getDimSize(1);
    auto type = RankedTensorType::get({columns}, builder.getI32Type());
    permuted = compression::PermuteColumnsOp::create(
        builder, here(), x.getType(), x,
        declare(order, type, StringAttr(), ViewAttr()));
  }
  return permuted;
}

Value ModelBuilder::linear(Value x, Value matrix, ValueRange biases) {
  int64_t outputs = cast<RankedTensorType>(matrix.getType()).getDimSize(0);
  return LinearOp::create(builder, here(), rows(outputs), x, matrix, biases,
                          /*residual=*/Value(), ActivationAttr(),
                          /*gated=*/false);
}

Value ModelBuilder::linear(Value x, StringRef name, int64_t outputs,
                           bool bias) {
  Scope scope(*this, name);
  int64_t inputs = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Value matrix = weight(join("weight"), {outputs, inputs});
  SmallVector<Value> biases;
  if (bias)
    biases.push_back(weight(join("bias"), outputs));
  return linear(inOrder(x, join("weight")), matrix, biases);
}

Value ModelBuilder::linear(Value x, StringRef name, bool bias,
                           const StoredPart &part) {
  std::string stored = join(part.module);
  Scope scope(*this, name);
  int64_t inputs = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Value matrix =
      weight(join("weight"), stored + ".weight", part.rows, inputs, part.view);
  SmallVector<Value> biases;
  weights::View view = part.view;
  view.transposed = false;
  if (bias)
    biases.push_back(
        weight(join("bias"), stored + ".bias", part.rows, 0, view));
  return linear(inOrder(x, stored + ".weight"), matrix, biases);
}

Value ModelBuilder::rope(Value x, int64_t layer) {
  return RopeOp::create(builder, here(), x.getType(), x, batch,
                        builder.getI64IntegerAttr(config.headDim),
                        config.getRope(layer).getAttr(builder.getContext()));
}

Value ModelBuilder::attention(Value queries, Value keys, Value values,
                              int64_t layer) {
  auto countHeads = [&](Value rows) {
    return cast<RankedTensorType>(rows.getType()).getDimSize(1) /
           config.headDim;
  };
  CacheOp declaration = declareCache(layer, countHeads(keys));
  Value cache = GetCacheOp::create(builder, here(), declaration.getType(),
                                   declaration.getSymName());
  CacheAppendOp::create(builder, here(), keys, values, batch, cache);
  double scale =
      config.attentionScale.value_or(1.0 / std::sqrt(double(config.headDim)));
  if (config.scaleByLayer)
    scale /= double(layer + 1);
  FloatAttr softCap;
  if (config.attentionSoftCap)
    softCap = builder.getF64FloatAttr(*config.attentionSoftCap);
  IntegerAttr window;
  if (int64_t size = config.windows[layer])
    window = builder.getI64IntegerAttr(size);
  return AttentionOp::create(
      builder, here(), queries.getType(), queries, batch, cache,
      /*keys=*/Value(), /*values=*/Value(),
      builder.getI64IntegerAttr(countHeads(queries)),
      builder.getF64FloatAttr(scale), softCap, window, /*rope=*/RopeAttr(),
      builder.getBoolAttr(!config.bidirectional));
}

Value ModelBuilder::moe(Value x, const MoeNames &names) {
  const MoeConfig &moe = config.moe;
  int64_t outer = config.hiddenSize, inner = moe.intermediateSize;
  auto matrix = [&](StringRef name, ArrayRef<int64_t> shape) {
    return weight(join((name + ".weight").str()), shape);
  };
  Value router = matrix(names.router, {moe.numExperts, outer});
  SmallVector<Value> gate, up, down;
  for (int64_t e = 0; e < moe.numExperts; ++e) {
    Scope scope(*this, "experts." + std::to_string(e));
    gate.push_back(matrix(names.gate, {inner, outer}));
    up.push_back(matrix(names.up, {inner, outer}));
    down.push_back(matrix(names.down, {outer, inner}));
  }
  return MoeOp::create(builder, here(), rows(outer), config.activation, x,
                       router, gate, up, down, moe.topK, moe.normalize);
}

Value ModelBuilder::gatedMlp(Value x, bool bias, StringRef stored,
                             int64_t width) {
  int64_t outer = config.hiddenSize;
  int64_t inner = width ? width : config.intermediateSize;
  auto stack = [&](StringRef name, StringRef kind, int64_t place,
                   int64_t columns) {
    std::string own = join((name + "." + kind).str());
    if (!stored.empty())
      return weight(own, join((stored + "." + kind).str()), 2 * inner, columns,
                    weights::View::slice(place * inner, inner));
    SmallVector<int64_t, 2> shape = {inner};
    if (columns)
      shape.push_back(columns);
    return weight(own, shape);
  };
  Value gate = stack("gate_proj", "weight", 0, outer);
  Value up = stack("up_proj", "weight", 1, outer);
  Value down = weight(join("down_proj.weight"), {outer, inner});
  SmallVector<Value> biases;
  if (bias)
    biases = {stack("gate_proj", "bias", 0, 0), stack("up_proj", "bias", 1, 0),
              weight(join("down_proj.bias"), outer)};
  auto tensorOf = [&](StringRef name) {
    return join(((stored.empty() ? name : stored) + ".weight").str());
  };
  Value gateRows = inOrder(x, tensorOf("gate_proj")),
        upRows = inOrder(x, tensorOf("up_proj"));
  std::string downName = join("down_proj.weight");
  if (gateRows == upRows && tensors.findOrder(downName).empty())
    return GatedMlpOp::create(builder, here(), rows(outer), config.activation,
                              gateRows, gate, up, down, biases);
  // The operation has no place for an order of the product's columns.
  auto part = [&](StringRef name, Value input, Value matrix, size_t index) {
    Scope scope(*this, name);
    return linear(input, matrix,
                  ValueRange(biases).slice(bias ? index : 0, bias));
  };
  Value hidden = arith::MulFOp::create(
      builder, here(), activation(part("gate_proj", gateRows, gate, 0)),
      part("up_proj", upRows, up, 1));
  return part("down_proj", inOrder(hidden, downName), down, 2);
}

Value ModelBuilder::activation(Value x) {
  return activation(x, config.activation);
}

Value ModelBuilder::activation(Value x, Activation function) {
  return ActivationOp::create(builder, here(), x.getType(), function, x);
}

Value ModelBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(builder, here(), a, b);
}

Value ModelBuilder::scaleRows(Value x, Value factors) {
  return CombineOp::create(builder, here(), x.getType(), x, factors,
                           /*residual=*/Value());
}

Value ModelBuilder::logits(Value x, StringRef name) {
  Value matrix =
      weight((name + ".weight").str(), {config.vocabSize, config.hiddenSize});
  Scope scope(*this, name);
  x = inOrder(x, join("weight"));
  FloatAttr softCap;
  if (config.logitsSoftCap)
    softCap = builder.getF64FloatAttr(*config.logitsSoftCap);
  return LogitsOp::create(builder, here(), rows(config.vocabSize), x, logitRows,
                          matrix, /*bias=*/Value(), softCap);
}

Value ModelBuilder::selectRows(Value x) {
  return SelectRowsOp::create(builder, here(), x.getType(), x, logitRows);
}

Value ModelBuilder::firstRows(Value x) {
  return FirstRowsOp::create(builder, here(), x.getType(), x, batch);
}

Value ModelBuilder::scores(Value x, StringRef name, StringRef bias) {
  Value matrix =
      weight((name + ".weight").str(), {config.vocabSize, config.hiddenSize});
  Value vector = weight(bias, config.vocabSize);
  Scope scope(*this, name);
  return linear(x, matrix, vector);
}

OwningOpRef<ModuleOp> ModelBuilder::finish(Value logits, ModelAttr attr) {
  if (logits)
    addResult(logits, "logits");
  SmallVector<Value> values;
  for (auto &[value, role] : results)
    values.push_back(value);
  func::ReturnOp::create(builder, builder.getUnknownLoc(), values);
  forward.setFunctionType(builder.getFunctionType(
      forward.front().getArgumentTypes(), ValueRange(values).getTypes()));
  for (auto [i, result] : llvm::enumerate(results))
    if (result.second != "logits")
      forward.setResultAttr(i, "transformer.result",
                            builder.getStringAttr(result.second));
  (*module)->setAttr("transformer.model", attr);
  return std::move(module);
}

} // namespace swage::import
