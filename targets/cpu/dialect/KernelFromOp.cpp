//===- KernelFromOp.cpp - The specification of an operation's kernel ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/dialect/KernelFromOp.h"
#include "dialects/transformer/Transformer.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage;
using namespace swage::cpu;
namespace tf = swage::transformer;

static int64_t columnsOf(Value rows) {
  return cast<RankedTensorType>(rows.getType()).getDimSize(1);
}

static Type elementOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

static RowVariant toVariant(schedule::RowVariant variant) {
  switch (variant) {
  case schedule::RowVariant::One:
    return RowVariant::One;
  case schedule::RowVariant::Few:
    return RowVariant::Few;
  case schedule::RowVariant::Many:
    return RowVariant::Many;
  }
  llvm_unreachable("all variants are listed");
}

std::optional<Element> cpu::toElement(Type type) {
  if (type.isF32())
    return Element::F32;
  if (type.isF16())
    return Element::F16;
  if (type.isBF16())
    return Element::BF16;
  return std::nullopt;
}

/// The element type of `value`, or an error that says which operand it is.
static FailureOr<Element> requireElement(Operation *op, Value value,
                                         StringRef what) {
  if (std::optional<Element> element = toElement(elementOf(value)))
    return *element;
  return op->emitOpError("has no CPU kernel for ")
         << what << " of element type " << elementOf(value)
         << "; supported are f32, f16 and bf16";
}

static FailureOr<KernelSpec> fromEmbedding(tf::EmbeddingOp op) {
  FailureOr<Element> weight = requireElement(op, op.getTable(), "a table");
  if (failed(weight))
    return failure();
  if (!elementOf(op.getResult()).isF32())
    return op.emitOpError("has no CPU kernel for a result of element type ")
           << elementOf(op.getResult()) << "; supported is f32";
  auto table = cast<RankedTensorType>(op.getTable().getType());
  return KernelSpec(EmbeddingSpec{table.getDimSize(0), table.getDimSize(1),
                                  *weight, op.getScale().convertToDouble()});
}

static FailureOr<KernelSpec> fromRmsNorm(tf::RmsNormOp op) {
  FailureOr<Element> output = requireElement(op, op.getResult(), "a result");
  if (failed(output))
    return failure();
  if (!elementOf(op.getInput()).isF32())
    return op.emitOpError("has no CPU kernel for an input of element type ")
           << elementOf(op.getInput()) << "; supported is f32";
  return KernelSpec(RmsNormSpec{columnsOf(op.getInput()),
                                op.getEpsilon().convertToDouble(),
                                bool(op.getRows()), *output});
}

static FailureOr<KernelSpec> fromLinear(tf::LinearOp op, RowVariant variant) {
  LinearSpec spec;
  spec.variant = variant;
  spec.k = columnsOf(op.getInput());
  for (Value weight : op.getWeights()) {
    spec.partRows.push_back(
        cast<RankedTensorType>(weight.getType()).getDimSize(0));
    if (elementOf(weight) != elementOf(op.getWeights().front()))
      return op.emitOpError("has no CPU kernel for parts of different element "
                            "types, found ")
             << elementOf(op.getWeights().front()) << " and "
             << elementOf(weight);
  }
  FailureOr<Element> weight =
      requireElement(op, op.getWeights().front(), "a weight");
  FailureOr<Element> activation = requireElement(op, op.getInput(), "an input");
  FailureOr<Element> output = requireElement(op, op.getResult(), "a result");
  if (failed(weight) || failed(activation) || failed(output))
    return failure();
  spec.weight = *weight;
  spec.activation = *activation;
  spec.output = *output;
  spec.bias = !op.getBiases().empty();
  if (op.getResidual()) {
    spec.epilogue = Epilogue::Residual;
  } else if (std::optional<tf::Activation> function = op.getActivation()) {
    if (!op.getGated() || *function != tf::Activation::Silu)
      return op.emitOpError("has no CPU kernel for activation '")
             << (op.getGated() ? "gated " : "")
             << tf::stringifyActivation(*function)
             << "'; supported is 'gated silu'";
    spec.epilogue = Epilogue::GatedSilu;
  }
  return KernelSpec(spec);
}

/// Column of `value` in the rows that it is cut from, and those rows.
static std::pair<Value, int64_t> sliceOf(Value value) {
  auto split = value.getDefiningOp<tf::SplitOp>();
  if (!split)
    return {value, 0};
  int64_t column = 0;
  for (Value part : split.getParts()) {
    if (part == value)
      break;
    column += columnsOf(part);
  }
  return {split.getInput(), column};
}

static FailureOr<KernelSpec> fromAttention(tf::AttentionOp op,
                                           RowVariant variant) {
  if (!op.getKeys())
    return op.emitOpError("has no CPU kernel without appended keys and values; "
                          "fuse cache_append into it first");
  if (op.getWindow() || op.getSoftCap())
    return op.emitOpError("has no CPU kernel with a ")
           << (op.getWindow() ? "window" : "soft cap");
  auto [rows, queryColumn] = sliceOf(op.getQueries());
  auto [keyRows, keyColumn] = sliceOf(op.getKeys());
  auto [valueRows, valueColumn] = sliceOf(op.getValues());
  if (rows != keyRows || rows != valueRows || queryColumn != 0)
    return op.emitOpError("has a CPU kernel only for queries, keys and values "
                          "that are split from the same rows, queries first");
  if (!elementOf(rows).isF32())
    return op.emitOpError("has no CPU kernel for inputs of element type ")
           << elementOf(rows) << "; supported is f32";
  tf::CacheType cache = op.getCache().getType();
  FailureOr<Element> output = requireElement(op, op.getResult(), "a result");
  if (failed(output))
    return failure();
  AttentionSpec spec;
  spec.variant = variant;
  spec.numHeads = op.getNumHeads();
  spec.numKvHeads = cache.getNumKvHeads();
  spec.headDim = cache.getHeadDim();
  spec.keyColumn = keyColumn;
  spec.valueColumn = valueColumn;
  spec.columns = columnsOf(rows);
  spec.scale = op.getScale().convertToDouble();
  if (std::optional<tf::RopeAttr> rope = op.getRope())
    spec.rope = RopeSpec{rope->getDims()};
  spec.cache = *toElement(cache.getElement());
  spec.output = *output;
  return KernelSpec(spec);
}

FailureOr<KernelSpec> cpu::kernelFromOp(Operation *op,
                                        schedule::RowVariant rows) {
  RowVariant variant = toVariant(rows);
  return llvm::TypeSwitch<Operation *, FailureOr<KernelSpec>>(op)
      .Case([](tf::EmbeddingOp op) { return fromEmbedding(op); })
      .Case([](tf::RmsNormOp op) { return fromRmsNorm(op); })
      .Case([&](tf::LinearOp op) { return fromLinear(op, variant); })
      .Case([&](tf::AttentionOp op) { return fromAttention(op, variant); })
      .Default([](Operation *op) -> FailureOr<KernelSpec> {
        return op->emitOpError("has no CPU kernel; supported are "
                               "transformer.embedding, rms_norm, linear and "
                               "attention");
      });
}
